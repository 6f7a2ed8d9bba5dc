import { after } from 'node:test'
import { StripeDouble } from './stripe-double.ts'
import { createWorld, type World } from './world.ts'

/** A Halley for the tests of a file, and a double of Stripe that it reaches; nothing is connected yet. */
export async function stripeWorld(): Promise<{ readonly stripe: StripeDouble; readonly world: World }> {
  const stripe = await StripeDouble.start()
  const world = await createWorld({ providerAddresses: { stripe: stripe.url } })
  after(async () => {
    await world.close()
    await stripe.stop()
  })
  return { stripe, world }
}
