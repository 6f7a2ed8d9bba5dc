import assert from 'node:assert/strict'
import { test } from 'node:test'
import { heldWhenOpened } from '#billing/simulation/held-replay.ts'
import type { PastChange } from '#metering/past-usage.ts'

const noon = Temporal.Instant.from('2041-10-18T12:00:00Z')
const change = (number: bigint, current: bigint, windowNumber: number | null, at = noon): PastChange => ({
  number,
  action: number === 1n ? 'initial' : 'set',
  current,
  countsOn: Temporal.PlainDate.from('2041-10-18'),
  windowNumber,
  createdAt: at,
})

test('at one moment of a standing clock the window that a change was made in says what the next one found', () => {
  const changes = [change(1n, 7n, 1), change(2n, 4n, 1), change(3n, 6n, 2)]
  assert.equal(heldWhenOpened(changes, { number: 2, openedAt: noon }), 4n)
  assert.equal(heldWhenOpened(changes, { number: 3, openedAt: noon }), 6n)
})

test('otherwise time says it, whatever windows usage had run ahead into; what came with the subscription was always there', () => {
  const later = noon.add({ hours: 1 })
  assert.equal(heldWhenOpened([change(1n, 7n, 1), change(2n, 5n, 4, noon)], { number: 3, openedAt: later }), 5n)
  assert.equal(heldWhenOpened([change(1n, 7n, 1, later)], { number: 1, openedAt: noon }), 7n)
  assert.equal(heldWhenOpened([], { number: 1, openedAt: noon }), undefined)
})
