import assert from 'node:assert/strict'
import { test } from 'node:test'
import { billingPeriod, boundary, periodIndex } from '#time/anchor.ts'
import type { RecurringInterval } from '#time/interval.ts'

const day = (text: string) => Temporal.PlainDate.from(text)

function boundaries(anchor: string, interval: RecurringInterval, count: number): string {
  return Array.from({ length: count }, (_, index) => boundary(day(anchor), interval, index).toString()).join(' ')
}

function period(anchor: string, interval: RecurringInterval, on: string): string {
  const { start, end } = billingPeriod(day(anchor), interval, day(on))
  return `${start} ${end}`
}

test('billing day 31 falls on the last day of shorter months and returns to 31', () => {
  assert.equal(boundaries('2026-01-31', 'monthly', 5), '2026-01-31 2026-02-28 2026-03-31 2026-04-30 2026-05-31')
  assert.equal(boundaries('2028-01-31', 'monthly', 3), '2028-01-31 2028-02-29 2028-03-31')
})

test('billing days 29 and 30 return after February', () => {
  assert.equal(boundaries('2026-01-29', 'monthly', 3), '2026-01-29 2026-02-28 2026-03-29')
  assert.equal(boundaries('2026-01-30', 'monthly', 3), '2026-01-30 2026-02-28 2026-03-30')
})

test('quarters from 30 November pass through February', () => {
  assert.equal(boundaries('2026-11-30', 'quarterly', 4), '2026-11-30 2027-02-28 2027-05-30 2027-08-30')
})

test('a year from 29 February returns to 29 February', () => {
  assert.equal(boundaries('2028-02-29', 'yearly', 5), '2028-02-29 2029-02-28 2030-02-28 2031-02-28 2032-02-29')
})

test('weeks are 7 days whatever the month', () => {
  assert.equal(boundaries('2026-02-20', 'weekly', 3), '2026-02-20 2026-02-27 2026-03-06')
})

test('the period of a day contains it, and its end day begins the next', () => {
  assert.equal(period('2026-01-31', 'monthly', '2026-01-31'), '2026-01-31 2026-02-28')
  assert.equal(period('2026-01-31', 'monthly', '2026-02-27'), '2026-01-31 2026-02-28')
  assert.equal(period('2026-01-31', 'monthly', '2026-02-28'), '2026-02-28 2026-03-31')
  assert.equal(period('2026-01-31', 'monthly', '2026-03-30'), '2026-02-28 2026-03-31')
  assert.equal(period('2026-01-31', 'quarterly', '2026-04-29'), '2026-01-31 2026-04-30')
  assert.equal(period('2026-02-15', 'quarterly', '2026-05-15'), '2026-05-15 2026-08-15')
  assert.equal(period('2028-02-29', 'yearly', '2029-02-27'), '2028-02-29 2029-02-28')
  assert.equal(period('2028-02-29', 'yearly', '2029-02-28'), '2029-02-28 2030-02-28')
  assert.equal(period('2026-06-01', 'weekly', '2026-06-08'), '2026-06-08 2026-06-15')
})

test('days before the anchor belong to periods of their own', () => {
  assert.equal(period('2026-03-31', 'monthly', '2026-03-30'), '2026-02-28 2026-03-31')
  assert.equal(period('2026-06-01', 'weekly', '2026-05-31'), '2026-05-25 2026-06-01')
  assert.equal(periodIndex(day('2026-03-31'), 'monthly', day('2026-03-30')), -1)
})

test('periods are numbered from the anchor', () => {
  assert.equal(periodIndex(day('2026-01-31'), 'monthly', day('2026-01-31')), 0)
  assert.equal(periodIndex(day('2026-01-31'), 'monthly', day('2027-02-28')), 13)
  assert.equal(periodIndex(day('2026-01-31'), 'yearly', day('2028-01-30')), 1)
})
