import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BillingInterval } from '#time/interval.ts'
import { consumptionWindow, isPeriodEnd, nextWindow } from '#time/window.ts'

const day = (text: string) => Temporal.PlainDate.from(text)

function window(anchor: string, interval: BillingInterval | null, on: string): string {
  const { start, end } = consumptionWindow(day(anchor), interval, day(on))
  return `${start} ${end}`
}

test('a window is 7 days on weekly plans and an anchored month on every other', () => {
  assert.equal(window('2026-06-01', 'weekly', '2026-06-16'), '2026-06-15 2026-06-22')
  for (const interval of ['monthly', 'quarterly', 'yearly', 'one_time', null] as const) {
    assert.equal(window('2026-01-31', interval, '2026-03-15'), '2026-02-28 2026-03-31')
  }
})

test('the window after the short one returns to day 31', () => {
  const anchor = day('2026-01-31')
  const february = consumptionWindow(anchor, 'yearly', day('2026-02-10'))
  const march = nextWindow(anchor, 'yearly', february)
  const april = nextWindow(anchor, 'yearly', march)
  assert.equal(`${march.start} ${march.end}`, '2026-02-28 2026-03-31')
  assert.equal(`${april.start} ${april.end}`, '2026-03-31 2026-04-30')
})

test('of the windows of a quarterly plan every third ends the billing period', () => {
  const anchor = day('2026-01-31')
  const ends = ['2026-02-28', '2026-03-31', '2026-04-30', '2026-05-31', '2026-06-30', '2026-07-31']
  assert.deepEqual(
    ends.filter((end) => isPeriodEnd(anchor, 'quarterly', day(end))),
    ['2026-04-30', '2026-07-31'],
  )
  assert.deepEqual(
    ends.filter((end) => isPeriodEnd(anchor, 'monthly', day(end))),
    ends,
  )
})

test('the anchor and a day inside a period end none', () => {
  assert.equal(isPeriodEnd(day('2026-06-01'), 'monthly', day('2026-06-01')), false)
  assert.equal(isPeriodEnd(day('2026-06-01'), 'monthly', day('2026-06-15')), false)
  assert.equal(isPeriodEnd(day('2026-06-01'), 'monthly', day('2026-05-01')), false)
  assert.equal(isPeriodEnd(day('2026-06-01'), 'weekly', day('2026-06-08')), true)
})
