import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Org } from '#organisations/org.ts'
import { decideAdvance, testClockOf } from '#organisations/test-clock.ts'

const at = (text: string) => Temporal.Instant.from(text)
const now = at('2026-06-16T12:00:00Z')

const sandbox: Org = {
  id: 'org_1',
  organisationId: 'org_0',
  mode: 'sandbox',
  livemode: false,
  version: 1n,
  simulatedTime: null,
  invoicePrefix: 'TEST',
}

test('days are counted from the time the organisation has', () => {
  assert.equal(decideAdvance(now, { advanceDays: 30 }).toString(), '2026-07-16T12:00:00Z')
})

test('the clock can be set to a time, in whole milliseconds', () => {
  assert.equal(decideAdvance(now, { frozenTime: at('2026-07-01T00:00:00.0009Z') }).toString(), '2026-07-01T00:00:00Z')
})

test('the clock never stands or goes back', () => {
  for (const frozenTime of [now, at('2026-06-16T11:59:59.999Z'), at('2026-06-16T12:00:00.0004Z')]) {
    assert.throws(() => decideAdvance(now, { frozenTime }), { code: 'validation_error', param: 'frozenTime' })
  }
  assert.throws(() => decideAdvance(now, { advanceDays: 0 }), { code: 'validation_error', param: 'advanceDays' })
})

test('a step is at most two calendar years', () => {
  assert.equal(decideAdvance(now, { advanceDays: 731 }).toString(), '2028-06-16T12:00:00Z')
  assert.throws(() => decideAdvance(now, { advanceDays: 732 }), { code: 'validation_error', param: 'advanceDays' })
  assert.equal(decideAdvance(now, { frozenTime: at('2028-06-16T12:00:00Z') }).toString(), '2028-06-16T12:00:00Z')
  const beyond = at('2028-06-16T12:00:00.001Z')
  assert.throws(() => decideAdvance(now, { frozenTime: beyond }), { code: 'validation_error', param: 'frozenTime' })
})

test('time ends before years need five digits', () => {
  assert.throws(() => decideAdvance(at('8999-12-01T00:00:00Z'), { advanceDays: 60 }), { code: 'validation_error' })
})

test('exactly one way to say how far', () => {
  assert.throws(() => decideAdvance(now, {}), { code: 'validation_error', param: 'advanceDays' })
  assert.throws(() => decideAdvance(now, { advanceDays: 1, frozenTime: at('2026-07-01T00:00:00Z') }), {
    code: 'validation_error',
  })
})

test('until it is moved the clock follows real time, afterwards it stands', () => {
  assert.deepEqual(testClockOf(sandbox, now), { simulatedTime: null, now })
  const moved = at('2027-01-01T00:00:00Z')
  assert.deepEqual(testClockOf({ ...sandbox, simulatedTime: moved }, now), { simulatedTime: moved, now: moved })
})

test('the live side has no test clock', () => {
  assert.throws(() => testClockOf({ ...sandbox, mode: 'live', livemode: true }, now), { code: 'sandbox_only' })
})
