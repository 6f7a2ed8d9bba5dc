import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { addonBase, addonShare, type PricedAddon } from '#billing/charges/addon.ts'
import { firstWindow, nextWindow, type WindowPlan } from '#subscriptions/schedule.ts'
import { billingIntervals } from '#time/interval.ts'

const day = (text: string) => Temporal.PlainDate.from(text)
const support: PricedAddon = {
  addonId: 'adn_1',
  name: 'Support',
  featureId: 'ftr_1',
  featureName: 'Priority support',
  price: 1000n,
  revision: 7n,
}
const june: WindowPlan = {
  number: 3,
  kind: 'paid',
  startsOn: day('2026-06-01'),
  endsOn: day('2026-07-01'),
  periodStart: day('2026-06-01'),
  periodEnd: day('2026-07-01'),
}
const quarter: WindowPlan = { ...june, periodStart: day('2026-04-01') }

test('$10.00 with 15 of 30 days left is $5.00, and the line says so', () => {
  const { amount, unitAmount, description, startsOn, endsOn, windowNumber, basis } = addonShare(
    support,
    june,
    day('2026-06-16'),
  )
  assert.deepEqual([amount, unitAmount, description], [500n, 1000n, 'Support (15 of 30 days)'])
  assert.deepEqual([`${startsOn}`, `${endsOn}`, windowNumber], ['2026-06-16', '2026-07-01', 3])
  assert.deepEqual(basis, { kind: 'addon', addonId: 'adn_1', revision: 7, part: { days: 15, of: 30 } })
})

test('on the first day of a period it is the whole price, on the last one a day of it', () => {
  assert.equal(addonShare(support, june, day('2026-06-01')).amount, 1000n)
  assert.equal(addonShare(support, june, day('2026-06-01')).description, 'Support')
  // 1000 ÷ 30 = 33.33…
  assert.equal(addonShare(support, june, day('2026-06-30')).amount, 33n)
})

test('half a cent goes up: $0.01 for 15 of 30 days is $0.01', () => {
  assert.equal(addonShare({ ...support, price: 1n }, june, day('2026-06-16')).amount, 1n)
})

test('days are those of the billing period, not of the window: 16 of 91 days of a quarter', () => {
  // 1000 × 16 ÷ 91 = 175.82…
  assert.equal(addonShare(support, quarter, day('2026-06-15')).amount, 176n)
})

test('without a period (free and one-time plans) days are those of the window', () => {
  assert.equal(addonShare(support, { ...june, kind: 'free', periodEnd: null }, day('2026-06-16')).amount, 500n)
})

test('the base of a period that begins is the whole price for all of it', () => {
  const base = addonBase(support, quarter, null)
  assert(base)
  const { lineType, amount, startsOn, endsOn, basis } = base
  assert.deepEqual([lineType, amount, `${startsOn}`, `${endsOn}`], ['addon_base', 1000n, '2026-04-01', '2026-07-01'])
  assert.deepEqual(basis, { kind: 'addon', addonId: 'adn_1', revision: 7, part: null })
  assert.deepEqual(addonBase(support, quarter, day('2026-04-01')), base)
})

test('what was paid to a later day is not charged again: the rest of the period, or nothing', () => {
  const rest = addonBase(support, june, day('2026-06-16'))
  assert.deepEqual([rest?.amount, `${rest?.startsOn}`, `${rest?.endsOn}`], [500n, '2026-06-16', '2026-07-01'])
  assert.equal(addonBase(support, june, day('2026-07-01')), null)
  assert.equal(addonBase(support, june, day('2026-07-04')), null)
})

/** Any window of any plan, and a day of its billing period. */
const running = fc
  .record({
    start: fc.integer({ min: 0, max: 4000 }).map((days) => day('2024-01-01').add({ days })),
    billingInterval: fc.constantFrom(...billingIntervals, null),
    after: fc.nat({ max: 14 }),
    part: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    price: fc.bigInt({ min: 0n, max: 10n ** 12n }),
  })
  .map(({ start, billingInterval, after, part, price }) => {
    let window = firstWindow({ on: start, billingInterval, isFree: billingInterval === null, trialDays: 0 }, 1)
    for (let one = 0; one < after; one++) {
      const { anchor: _anchor, ...next } = nextWindow({ window, anchor: start, billingInterval, trialEndsOn: null })
      window = next
    }
    const days = window.startsOn.until(window.endsOn, { largestUnit: 'days' }).days
    return { window, today: window.startsOn.add({ days: Math.floor(days * part) }), price }
  })

test('a share is never more than the price, never less than nothing, and never grows from a day to the next', () => {
  const law = fc.property(running, ({ window, today, price }) => {
    const own = { ...support, price }
    const { amount } = addonShare(own, window, today)
    const tomorrow = addonShare(own, window, today.add({ days: 1 })).amount
    assert(amount >= 0n && amount <= price, `${amount} of ${price}`)
    assert(tomorrow <= amount, `${tomorrow} after ${amount}`)
  })
  fc.assert(law)
})

test('what is left and what is past of a period are the whole price, to a minor unit', () => {
  const law = fc.property(running, ({ window, today, price }) => {
    const own = { ...support, price }
    const left = addonShare(own, window, today).amount
    const end = window.periodEnd ?? window.endsOn
    const start = window.periodEnd === null ? window.startsOn : window.periodStart
    const [days, whole] = [
      start.until(today, { largestUnit: 'days' }).days,
      start.until(end, { largestUnit: 'days' }).days,
    ]
    // price − left is within half a minor unit of price × past days ÷ days.
    const twice = 2n * ((price - left) * BigInt(whole) - price * BigInt(days))
    assert(twice <= BigInt(whole) && twice >= -BigInt(whole), `${left} of ${price} after ${days} of ${whole} days`)
  })
  fc.assert(law)
})
