import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { billingPeriod, boundary, periodIndex } from '#time/anchor.ts'
import { billingIntervals, isRecurring, windowsPerPeriod } from '#time/interval.ts'
import { contains, daysRemaining, type Period, periodDays, startInstant, utcDay } from '#time/period.ts'
import { consumptionWindow, isPeriodEnd, nextWindow } from '#time/window.ts'

const firstDay = Temporal.PlainDate.from('2020-01-01')
const anyDay = fc.nat(20 * 365).map((days) => firstDay.add({ days }))
const lateDay = fc
  .tuple(fc.integer({ min: 2020, max: 2040 }), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 29, max: 31 }))
  .map(([year, month, day]) => Temporal.PlainDate.from({ year, month, day }, { overflow: 'constrain' }))
const leapDay = fc.constantFrom('2020-02-29', '2024-02-29', '2028-02-29').map((text) => Temporal.PlainDate.from(text))
const anchors = fc.oneof(anyDay, lateDay, leapDay)
const recurring = fc.constantFrom(...billingIntervals.filter(isRecurring))

/** Periods to walk so that every interval covers at least 30 years. */
const periodsIn30Years = { weekly: 1566, monthly: 361, quarterly: 121, yearly: 31 } as const

function same(a: Period, b: Period): boolean {
  return a.start.equals(b.start) && a.end.equals(b.end)
}

test('billing periods follow each other without gap or overlap for 30 years', () => {
  fc.assert(
    fc.property(anchors, recurring, (anchor, interval) => {
      let period = billingPeriod(anchor, interval, anchor)
      assert(period.start.equals(anchor))
      for (let index = 0; index < periodsIn30Years[interval]; index++) {
        assert(periodDays(period) >= 7)
        assert(same(period, billingPeriod(anchor, interval, period.end.subtract({ days: 1 }))))
        const next = billingPeriod(anchor, interval, period.end)
        assert(next.start.equals(period.end))
        period = next
      }
    }),
    { numRuns: 12 },
  )
})

test('every day belongs to exactly the period that contains it, before the anchor too', () => {
  fc.assert(
    fc.property(anchors, recurring, fc.integer({ min: -4000, max: 12_000 }), (anchor, interval, offset) => {
      const day = anchor.add({ days: offset })
      const period = billingPeriod(anchor, interval, day)
      const index = periodIndex(anchor, interval, day)
      assert(contains(period, day))
      assert.equal(index < 0, offset < 0)
      assert(same(period, { start: boundary(anchor, interval, index), end: boundary(anchor, interval, index + 1) }))
      assert(!contains(billingPeriod(anchor, interval, period.end), day))
    }),
  )
})

test('a boundary never drifts: it is the billing day, or the last day of a month too short for it', () => {
  const inMonths = fc.constantFrom('monthly', 'quarterly', 'yearly')
  fc.assert(
    fc.property(anchors, inMonths, fc.integer({ min: -100, max: 400 }), (anchor, interval, index) => {
      const day = boundary(anchor, interval, index)
      assert.equal(day.day, Math.min(anchor.day, day.daysInMonth))
      const months = (day.year - anchor.year) * 12 + day.month - anchor.month
      assert.equal(months, index * { monthly: 1, quarterly: 3, yearly: 12 }[interval])
    }),
  )
})

test('weeks are always 7 days from the anchor', () => {
  fc.assert(
    fc.property(anchors, fc.integer({ min: -500, max: 2000 }), (anchor, index) => {
      assert.equal(anchor.until(boundary(anchor, 'weekly', index), { largestUnit: 'days' }).days, index * 7)
    }),
  )
})

test('consumption windows fill a billing period exactly: 1, 1, 3 and 12 of them', () => {
  fc.assert(
    fc.property(anchors, recurring, fc.nat(20), (anchor, interval, index) => {
      const period = billingPeriod(anchor, interval, boundary(anchor, interval, index))
      let window = consumptionWindow(anchor, interval, period.start)
      let windows = 1
      let days = periodDays(window)
      assert(window.start.equals(period.start))
      while (!window.end.equals(period.end)) {
        assert(contains(period, window.end))
        assert.equal(isPeriodEnd(anchor, interval, window.end), false)
        const next = nextWindow(anchor, interval, window)
        assert(next.start.equals(window.end))
        window = next
        windows += 1
        days += periodDays(window)
      }
      assert.equal(windows, windowsPerPeriod[interval])
      assert.equal(days, periodDays(period))
      assert.equal(isPeriodEnd(anchor, interval, window.end), true)
    }),
  )
})

test('free and one-time plans have the windows of a monthly plan', () => {
  fc.assert(
    fc.property(anchors, fc.nat(5000), (anchor, offset) => {
      const day = anchor.add({ days: offset })
      const monthly = billingPeriod(anchor, 'monthly', day)
      assert(same(consumptionWindow(anchor, null, day), monthly))
      assert(same(consumptionWindow(anchor, 'one_time', day), monthly))
    }),
  )
})

test('the days used and the days left of a period are its days', () => {
  fc.assert(
    fc.property(anchors, recurring, fc.nat(5000), (anchor, interval, offset) => {
      const day = anchor.add({ days: offset })
      const period = billingPeriod(anchor, interval, day)
      const left = daysRemaining(period, day)
      assert(left >= 1 && left <= periodDays(period))
      assert(period.end.subtract({ days: left }).equals(day))
    }),
  )
})

test('every moment of a day is on that day', () => {
  fc.assert(
    fc.property(anyDay, fc.nat(24 * 60 * 60 * 1000 - 1), (day, milliseconds) => {
      assert(utcDay(startInstant(day).add({ milliseconds })).equals(day))
    }),
  )
})
