import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decisionOf, isOldAt, isUsable, questionKey, type TaxQuestion } from '#tax/asked-tax.ts'

const berlin: TaxQuestion = { country: 'DE', region: null, postalCode: '10119', taxId: null }
const at = (text: string) => Temporal.Instant.from(text)
const kept = (askedAt: string, triedAt: string | null = null) => ({
  treatment: 'charged' as const,
  place: { country: 'DE', region: null },
  rates: [],
  askedAt: at(askedAt),
  triedAt: triedAt === null ? null : at(triedAt),
})

test('the same place written differently is one question; another place, or another tax number, is another', () => {
  assert.equal(questionKey({ ...berlin, postalCode: 'sw1a  1aa ' }), questionKey({ ...berlin, postalCode: 'SW1A 1AA' }))
  assert.notEqual(questionKey(berlin), questionKey({ ...berlin, postalCode: '10117' }))
  assert.notEqual(questionKey(berlin), questionKey({ ...berlin, taxId: { kind: 'VAT', value: 'DE136695976' } }))
})

test('law: no two questions that differ have one key', () => {
  const text = fc.stringMatching(/^[A-Z0-9|",\]]{0,6}$/)
  const question = fc.record({
    country: fc.constantFrom('DE', 'US'),
    region: fc.option(text, { nil: null }),
    postalCode: text,
    taxId: fc.option(fc.record({ kind: fc.constant(null), value: text }), { nil: null }),
  })
  fc.assert(
    fc.property(question, question, (one, other) => {
      assert.equal(questionKey(one) === questionKey(other), JSON.stringify(one) === JSON.stringify(other))
    }),
  )
})

test('an answer is good for a day, and for a quarter of an hour after it was asked for again in vain', () => {
  const noon = at('2041-06-02T12:00:00Z')
  assert.equal(isUsable(kept('2041-06-01T12:00:01Z'), noon), true)
  assert.equal(isUsable(kept('2041-06-01T12:00:00Z'), noon), false)
  assert.equal(isUsable(kept('2041-01-01T00:00:00Z', '2041-06-02T11:45:01Z'), noon), true)
  assert.equal(isUsable(kept('2041-01-01T00:00:00Z', '2041-06-02T11:45:00Z'), noon), false)
  // What is due is made up for with its own time, which may lie before the question.
  assert.equal(isUsable(kept('2041-07-01T00:00:00Z'), noon), true)
})

test('an answer is asked for ahead of what it will be too old for', () => {
  const answer = kept('2041-06-01T12:00:00Z')
  assert.equal(isOldAt(answer, at('2041-06-02T11:59:59Z')), false)
  assert.equal(isOldAt(answer, at('2041-06-02T12:00:00Z')), true)
})

test('what is charged says who said so and when; what is not charged says why', () => {
  const day = Temporal.PlainDate.from('2041-06-01')
  const rate = { name: 'VAT', rate: 190_000n, jurisdiction: 'Germany', level: 'country', percentage: '19', reason: 'x' }
  const place = { country: 'DE', region: null }
  assert.deepEqual(JSON.parse(JSON.stringify(decisionOf({ treatment: 'charged', place, rates: [rate] }, day), text)), {
    treatment: 'charged',
    place,
    rates: [{ name: 'VAT', rate: '190000' }],
    origin: { source: 'provider', asOf: '2041-06-01' },
  })
  const { treatment, rates, origin } = decisionOf({ treatment: 'not_registered', place: null, rates: [] }, day)
  assert.deepEqual([treatment, rates, origin], ['not_registered', [], null])
})

const text = (_key: string, value: unknown) => (typeof value === 'bigint' ? value.toString() : value)
