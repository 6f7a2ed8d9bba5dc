import assert from 'node:assert/strict'
import { machineNow } from '#time/clock.ts'
import { dispatchEvents } from '#webhooks/actions/dispatch-events.ts'
import type { World } from './world.ts'

/** One object of every kind, made on one side through the API. */
export type SideObjects = Readonly<Record<Kind, string>>
export type Kind =
  | 'customer'
  | 'feature'
  | 'plan'
  | 'price'
  | 'planGroup'
  | 'subscription'
  | 'invoice'
  | 'transaction'
  | 'payment'
  | 'apiKey'
  | 'addon'
  | 'creditPack'
  | 'promoCode'
  | 'reservation'
  | 'webhook'
  | 'event'
  | 'delivery'
  | 'replay'

/**
 * One object of every kind on a side; the subscription waits for its checkout, whose first card was declined. The live side
 * of a test has no payment provider: what comes of a checkout is named there but does not exist.
 */
export async function makeObjects(world: World, key: string): Promise<SideObjects> {
  const post = async (path: string, body: Record<string, unknown>) => {
    const { status, body: answer } = await world.request('POST', `/api/v1${path}`, { key, body })
    assert(status < 300, JSON.stringify(answer))
    return answer.data
  }
  // Before everything else, so that it hears of it; nobody dials it.
  const webhook = await post('/webhooks', { url: 'https://webhooks.invalid', events: ['*'] })
  const feature = await post('/features/manage', { name: 'Calls', code: 'calls', type: 'usage' })
  const plan = await post('/plans/manage', { name: 'Pro', code: 'pro' })
  const price = await post(`/plans/${plan.id}/prices`, { billingInterval: 'monthly', price: 2900 })
  await post(`/plans/${plan.id}/features`, { featureId: feature.id, includedAmount: 10 })
  const planGroup = await post('/plan-groups', { name: 'Plans' })
  const customer = await post('/customers', { email: 'ada@example.com', id: 'ada' })
  const isLive = key.startsWith('ck_live_')
  const subscription = isLive ? null : await post('/subscriptions', { customerId: 'ada', planId: plan.id })
  if (subscription) await declineCheckout(world, subscription.checkoutUrl)
  const first = async (path: string) =>
    (await world.request('GET', `/api/v1${path}`, { key })).body.data[0]?.id ?? 'none_on_this_side'
  await post('/features/manage', { name: 'Support', code: 'support', type: 'boolean' })
  const sold = { name: 'Support', basePrice: 500, featureId: 'support', consumptionModel: 'boolean' }
  const addon = await post('/addons', sold)
  const creditPack = await post('/credit-packs/manage', { name: 'Small', credits: 10, price: 100 })
  const promoCode = await post('/promo-codes', { code: 'WELCOME', discountType: 'percentage', discountValue: 1000 })
  const apiKey = await post('/api-keys', { name: 'Spare' })
  const payment = await post('/payments', { amount: 4900, currency: 'usd', description: 'Workshop' })
  const reservation = await reserve(post, feature.id)
  const replay = await post(`/webhooks/${webhook.id}/replay`, { from: '2020-01-01T00:00:00.000Z' })
  await dispatchEvents(world.db, machineNow)
  return {
    customer: customer.id,
    feature: feature.id,
    plan: plan.id,
    price: price.id,
    planGroup: planGroup.id,
    subscription: subscription?.id ?? 'none_on_this_side',
    invoice: await first('/invoices'),
    transaction: await first('/transactions'),
    payment: payment.id,
    apiKey: apiKey.id,
    addon: addon.id,
    creditPack: creditPack.id,
    promoCode: promoCode.id,
    reservation: reservation.id,
    webhook: webhook.id,
    event: await first('/events'),
    delivery: await first(`/webhooks/${webhook.id}/deliveries`),
    replay: replay.id,
  }
}

type Post = (path: string, body: Record<string, unknown>) => Promise<{ id: string }>

// Held by a customer of a free plan: the one above has no access.
async function reserve(post: Post, featureId: string): Promise<{ id: string }> {
  const plan = await post('/plans/manage', { name: 'Free', code: 'free', isFree: true })
  await post(`/plans/${plan.id}/features`, { featureId, includedAmount: 10 })
  await post('/customers', { email: 'bob@example.com', id: 'bob' })
  await post('/subscriptions', { customerId: 'bob', planId: plan.id })
  return post('/usage/reservations', { customerId: 'bob', featureCode: 'calls', quantity: 1 })
}

async function declineCheckout(world: World, checkoutUrl: string): Promise<void> {
  const token = checkoutUrl.split('/').at(-1)
  await world.request('POST', `/hosted/v1/checkout/${token}/confirm`, {
    key: null,
    body: {
      fullName: 'Ada Lovelace',
      address: { country: 'US', line1: '1 Main St', city: 'Springfield', postalCode: '12345', state: 'IL' },
      card: { number: '4000000000000002', expMonth: 12, expYear: 2099, cvc: '123' },
    },
  })
}
