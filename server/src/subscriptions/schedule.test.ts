import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endsPeriod, firstWindow, nextWindow, type WindowPlan, windowAfterChange } from '#subscriptions/schedule.ts'
import type { BillingInterval } from '#time/interval.ts'

const day = (text: string) => Temporal.PlainDate.from(text)

function tell({ number, kind, startsOn, endsOn, periodStart, periodEnd }: WindowPlan): string {
  return `${number} ${kind} ${startsOn}..${endsOn} of ${periodStart}..${periodEnd ?? ''}`
}

type Start = { on: string; billingInterval: BillingInterval | null; isFree?: boolean; trialDays?: number }

/** The first windows of a subscription that nobody stops. */
function windows({ on, billingInterval, isFree = false, trialDays = 0 }: Start, count: number): string[] {
  const trialEndsOn = trialDays > 0 ? day(on).add({ days: trialDays }) : null
  let window = firstWindow({ on: day(on), billingInterval, isFree, trialDays }, 1)
  let anchor = day(on)
  const told = [tell(window)]
  while (told.length < count) {
    const next = nextWindow({ window, anchor, billingInterval, trialEndsOn })
    anchor = next.anchor
    window = next
    told.push(tell(next))
  }
  return told
}

test('monthly from 31 January: the last days of shorter months, and 31 again', () => {
  assert.deepEqual(windows({ on: '2027-01-31', billingInterval: 'monthly' }, 4), [
    '1 paid 2027-01-31..2027-02-28 of 2027-01-31..2027-02-28',
    '2 paid 2027-02-28..2027-03-31 of 2027-02-28..2027-03-31',
    '3 paid 2027-03-31..2027-04-30 of 2027-03-31..2027-04-30',
    '4 paid 2027-04-30..2027-05-31 of 2027-04-30..2027-05-31',
  ])
})

test('weekly: window and period are the same seven days', () => {
  assert.deepEqual(windows({ on: '2027-12-29', billingInterval: 'weekly' }, 2), [
    '1 paid 2027-12-29..2028-01-05 of 2027-12-29..2028-01-05',
    '2 paid 2028-01-05..2028-01-12 of 2028-01-05..2028-01-12',
  ])
})

test('quarterly: three windows to a period', () => {
  assert.deepEqual(windows({ on: '2027-11-30', billingInterval: 'quarterly' }, 4), [
    '1 paid 2027-11-30..2027-12-30 of 2027-11-30..2028-02-29',
    '2 paid 2027-12-30..2028-01-30 of 2027-11-30..2028-02-29',
    '3 paid 2028-01-30..2028-02-29 of 2027-11-30..2028-02-29',
    '4 paid 2028-02-29..2028-03-30 of 2028-02-29..2028-05-30',
  ])
})

test('yearly: twelve windows to a period', () => {
  const told = windows({ on: '2027-03-01', billingInterval: 'yearly' }, 13)
  assert.equal(told[11], '12 paid 2028-02-01..2028-03-01 of 2027-03-01..2028-03-01')
  assert.equal(told[12], '13 paid 2028-03-01..2028-04-01 of 2028-03-01..2029-03-01')
})

test('one-time and free: months without a period that ends', () => {
  assert.deepEqual(windows({ on: '2027-01-31', billingInterval: 'one_time' }, 2), [
    '1 paid 2027-01-31..2027-02-28 of 2027-01-31..',
    '2 paid 2027-02-28..2027-03-31 of 2027-01-31..',
  ])
  assert.deepEqual(windows({ on: '2027-01-31', billingInterval: null, isFree: true }, 2), [
    '1 free 2027-01-31..2027-02-28 of 2027-01-31..',
    '2 free 2027-02-28..2027-03-31 of 2027-01-31..',
  ])
})

