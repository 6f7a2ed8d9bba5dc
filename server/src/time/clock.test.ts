import assert from 'node:assert/strict'
import { test } from 'node:test'
import { machineNow, organisationNow } from '#time/clock.ts'

const simulated = Temporal.Instant.from('2027-01-31T12:00:00Z')
const machine = Temporal.Instant.from('2026-06-16T08:30:00Z')

test('a moved test clock is the now of its organisation, standing still', () => {
  assert.equal(organisationNow(simulated, machine).toString(), '2027-01-31T12:00:00Z')
})

test('without a test clock the machine tells the time', () => {
  assert.equal(organisationNow(null, machine).toString(), '2026-06-16T08:30:00Z')
})

test('the machine tells whole milliseconds', () => {
  const now = machineNow()
  assert.equal(now.epochNanoseconds % 1_000_000n, 0n)
  assert(now.epochMilliseconds > Temporal.Instant.from('2026-01-01T00:00:00Z').epochMilliseconds)
})
