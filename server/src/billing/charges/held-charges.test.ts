import assert from 'node:assert/strict'
import { test } from 'node:test'
import { heldAdvance } from '#billing/charges/seats-advance.ts'
import { heldTrueUp } from '#billing/charges/seats-true-up.ts'
import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import { currency } from '#money/currency.ts'
import { units } from '#money/quantity.ts'
import type { WindowPlan } from '#subscriptions/schedule.ts'

const day = (text: string) => Temporal.PlainDate.from(text)
const monthly = { billingInterval: 'monthly', currency: currency('usd') } as const
const june = { start: day('2026-06-01'), end: day('2026-07-01'), endsOn: day('2026-07-01') }
const july: WindowPlan = {
  number: 2,
  kind: 'paid',
  startsOn: day('2026-07-01'),
  endsOn: day('2026-08-01'),
  periodStart: day('2026-07-01'),
  periodEnd: day('2026-08-01'),
}

/** 5 included, $25 beyond. */
const seats: FeatureTerms = {
  featureId: 'ftr_1',
  code: 'members',
  name: 'Members',
  type: 'seats',
  unitName: null,
  enabled: true,
  includedAmount: units(5),
  unlimited: false,
  overageEnabled: true,
  overageUnitPrice: 250_000n,
  creditsPerUnit: null,
  pricingMode: 'fixed',
  margin: null,
}
const windows = (...terms: FeatureTerms[]) => terms.map((one, index) => ({ windowNumber: index + 1, terms: one }))
const step = (on: string, markBefore: bigint, markAfter: bigint) => ({
  countsOn: day(on),
  windowNumber: 1,
  markBefore,
  markAfter,
})

test('15 included, $0.75 each: 10 more with 15 of 30 days left cost $3.75', () => {
  const storage = { ...seats, type: 'quota', includedAmount: units(15), overageUnitPrice: 7_500n } as const
  const line = heldTrueUp(step('2026-06-16', 15n, 25n), windows(storage), june, monthly)
  assert.equal(line?.amount, 375n)
  assert.equal(line?.lineType, 'feature_quota')
  assert.equal(line?.chargeType, 'true_up')
  assert.equal(line?.quantity, units(10))
  assert.equal(line?.unitAmount, 7_500n)
})

test('2 extra at $25 in advance are $50.00, 1 added with 15 of 30 days left is $12.50', () => {
  const advance = heldAdvance(seats, 7n, july, monthly)
  assert.deepEqual([advance?.amount, advance?.chargeType, advance?.quantity], [5_000n, 'advance', units(2)])
  assert.equal(advance?.lineType, 'feature_seats')
  assert.equal(heldTrueUp(step('2026-06-16', 7n, 8n), windows(seats), june, monthly)?.amount, 1_250n)
})

test('a quarter has three windows and a year twelve', () => {
  const quarter = { ...july, periodEnd: day('2026-10-01') }
  const line = heldAdvance(seats, 7n, quarter, { ...monthly, billingInterval: 'quarterly' })
  assert.deepEqual([line?.amount, line?.unitAmount, line?.endsOn?.toString()], [15_000n, 750_000n, '2026-10-01'])
  assert.equal(heldAdvance(seats, 7n, july, { ...monthly, billingInterval: 'yearly' })?.amount, 60_000n)
  // 2026-01-01 to 2026-04-01 are 90 days; 45 are left on 15 February.
  const period = { start: day('2026-01-01'), end: day('2026-04-01'), endsOn: day('2026-04-01') }
  const trueUp = heldTrueUp(step('2026-02-15', 5n, 6n), windows(seats), period, {
    ...monthly,
    billingInterval: 'quarterly',
  })
  assert.equal(trueUp?.amount, 3_750n)
})

test('nothing in advance for what is included, unlimited, switched off or not sold', () => {
  assert.equal(heldAdvance(seats, 5n, july, monthly), null)
  assert.equal(heldAdvance({ ...seats, unlimited: true }, 9n, july, monthly), null)
  assert.equal(heldAdvance({ ...seats, enabled: false }, 9n, july, monthly), null)
  assert.equal(heldAdvance({ ...seats, overageEnabled: false }, 9n, july, monthly), null)
})

test('a lower price and more included count for what is not billed yet', () => {
  const cheaper = { ...seats, overageUnitPrice: 100_000n }
  assert.equal(heldTrueUp(step('2026-06-16', 5n, 7n), windows(seats, cheaper), june, monthly)?.amount, 1_000n)
  const roomier = { ...seats, includedAmount: units(6) }
  assert.equal(heldTrueUp(step('2026-06-16', 5n, 7n), windows(seats, roomier, seats), june, monthly)?.amount, 1_250n)
  assert.equal(heldTrueUp(step('2026-06-16', 5n, 6n), windows(seats, roomier), june, monthly), null)
  assert.equal(
    heldTrueUp(step('2026-06-16', 5n, 6n), windows(seats, { ...seats, unlimited: true }), june, monthly),
    null,
  )
})

test('a raised price does not reach an increase of before', () => {
  const dearer = { ...seats, overageUnitPrice: 500_000n }
  assert.equal(heldTrueUp(step('2026-06-16', 5n, 6n), windows(seats, dearer), june, monthly)?.amount, 1_250n)
})

test('when a period ends early, days run from the increase to that day', () => {
  const ended = { ...june, endsOn: day('2026-06-22') }
  const line = heldTrueUp(step('2026-06-16', 5n, 6n), windows(seats), ended, monthly)
  assert.deepEqual([line?.amount, line?.endsOn?.toString()], [500n, '2026-06-22'])
  assert.equal(heldTrueUp(step('2026-06-22', 5n, 6n), windows(seats), ended, monthly), null)
})

test('one rounding per line: 7 units at $0.33 for 11 of 31 days are $0.82', () => {
  const period = { start: day('2026-07-01'), end: day('2026-08-01'), endsOn: day('2026-08-01') }
  const cheap = { ...seats, includedAmount: 0n, overageUnitPrice: 3_300n }
  assert.equal(heldTrueUp(step('2026-07-21', 0n, 7n), windows(cheap), period, monthly)?.amount, 82n)
})

test('what was included earlier in a year stays below the mark for all of it', () => {
  const year = { start: day('2026-01-01'), end: day('2027-01-01'), endsOn: day('2027-01-01') }
  const yearly = { ...monthly, billingInterval: 'yearly' } as const
  const roomier = { ...seats, includedAmount: units(10) }
  const late = { ...step('2026-03-15', 8n, 9n), windowNumber: 3 }
  assert.equal(heldTrueUp(late, windows(roomier, roomier, seats), year, yearly), null)
})