test('a short trial is one window, and its last day is what billing is counted from', () => {
  assert.deepEqual(windows({ on: '2027-01-17', billingInterval: 'monthly', trialDays: 14 }, 3), [
    '1 trial 2027-01-17..2027-01-31 of 2027-01-17..2027-01-31',
    '2 paid 2027-01-31..2027-02-28 of 2027-01-31..2027-02-28',
    '3 paid 2027-02-28..2027-03-31 of 2027-02-28..2027-03-31',
  ])
})

test('a long trial has windows of a month, the last one cut short', () => {
  assert.deepEqual(windows({ on: '2027-01-10', billingInterval: 'yearly', trialDays: 45 }, 3), [
    '1 trial 2027-01-10..2027-02-10 of 2027-01-10..2027-02-24',
    '2 trial 2027-02-10..2027-02-24 of 2027-01-10..2027-02-24',
    '3 paid 2027-02-24..2027-03-24 of 2027-02-24..2028-02-24',
  ])
})

test('a trial before a one-time purchase is followed by months without an end', () => {
  assert.deepEqual(windows({ on: '2027-01-10', billingInterval: 'one_time', trialDays: 7 }, 3), [
    '1 trial 2027-01-10..2027-01-17 of 2027-01-10..2027-01-17',
    '2 paid 2027-01-17..2027-02-17 of 2027-01-17..',
    '3 paid 2027-02-17..2027-03-17 of 2027-01-17..',
  ])
})

test('a base is due where a period ends: never on free and one-time plans', () => {
  const ends = (billingInterval: BillingInterval | null, isFree = false, trialDays = 0) =>
    endsPeriod(firstWindow({ on: day('2027-01-10'), billingInterval, isFree, trialDays }, 1))
  assert.equal(ends('monthly'), true)
  assert.equal(ends('weekly'), true)
  assert.equal(ends('quarterly'), false)
  assert.equal(ends('one_time'), false)
  assert.equal(ends(null, true), false)
  assert.equal(ends('one_time', false, 7), true)
  assert.equal(ends('monthly', false, 45), false)
})

/** The window after the first one of a subscription that changes with it, and the day that later ones are counted from. */
function after(start: Start, target: { isFree?: boolean; billingInterval: BillingInterval | null }): string {
  const { on, billingInterval, trialDays = 0 } = start
  const window = firstWindow({ on: day(on), billingInterval, isFree: false, trialDays }, 1)
  const trialEndsOn = trialDays > 0 ? day(on).add({ days: trialDays }) : null
  const { anchor, ...next } = windowAfterChange(
    { window, anchor: day(on), billingInterval, trialEndsOn },
    { isFree: false, ...target },
  )
  return `${tell(next)} from ${anchor}`
}

test('a change at the end of a period keeps the billing day, except to weeks and to a free plan', () => {
  const monthly = { on: '2027-01-31', billingInterval: 'monthly' } as const
  assert.equal(
    after(monthly, { billingInterval: 'monthly' }),
    '2 paid 2027-02-28..2027-03-31 of 2027-02-28..2027-03-31 from 2027-01-31',
  )
  assert.equal(
    after(monthly, { billingInterval: 'weekly' }),
    '2 paid 2027-02-28..2027-03-07 of 2027-02-28..2027-03-07 from 2027-02-28',
  )
  assert.equal(
    after(monthly, { isFree: true, billingInterval: null }),
    '2 free 2027-02-28..2027-03-28 of 2027-02-28.. from 2027-02-28',
  )
  assert.equal(
    after({ on: '2027-01-04', billingInterval: 'weekly' }, { billingInterval: 'weekly' }),
    '2 paid 2027-01-11..2027-01-18 of 2027-01-11..2027-01-18 from 2027-01-04',
  )
})

test('a change at the end of a trial begins what is paid on that day', () => {
  assert.equal(
    after({ on: '2027-01-31', billingInterval: 'monthly', trialDays: 10 }, { billingInterval: 'quarterly' }),
    '2 paid 2027-02-10..2027-03-10 of 2027-02-10..2027-05-10 from 2027-02-10',
  )
})
