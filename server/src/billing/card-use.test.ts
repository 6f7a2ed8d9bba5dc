import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type CardUse, isChargedFrom } from '#billing/card-use.ts'
import { subscriptionStatuses } from '#subscriptions/subscription.ts'

const day = (text: string) => Temporal.PlainDate.from(text)
const running: CardUse = {
  status: 'active',
  priceId: 'price_1',
  billingInterval: 'yearly',
  periodEnd: day('2041-12-01'),
  cancelEffectiveOn: null,
  scheduledPlanId: null,
  scheduledPriceId: null,
}
const isCharged = (changes: Partial<CardUse>) => isChargedFrom({ ...running, ...changes }, day('2041-07-01'))

test('a subscription with access and a price charges the card, in a trial and while past due too', () => {
  const charging = subscriptionStatuses.filter((status) => isCharged({ status }))
  assert.deepEqual(charging, ['trialing', 'active', 'past_due'])
})

test('free plans and plans that are paid once charge nothing any more', () => {
  assert.equal(isCharged({ priceId: null, billingInterval: null }), false)
  assert.equal(isCharged({ billingInterval: 'one_time' }), false)
})

test('what ends before needs no card then; what ends on the day still bills what was used', () => {
  assert.equal(isCharged({ cancelEffectiveOn: day('2041-06-30') }), false)
  assert.equal(isCharged({ cancelEffectiveOn: day('2041-07-01') }), true)
})

test('a change to a free plan counts from the end of the period, one to another price does not', () => {
  const soon = { periodEnd: day('2041-06-16'), scheduledPlanId: 'plan_2' }
  assert.equal(isCharged(soon), false)
  assert.equal(isCharged({ ...soon, scheduledPriceId: 'price_2' }), true)
  assert.equal(isCharged({ ...soon, periodEnd: day('2041-07-16') }), true)
})
