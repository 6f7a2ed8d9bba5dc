import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type ChangeTiming,
  chooseInterval,
  decideTiming,
  type HeldSeats,
  type PlanPlace,
  type Running,
  seatsBeyond,
  switchTo,
} from '#subscriptions/plan-change.ts'
import type { BillingInterval } from '#time/interval.ts'

const places: Readonly<Record<string, number>> = { free: 0, hobby: 0.5, pro: 1, business: 2 }

function at(planId: string, billingInterval: BillingInterval | null = 'monthly'): PlanPlace {
  const isFree = planId === 'free' || planId === 'hobby'
  const place = places[planId] ?? 9
  return { planId, groupId: 'pgr_1', place, isFree, billingInterval: isFree ? null : billingInterval }
}

function from(planId: string, interval: BillingInterval | null = 'monthly', over: Partial<Running> = {}): Running {
  const standing = { status: 'active', hasOpenDispute: false, isCancellationScheduled: false, scheduled: null } as const
  return { ...at(planId, interval), ...standing, ...over }
}

const told = (timing: ChangeTiming) => (timing.kind === 'refused' ? timing.code : timing.kind)
const change = (running: Running, target: PlanPlace) => told(decideTiming(running, target))

test('the table of when a change takes effect', () => {
  assert.equal(change(from('free'), at('pro')), 'checkout')
  assert.deepEqual(decideTiming(from('free'), at('hobby')), { kind: 'now', isPaid: false })
  assert.equal(change(from('pro'), at('free')), 'period_end')
  assert.equal(change(from('pro'), at('business')), 'now')
  assert.equal(change(from('business'), at('pro')), 'period_end')
})

test('a longer interval is at once and a shorter one at the end, whatever the plan', () => {
  const order: BillingInterval[] = ['weekly', 'monthly', 'quarterly', 'yearly']
  for (const [index, interval] of order.entries()) {
    for (const later of order.slice(index + 1)) {
      assert.equal(change(from('business', interval), at('pro', later)), 'now')
      assert.equal(change(from('pro', interval), at('pro', later)), 'now')
      assert.equal(change(from('pro', later), at('business', interval)), 'period_end')
      assert.equal(change(from('pro', later), at('pro', interval)), 'period_end')
    }
  }
})

test('on trial the same table holds', () => {
  const trial = { status: 'trialing' } as const
  assert.equal(change(from('pro', 'monthly', trial), at('business')), 'now')
  assert.equal(change(from('business', 'monthly', trial), at('pro')), 'period_end')
})

test('what cannot change is refused', () => {
  assert.equal(change(from('pro'), at('pro')), 'no_change_requested')
  assert.equal(change(from('free'), at('free')), 'no_change_requested')
  assert.equal(change(from('pro'), { ...at('business'), groupId: 'pgr_2' }), 'plans_not_in_same_group')
  assert.equal(
    change(from('pro', 'monthly', { groupId: null }), { ...at('business'), groupId: null }),
    'plans_not_in_same_group',
  )
  for (const status of ['past_due', 'pending_payment', 'draft', 'canceled'] as const) {
    assert.equal(change(from('pro', 'monthly', { status }), at('business')), 'subscription_not_active')
  }
  assert.equal(
    change(from('pro', 'monthly', { hasOpenDispute: true }), at('business')),
    'subscription_has_open_dispute',
  )
})

test('another interval of a plan without a group is a change within the plan', () => {
  const alone = { groupId: null }
  assert.equal(change(from('pro', 'monthly', alone), { ...at('pro', 'yearly'), ...alone }), 'now')
})

test('a scheduled cancellation gives way to an immediate change only', () => {
  const ending = { isCancellationScheduled: true }
  assert.equal(change(from('pro', 'monthly', ending), at('business')), 'now')
  assert.equal(change(from('business', 'monthly', ending), at('pro')), 'already_scheduled')
})

test('the same change is scheduled once, another one replaces it', () => {
  const scheduled = { scheduled: { planId: 'pro', billingInterval: 'monthly' } } as const
  assert.equal(change(from('business', 'monthly', scheduled), at('pro')), 'already_scheduled')
  assert.equal(change(from('business', 'monthly', scheduled), at('free')), 'period_end')
  assert.equal(change(from('business', 'yearly', scheduled), at('business', 'monthly')), 'period_end')
})

