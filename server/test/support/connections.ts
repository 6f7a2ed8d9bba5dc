import assert from 'node:assert/strict'
import type { Db } from '#database/transaction.ts'
import { inTransaction } from '#database/transaction.ts'
import { keyRing } from '#organisations/sealing.ts'
import { findOrg } from '#organisations/sides.store.ts'
import { addConnection } from '#payments/actions/add-connection.ts'
import { chooseDefault } from '#payments/actions/change-connections.ts'
import type { ProviderName } from '#payments/provider.ts'
import { machineNow } from '#time/clock.ts'
import type { Story } from './billing-stories.ts'
import { confirmation } from './checkouts.ts'
import type { StripeDouble } from './stripe-double.ts'
import { testSecret, type World } from './world.ts'

export const testRing = keyRing(testSecret, undefined) ?? []

/** Connects a side of a world, as the command line does, and makes it the default. */
export async function connect(
  { db, orgId }: { readonly db: Db; readonly orgId: string },
  provider: ProviderName,
  credentials: Record<string, unknown>,
  name: string = provider,
): Promise<string> {
  const org = await findOrg(db, orgId)
  assert(org)
  const context = { org, now: machineNow() }
  return inTransaction(db, async (tx) => {
    const { id } = await addConnection(tx, context, testRing, { provider, name, credentials })
    await chooseDefault(tx, context, id)
    return id
  })
}

export function connectStripe(
  world: Pick<World, 'db' | 'orgId'>,
  double: StripeDouble,
  name = 'stripe',
): Promise<string> {
  const { secretKey, publishableKey, webhookSecret } = double
  return connect(world, 'stripe', { secretKey, publishableKey, webhookSecret }, name)
}

/** Subscribes a new customer to a plan of a story and pays with a good card in Stripe's fields. */
export async function joinAtStripe(story: Story, customer: string, planCode: string): Promise<void> {
  await story.customer(customer)
  const { checkoutUrl } = await story.subscribe(customer, planCode)
  const { card: _card, ...typed } = confirmation('')
  const path = `/hosted/v1/checkout/${checkoutUrl.split('/').at(-1)}/confirm`
  const body = { ...typed, paymentToken: `ctoken_visa_${customer}` }
  assert.equal((await story.world.request('POST', path, { key: null, body })).status, 200)
}
