import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nextAttempt } from '#mail/retries.ts'

test('a mail is tried eight times over two days, later and later', () => {
  let now = Temporal.Instant.from('2026-06-16T12:00:00Z')
  const times: string[] = []
  for (let attempts = 1; ; attempts++) {
    const next = nextAttempt(attempts, now)
    if (!next) break
    now = next
    times.push(next.toString())
  }
  assert.deepEqual(times, [
    '2026-06-16T12:01:00Z',
    '2026-06-16T12:06:00Z',
    '2026-06-16T12:21:00Z',
    '2026-06-16T13:21:00Z',
    '2026-06-16T17:21:00Z',
    '2026-06-17T05:21:00Z',
    '2026-06-18T05:21:00Z',
  ])
})
