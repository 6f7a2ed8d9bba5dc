import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contains, daysBetween, daysRemaining, isBefore, periodDays, startInstant, utcDay } from '#time/period.ts'

const day = (text: string) => Temporal.PlainDate.from(text)
const june = { start: day('2026-06-01'), end: day('2026-07-01') }

test('a period has the calendar days from its start to its end', () => {
  assert.equal(periodDays(june), 30)
  assert.equal(periodDays({ start: day('2028-02-15'), end: day('2028-03-15') }), 29)
  assert.equal(periodDays({ start: day('2026-01-15'), end: day('2027-01-15') }), 365)
})

test('on 16 June 15 of 30 days are left', () => {
  assert.equal(daysRemaining(june, day('2026-06-16')), 15)
  assert.equal(daysRemaining(june, day('2026-06-01')), 30)
  assert.equal(daysRemaining(june, day('2026-06-30')), 1)
  assert.equal(daysRemaining(june, day('2026-07-01')), 0)
  assert.equal(daysRemaining(june, day('2026-08-01')), 0)
})

test('days between two days have a sign', () => {
  assert.equal(daysBetween(day('2026-02-28'), day('2026-03-01')), 1)
  assert.equal(daysBetween(day('2028-02-28'), day('2028-03-01')), 2)
  assert.equal(daysBetween(day('2026-06-16'), day('2026-06-01')), -15)
})

test('the end day belongs to the next period', () => {
  assert.equal(contains(june, day('2026-05-31')), false)
  assert.equal(contains(june, day('2026-06-01')), true)
  assert.equal(contains(june, day('2026-06-30')), true)
  assert.equal(contains(june, day('2026-07-01')), false)
  assert.equal(isBefore(day('2026-06-30'), day('2026-07-01')), true)
  assert.equal(isBefore(day('2026-07-01'), day('2026-07-01')), false)
})

test('a day begins at midnight UTC and ends before the next', () => {
  assert.equal(startInstant(day('2026-06-16')).toString({ fractionalSecondDigits: 3 }), '2026-06-16T00:00:00.000Z')
  assert.equal(utcDay(Temporal.Instant.from('2026-06-16T00:00:00Z')).toString(), '2026-06-16')
  assert.equal(utcDay(Temporal.Instant.from('2026-06-16T23:59:59.999Z')).toString(), '2026-06-16')
  assert.equal(utcDay(Temporal.Instant.from('2026-06-16T23:30:00-03:00')).toString(), '2026-06-17')
})
