import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatDay, formatDays, formatMoment } from './day.ts'

test('a day stays the day it is wherever the reader sits', () => {
  assert.equal(formatDay('2026-08-01', 'en'), 'August 1, 2026')
  assert.equal(formatDay('2026-08-01', 'es'), '1 de agosto de 2026')
})

test('a moment falls on the day of its zone', () => {
  assert.equal(formatMoment('2026-08-01T02:00:00Z', 'en', 'UTC'), 'August 1, 2026')
  assert.equal(formatMoment('2026-08-01T02:00:00Z', 'en', 'America/New_York'), 'July 31, 2026')
})

test('days are counted in words', () => {
  assert.equal(formatDays(1, 'en'), '1 day')
  assert.equal(formatDays(14, 'es'), '14 días')
})
