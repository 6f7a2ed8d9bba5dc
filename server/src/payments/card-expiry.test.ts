import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { cardEnd, isEnding, lastGoodDay, nextExpiryNotice } from '#payments/card-expiry.ts'

const day = (text: string) => Temporal.PlainDate.from(text)
const next = (card: { expMonth: number; expYear: number }, today: string) =>
  nextExpiryNotice(card, day(today))?.toString() ?? null

test('a card is good to the last day of the month printed on it', () => {
  assert.equal(cardEnd({ expMonth: 6, expYear: 2041 }).toString(), '2041-07-01')
  assert.equal(cardEnd({ expMonth: 12, expYear: 2041 }).toString(), '2042-01-01')
  assert.equal(lastGoodDay({ expMonth: 2, expYear: 2044 }).toString(), '2044-02-29')
})

test('its end is told 30 and 7 days before, each once', () => {
  const card = { expMonth: 6, expYear: 2041 }
  assert.equal(next(card, '2040-01-01'), '2041-06-01')
  assert.equal(next(card, '2041-05-31'), '2041-06-01')
  assert.equal(next(card, '2041-06-01'), '2041-06-24')
  assert.equal(next(card, '2041-06-24'), null)
  assert.equal(next(card, '2041-07-01'), null)
})

test('a card is about to end from 30 days before to its last day', () => {
  const ends = (today: string) => isEnding({ expMonth: 6, expYear: 2041 }, day(today))
  assert.deepEqual(['2041-05-31', '2041-06-01', '2041-06-30', '2041-07-01'].map(ends), [false, true, true, false])
})

test('whoever follows the notices of any card comes through two at most, all before its end', () => {
  const months = fc.record({ expMonth: fc.integer({ min: 1, max: 12 }), expYear: fc.integer({ min: 2020, max: 2200 }) })
  fc.assert(
    fc.property(months, fc.integer({ min: -60, max: 60 }), (card, offset) => {
      const told: Temporal.PlainDate[] = []
      let today = cardEnd(card).add({ days: offset })
      for (let notice = nextExpiryNotice(card, today); notice; notice = nextExpiryNotice(card, today)) {
        assert.equal(Temporal.PlainDate.compare(today, notice), -1)
        assert.equal(Temporal.PlainDate.compare(notice, cardEnd(card)), -1)
        told.push(notice)
        today = notice
      }
      assert.equal(told.length, offset < -30 ? 2 : offset < -7 ? 1 : 0)
    }),
  )
})
