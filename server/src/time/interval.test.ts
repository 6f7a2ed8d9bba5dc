import assert from 'node:assert/strict'
import { test } from 'node:test'
import { billingIntervals, intervalMonths, isRecurring, windowsPerPeriod } from '#time/interval.ts'

test('the intervals are those of a price', () => {
  assert.deepEqual(billingIntervals, ['weekly', 'monthly', 'quarterly', 'yearly', 'one_time'])
  assert.deepEqual(billingIntervals.filter(isRecurring), ['weekly', 'monthly', 'quarterly', 'yearly'])
})

test('a quarter has 3 months and 3 windows, a year 12 of both', () => {
  assert.deepEqual(intervalMonths, { monthly: 1, quarterly: 3, yearly: 12 })
  assert.deepEqual(windowsPerPeriod, { weekly: 1, monthly: 1, quarterly: 3, yearly: 12, one_time: 1 })
})
