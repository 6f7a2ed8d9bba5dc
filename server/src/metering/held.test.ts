import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import type { Circumstances } from '#metering/capacity.ts'
import { decideGivingBack, decideHeld, heldPeriod, markIn, reachesIncluded, windowsBefore } from '#metering/held.ts'
import { units } from '#money/quantity.ts'

const day = (text: string) => Temporal.PlainDate.from(text)

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
const paid: Circumstances = { model: 'metered', status: 'active', windowKind: 'paid' }
const none = { current: 0n, mark: 0n }

test('seats within what is included are not billed', () => {
  assert.deepEqual(decideHeld(seats, paid, none, { action: 'add', count: 5n }), {
    previous: 0n,
    current: 5n,
    mark: 5n,
    step: null,
  })
})

test('only what rises above the mark and above what is included is a step', () => {
  const add = (held: { current: bigint; mark: bigint }, count: bigint) =>
    decideHeld(seats, paid, held, { action: 'add', count }).step
  assert.deepEqual(add({ current: 3n, mark: 3n }, 4n), { markBefore: 5n, markAfter: 7n })
  assert.deepEqual(add({ current: 7n, mark: 7n }, 1n), { markBefore: 7n, markAfter: 8n })
  assert.equal(add({ current: 6n, mark: 8n }, 2n), null)
  assert.deepEqual(add({ current: 6n, mark: 8n }, 3n), { markBefore: 8n, markAfter: 9n })
})

test('going down never lowers the mark', () => {
  const down = decideHeld(seats, paid, { current: 9n, mark: 9n }, { action: 'remove', count: 9n })
  assert.deepEqual(down, { previous: 9n, current: 0n, mark: 9n, step: null })
})

test('more than is held cannot be removed: 400 with the count that is held', () => {
  const held = { current: 2n, mark: 4n }
  assert.throws(() => decideHeld(seats, paid, held, { action: 'remove', count: 3n }), {
    code: 'insufficient_seats',
    status: 400,
    details: { featureCode: 'members', current: 2, requested: 3 },
  })
  const quota = { ...seats, type: 'quota' } as const
  assert.throws(() => decideHeld(quota, paid, held, { action: 'remove', count: 3n }), {
    code: 'insufficient_balance',
    status: 400,
  })
})

test('where nothing is sold beyond, the included count is the limit: plan without overage, trial, free plan', () => {
  const refusal = { code: 'included_limit_reached', status: 402 }
  const change = { action: 'set', count: 6n } as const
  assert.throws(() => decideHeld({ ...seats, overageEnabled: false }, paid, none, change), refusal)
  assert.throws(() => decideHeld(seats, { ...paid, status: 'trialing', windowKind: 'trial' }, none, change), refusal)
  assert.throws(() => decideHeld(seats, { ...paid, windowKind: 'free' }, none, change), refusal)
  assert.equal(decideHeld({ ...seats, overageEnabled: false, unlimited: true }, paid, none, change).current, 6n)
})

test('whoever holds more than is included by now may go down, and not up', () => {
  const limited = { ...seats, overageEnabled: false }
  const held = { current: 8n, mark: 8n }
  assert.equal(decideHeld(limited, paid, held, { action: 'set', count: 7n }).current, 7n)
  assert.equal(decideHeld(limited, paid, held, { action: 'set', count: 8n }).current, 8n)
  assert.throws(() => decideHeld(limited, paid, held, { action: 'add', count: 1n }), {
    code: 'included_limit_reached',
  })
})

test('unlimited seats are never a step', () => {
  const free = { ...seats, unlimited: true }
  assert.equal(decideHeld(free, paid, none, { action: 'set', count: 1_000n }).step, null)
})

test('the limit is reached from below, once', () => {
  const from = (previous: bigint, current: bigint) =>
    reachesIncluded(seats, { previous, current, mark: current, step: null })
  assert.deepEqual(
    [from(4n, 5n), from(4n, 9n), from(5n, 6n), from(6n, 5n), from(3n, 4n)],
    [true, true, false, false, false],
  )
  assert.equal(
    reachesIncluded({ ...seats, unlimited: true }, { previous: 4n, current: 5n, mark: 5n, step: null }),
    false,
  )
})

test('a period begins with what is held then, whatever the mark was before', () => {
  const held = { current: 6n, mark: 9n, periodStart: day('2026-06-01') }
  assert.equal(markIn(held, day('2026-06-01')), 9n)
  assert.equal(markIn(held, day('2026-07-01')), 6n)
})

test('without a period that ends every window is one of its own', () => {
  const window = { number: 3, kind: 'paid', startsOn: day('2026-03-15'), endsOn: day('2026-04-15') } as const
  const oneTime = heldPeriod({ ...window, periodStart: day('2026-01-15'), periodEnd: null })
  assert.equal(`${oneTime.start} ${oneTime.end}`, '2026-03-15 2026-04-15')
  const quarter = heldPeriod({ ...window, periodStart: day('2026-01-15'), periodEnd: day('2026-04-15') })
  assert.equal(`${quarter.start} ${quarter.end}`, '2026-01-15 2026-04-15')
})

test('what a plan does not give any more can be given back, set lower or left, and never raised', () => {
  const held = { current: 4n, mark: 6n }
  const back = (action: 'add' | 'set' | 'remove', count: bigint) => decideGivingBack(seats, held, { action, count })
  assert.deepEqual(back('remove', 4n), { previous: 4n, current: 0n, mark: 6n, step: null })
  assert.deepEqual(back('set', 3n), { previous: 4n, current: 3n, mark: 6n, step: null })
  assert.deepEqual(back('set', 4n), { previous: 4n, current: 4n, mark: 6n, step: null })
  assert.equal(back('set', 5n), null)
  assert.equal(back('add', 1n), null)
  assert.throws(() => back('remove', 5n), { code: 'insufficient_seats', status: 400 })
  assert.equal(decideGivingBack(seats, none, { action: 'set', count: 0n }), null)
})

test('a window that was cut short on the day a quarter began is none of that quarter', () => {
  const window = (number: number, startsOn: string, endsOn: string, periodStart: string, periodEnd: string) => ({
    number,
    kind: 'paid' as const,
    startsOn: day(startsOn),
    endsOn: day(endsOn),
    periodStart: day(periodStart),
    periodEnd: day(periodEnd),
  })
  const quarter = ['2041-01-01', '2041-04-01'] as const
  const before = window(1, '2041-01-01', '2041-02-01', '2041-01-01', '2042-01-01')
  const first = window(2, '2041-01-01', '2041-02-01', ...quarter)
  const second = window(3, '2041-02-01', '2041-03-01', ...quarter)
  const third = window(4, '2041-03-01', '2041-04-01', ...quarter)
  const all = [before, first, second, third]
  assert.deepEqual(
    windowsBefore(third, all).map(({ number }) => number),
    [2, 3],
  )
  assert.deepEqual(windowsBefore(first, all), [])
})
