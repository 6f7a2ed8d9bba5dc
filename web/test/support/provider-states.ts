import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { Story } from '../../../server/test/support/billing-stories.ts'
import { type NewCheckout, newCheckout } from '../../../server/test/support/checkouts.ts'
import { connect, connectStripe } from '../../../server/test/support/connections.ts'
import { DlocalDouble } from '../../../server/test/support/dlocal-double.ts'
import { StripeDouble } from '../../../server/test/support/stripe-double.ts'
import type { World } from '../../../server/test/support/world.ts'
import { stripeIn, typeCard, typeDetails } from './stripe-shopper.ts'

/** A seller whose payments are taken at doubles of Stripe, or of dLocal. */
export type ConnectedSeller = {
  readonly world: World
  readonly stripe: StripeDouble
  readonly dlocal: DlocalDouble
  /** A new customer's checkout at one of them, open in a browser that finds doubles where they are. */
  openCheckout(
    page: Page,
    provider: 'stripe' | 'dlocal',
    look: string,
    given?: NewCheckout & { isCut?: boolean },
  ): Promise<{ token: string; subscriptionId: string }>
  close(): Promise<void>
}

/** One of the pages on which a provider takes the card, in one of its states. */
export type ProviderState = {
  readonly name: string
  readonly hasScript?: false
  readonly enter: (seller: ConnectedSeller, page: Page, look: string) => Promise<unknown>
}

export async function openConnectedSeller(): Promise<ConnectedSeller> {
  const stripe = await StripeDouble.start()
  const dlocal = await DlocalDouble.start()
  const addresses = { stripe: stripe.url, dlocal: dlocal.url }
  const { world } = await Story.on('2044-03-10', { reachable: true, providerAddresses: addresses })
  await connect(world, 'dlocal', dlocal.credentials)
  await connectStripe(world, stripe)
  return {
    ...{ world, stripe, dlocal },
    async openCheckout(page, provider, look, { isCut = false, ...given } = {}) {
      const subscription = { ...given.subscription, provider }
      const checkout = await newCheckout(world, { ...given, subscription: subscription as never })
      await stripeIn(page.context(), stripe, { isCut })
      await page.goto(`${world.url}/checkout/${checkout.token}?${look}`)
      return checkout
    },
    async close() {
      await world.close()
      await stripe.stop()
      await dlocal.stop()
    },
  }
}

const fieldsIn = (page: Page) => page.frameLocator('iframe[title="Secure payment input frame"]')
const untilReady = (page: Page) => page.locator('.element-place[data-status=ready]').waitFor()

/** A press of the button at Stripe with this card. */
async function press(seller: ConnectedSeller, page: Page, look: string, card: string | null): Promise<string> {
  const { token } = await seller.openCheckout(page, 'stripe', look)
  await untilReady(page)
  await typeDetails(page)
  if (card !== null) await typeCard(fieldsIn(page), card)
  await page.locator('.pay button').click()
  return token
}

const atTheBank = (page: Page) => page.locator('iframe[title=Bank]').waitFor()

/** The press at dLocal, which leads to its page: the customer comes back without having paid. */
async function backFromDlocal(seller: ConnectedSeller, page: Page, look: string): Promise<void> {
  const { token } = await seller.openCheckout(page, 'dlocal', look)
  await typeDetails(page)
  await page.locator('[name=taxDocument]').fill('53033315550')
  await page.locator('.pay button').click()
  await page.waitForURL(`${seller.dlocal.url}/**`)
  await page.goto(`${seller.world.url}/checkout/${token}?${look}`)
}

/** Every state that is other than where the card is typed on our own page. */
export const providerStates: readonly ProviderState[] = [
  {
    name: 'stripe-open',
    async enter(seller, page, look) {
      await seller.openCheckout(page, 'stripe', look)
      await untilReady(page)
    },
  },
  {
    name: 'stripe-trial',
    async enter(seller, page, look) {
      await seller.openCheckout(page, 'stripe', look, { trialDays: 14 })
      await untilReady(page)
    },
  },
  {
    name: 'stripe-declined',
    async enter(seller, page, look) {
      await press(seller, page, look, '4000 0000 0000 9995')
      await page.locator('[role=alert]').waitFor()
    },
  },
  {
    name: 'stripe-card-unfilled',
    async enter(seller, page, look) {
      await press(seller, page, look, null)
      await page.locator('[role=alert]').waitFor()
    },
  },
  {
    name: 'stripe-script-blocked',
    async enter(seller, page, look) {
      await seller.openCheckout(page, 'stripe', look, { isCut: true })
      await page.locator('[role=alert]').waitFor()
    },
  },
  {
    name: 'stripe-without-script',
    hasScript: false,
    enter: (seller, page, look) => seller.openCheckout(page, 'stripe', look),
  },
  {
    name: 'stripe-bank-left',
    async enter(seller, page, look) {
      await press(seller, page, look, '4000 0025 0000 3155')
      await atTheBank(page)
      await page.reload()
      await page.locator('.outcome button').waitFor()
    },
  },
  {
    name: 'stripe-bank-failed',
    async enter(seller, page, look) {
      await press(seller, page, look, '4000 0025 0000 3155')
      await page.frameLocator('iframe[title=Bank]').locator('[value=fail]').click()
      await page.locator('[role=alert]').waitFor()
    },
  },
  {
    name: 'stripe-receipt',
    async enter(seller, page, look) {
      await press(seller, page, look, '4242 4242 4242 4242')
      await page.locator('.outcome[data-tone=good]').waitFor()
    },
  },
  {
    name: 'dlocal-open',
    enter: (seller, page, look) => seller.openCheckout(page, 'dlocal', look),
  },
  { name: 'dlocal-unpaid', enter: backFromDlocal },
]

/** Leads a new page of a browser's context into a state. */
export async function enterState(state: ProviderState, seller: ConnectedSeller, page: Page, look: string) {
  page.setDefaultTimeout(15_000)
  await state.enter(seller, page, look)
  assert.equal(new URL(page.url()).origin, seller.world.url)
}