test('one-time purchases only go up, and never into a subscription', () => {
  assert.equal(change(from('pro', 'one_time'), at('business', 'one_time')), 'now')
  assert.equal(change(from('business', 'one_time'), at('pro', 'one_time')), 'validation_error')
  assert.equal(change(from('pro', 'one_time'), at('business', 'monthly')), 'validation_error')
  assert.equal(change(from('pro', 'monthly'), at('business', 'one_time')), 'validation_error')
  assert.equal(change(from('pro', 'one_time'), at('free')), 'validation_error')
  assert.equal(change(from('free'), at('pro', 'one_time')), 'checkout')
})

test('how the subscription stands is told before what is wrong with the plan, and that before what is scheduled', () => {
  const elsewhere = { ...at('business'), groupId: 'pgr_2' }
  const ended = { status: 'canceled', hasOpenDispute: true } as const
  assert.equal(change(from('pro', 'monthly', ended), elsewhere), 'subscription_not_active')
  assert.equal(change(from('pro', 'monthly', { hasOpenDispute: true }), elsewhere), 'subscription_has_open_dispute')
  assert.equal(change(from('pro', 'monthly', { isCancellationScheduled: true }), elsewhere), 'plans_not_in_same_group')
})

const monthly = { id: 'prc_m', billingInterval: 'monthly', isDefault: true } as const
const yearly = { id: 'prc_y', billingInterval: 'yearly', isDefault: false } as const
const once = { id: 'prc_o', billingInterval: 'one_time', isDefault: true } as const
const chosen = (
  running: { isFree: boolean; billingInterval: BillingInterval | null },
  wanted: BillingInterval | undefined,
  prices: readonly (typeof monthly | typeof yearly | typeof once)[],
) => {
  const found = chooseInterval(running, wanted, prices)
  return 'kind' in found ? found.code : found.id
}

test('the interval stays unless another is asked for, and a free customer gets the default price', () => {
  const [running, free] = [
    { isFree: false, billingInterval: 'yearly' },
    { isFree: true, billingInterval: null },
  ] as const
  assert.equal(chosen(running, undefined, [monthly, yearly]), 'prc_y')
  assert.equal(chosen(running, 'monthly', [monthly, yearly]), 'prc_m')
  assert.equal(chosen(running, undefined, [monthly]), 'price_not_found')
  assert.equal(chosen(running, 'quarterly', [monthly, yearly]), 'price_not_found')
  assert.equal(chosen(free, undefined, [monthly, yearly]), 'prc_m')
  assert.equal(chosen(free, 'yearly', [monthly, yearly]), 'prc_y')
  assert.equal(chosen(free, undefined, []), 'no_prices_configured')
})

test('a plan that is only sold the other way is not a matter of a price that is missing', () => {
  assert.equal(chosen({ isFree: false, billingInterval: 'monthly' }, undefined, [once]), 'validation_error')
  assert.equal(chosen({ isFree: false, billingInterval: 'one_time' }, undefined, [monthly, yearly]), 'validation_error')
  assert.equal(chosen({ isFree: false, billingInterval: 'monthly' }, undefined, []), 'price_not_found')
  assert.equal(chosen({ isFree: false, billingInterval: 'one_time' }, 'monthly', [once]), 'validation_error')
})

test('more seats than are included keep a plan away only where none are sold beyond', () => {
  const seats: HeldSeats = {
    code: 'seats',
    name: 'Seats',
    held: 6n,
    included: 5n,
    isUnlimited: false,
    isSoldBeyond: false,
  }
  assert.equal(seatsBeyond([seats], true), seats)
  assert.equal(seatsBeyond([{ ...seats, held: 5n }], true), null)
  assert.equal(seatsBeyond([{ ...seats, isUnlimited: true }], true), null)
  assert.equal(seatsBeyond([{ ...seats, isSoldBeyond: true }], true), null)
  // Whoever is only warned hears of those as well: they will cost something.
  assert.equal(seatsBeyond([{ ...seats, isSoldBeyond: true }], false)?.code, 'seats')
})

test('a name that somebody chose outlives the plan, and the plan’s own does not', () => {
  const target = {
    planId: 'pln_2',
    planName: 'Business',
    priceId: 'prc_m',
    billingInterval: 'monthly',
    basePrice: 9900n,
  } as const
  assert.equal(switchTo(target, { now: 'Pro', ofOldPlan: 'Pro' }).name, 'Business')
  assert.equal(switchTo(target, { now: 'Team Ada', ofOldPlan: 'Pro' }).name, 'Team Ada')
})
