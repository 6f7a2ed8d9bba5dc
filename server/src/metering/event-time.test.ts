import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventTime, refuseTime } from '#metering/event-time.ts'

const at = (text: string) => Temporal.Instant.from(text)
const machineNow = at('2026-06-16T12:00:00Z')
const simulated = { now: at('2027-01-31T00:00:00Z'), machineNow, isSimulated: true }

test('without a timestamp an event happens now', () => {
  assert.equal(eventTime(undefined, simulated).toString(), '2027-01-31T00:00:00Z')
})

test('while a test clock stands elsewhere, a timestamp within 5 minutes of real time means its now', () => {
  assert.equal(eventTime(at('2026-06-16T12:05:00Z'), simulated).toString(), '2027-01-31T00:00:00Z')
  assert.equal(eventTime(at('2026-06-16T11:55:00Z'), simulated).toString(), '2027-01-31T00:00:00Z')
  assert.equal(eventTime(at('2026-06-16T11:54:59.999Z'), simulated).toString(), '2026-06-16T11:54:59.999Z')
  assert.equal(eventTime(at('2026-06-16T12:05:00.001Z'), simulated).toString(), '2026-06-16T12:05:00.001Z')
})

test('on real time a timestamp means itself', () => {
  const real = { now: machineNow, machineNow, isSimulated: false }
  assert.equal(eventTime(at('2026-06-16T11:58:00Z'), real).toString(), '2026-06-16T11:58:00Z')
})

test('an event lies at most 5 minutes in the future and 90 days in the past', () => {
  const now = at('2026-06-16T12:00:00Z')
  assert.equal(refuseTime(at('2026-06-16T12:05:00Z'), now), undefined)
  assert.equal(
    refuseTime(at('2026-06-16T12:05:00.001Z'), now)?.message,
    'timestamp: Must not be more than 5 minutes in the future.',
  )
  assert.equal(refuseTime(at('2026-03-18T12:00:00Z'), now), undefined)
  assert.equal(refuseTime(at('2026-03-18T11:59:59.999Z'), now)?.message, 'timestamp: Must not be older than 90 days.')
})
