import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { mayWithdraw } from '#subscriptions/withdrawal.ts'

const at = (text: string) => Temporal.Instant.from(text)
const consumer = (concludedAt: string, country: string | null = 'DE') => ({
  concludedAt: at(concludedAt),
  country,
  taxDocument: null,
})
const told = (contract: Parameters<typeof mayWithdraw>[0], now: string) => {
  const standing = mayWithdraw(contract, at(now))
  return standing.kind === 'none' ? 'none' : `${standing.kind} ${standing.lastDay}`
}

test('fourteen days after the day of the contract, to the end of the last one wherever the customer is', () => {
  const contract = consumer('2044-03-01T10:00:00Z')
  assert.equal(told(contract, '2044-03-01T10:00:00Z'), 'open 2044-03-15')
  assert.equal(told(contract, '2044-03-16T03:59:59Z'), 'open 2044-03-15')
  assert.equal(told(contract, '2044-03-16T04:00:00Z'), 'over 2044-03-15')
})

test('what was concluded late in the evening counts from the day it was in the east by then', () => {
  assert.equal(told(consumer('2044-03-01T19:59:00Z'), '2044-03-02T00:00:00Z'), 'open 2044-03-15')
  assert.equal(told(consumer('2044-03-01T20:00:00Z'), '2044-03-02T00:00:00Z'), 'open 2044-03-16')
})

test('a last day on a weekend or a holiday makes it the next working day', () => {
  // 5 March 2044 is a Saturday, 6 March a Sunday.
  assert.equal(told(consumer('2044-02-20T10:00:00Z'), '2044-02-20T10:00:00Z'), 'open 2044-03-07')
  assert.equal(told(consumer('2044-02-21T10:00:00Z'), '2044-02-21T10:00:00Z'), 'open 2044-03-07')
  // 25 December 2043 is a Friday, so that the weekend follows and the 26th falls into it.
  assert.equal(told(consumer('2043-12-11T10:00:00Z'), '2043-12-11T10:00:00Z'), 'open 2043-12-28')
})

test('consumers of the Union, the rest of the economic area and the United Kingdom; no business and nobody elsewhere', () => {
  const now = '2044-03-02T00:00:00Z'
  for (const country of ['DE', 'ES', 'GR', 'NO', 'IS', 'LI', 'GB', 'RE', 'AX'])
    assert.equal(told(consumer('2044-03-01T10:00:00Z', country), now), 'open 2044-03-15', country)
  for (const country of ['US', 'CH', 'BR', null])
    assert.equal(told(consumer('2044-03-01T10:00:00Z', country), now), 'none', `${country}`)
  assert.equal(told({ ...consumer('2044-03-01T10:00:00Z'), taxDocument: 'DE123456789' }, now), 'none')
})

const moments = fc
  .integer({ min: Date.UTC(2026, 0), max: Date.UTC(2050, 0) })
  .map((ms) => Temporal.Instant.fromEpochMilliseconds(ms))
const zones = fc.constantFrom('-04:00', '-01:00', '+00:00', '+01:00', '+02:00', '+03:00', '+04:00')

test('law: nobody has less than the fourteen days of where they are, and nobody more than three weeks', () => {
  fc.assert(
    fc.property(moments, zones, (concludedAt, zone) => {
      const contract = { concludedAt, country: 'FR', taxDocument: null }
      const day = concludedAt.toZonedDateTimeISO(zone).toPlainDate()
      const lastMoment = day.add({ days: 15 }).toZonedDateTime(zone).toInstant().subtract({ milliseconds: 1 })
      assert.equal(mayWithdraw(contract, concludedAt).kind, 'open')
      assert.equal(mayWithdraw(contract, lastMoment).kind, 'open')
      assert.equal(mayWithdraw(contract, concludedAt.add({ hours: 24 * 21 })).kind, 'over')
    }),
  )
})

test('law: what is over stays over, and the last day is a working day that does not move', () => {
  fc.assert(
    fc.property(moments, fc.nat({ max: 60 * 24 }), fc.nat({ max: 60 * 24 }), (concludedAt, one, more) => {
      const contract = { concludedAt, country: 'ES', taxDocument: null }
      const before = mayWithdraw(contract, concludedAt.add({ hours: one }))
      const after = mayWithdraw(contract, concludedAt.add({ hours: one + more }))
      assert(before.kind !== 'none' && after.kind !== 'none')
      assert(before.kind === 'open' || after.kind === 'over')
      assert.equal(String(before.lastDay), String(after.lastDay))
      assert(before.lastDay.dayOfWeek <= 5)
    }),
  )
})
