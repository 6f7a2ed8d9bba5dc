import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Answer, Confirmation } from '../api/hosted-checkout.ts'
import { confirmPatiently, newIdempotencyKey } from './confirm.ts'

const lost: Answer<Confirmation> = { kind: 'unanswered' }
const paid: Answer<Confirmation> = { kind: 'ok', data: { status: 'succeeded', redirectUrl: 'https://acme.test/done' } }

function refused(status: number, code: string, details: unknown = undefined): Answer<Confirmation> {
  return { kind: 'refused', status, code, message: '', details }
}

/** Confirms against the given answers, one after the other, the last one for ever. */
async function confirmAgainst(...answers: Answer<Confirmation>[]) {
  const waited: number[] = []
  let sent = 0
  const outcome = await confirmPatiently({
    send: async () => {
      sent += 1
      return answers[Math.min(sent, answers.length) - 1] ?? lost
    },
    wait: async (delayMs) => void waited.push(delayMs),
    onRetry: () => {},
  })
  return { outcome, sent, waited }
}

test('a lost answer is asked for again', async () => {
  const { outcome, sent, waited } = await confirmAgainst(lost, lost, paid)
  assert.deepEqual(outcome, { kind: 'succeeded', redirectUrl: 'https://acme.test/done' })
  assert.equal(sent, 3)
  assert.deepEqual(waited, [1000, 2000])
})

test('a try that is still under way is waited for', async () => {
  const { outcome, sent } = await confirmAgainst(refused(409, 'idempotency_in_progress'), paid)
  assert.equal(outcome.kind, 'succeeded')
  assert.equal(sent, 2)
})

test('after four tries without an answer nothing is claimed', async () => {
  const { outcome, sent } = await confirmAgainst(lost)
  assert.deepEqual(outcome, { kind: 'unknown' })
  assert.equal(sent, 4)
})

test('a decline is final and keeps its code', async () => {
  const { outcome, sent } = await confirmAgainst(refused(402, 'payment_failed', { declineCode: 'insufficient_funds' }))
  assert.deepEqual(outcome, { kind: 'declined', declineCode: 'insufficient_funds' })
  assert.equal(sent, 1)
})

test('every refusal finds its place on the page', async () => {
  const details = [{ field: 'card.number', message: 'No' }]
  const kinds = [
    [refused(422, 'validation_error', details), 'invalid'],
    [refused(429, 'rate_limit_exceeded'), 'rate_limited'],
    [refused(404, 'promo_code_not_found'), 'promo_refused'],
    [refused(404, 'checkout_not_found'), 'moved_on'],
    [refused(409, 'charge_in_progress'), 'moved_on'],
    [refused(403, 'forbidden'), 'refused'],
  ] as const
  for (const [answer, kind] of kinds) assert.equal((await confirmAgainst(answer)).outcome.kind, kind)
})

test('the bank’s page is where an authentication leads', async () => {
  const asked: Answer<Confirmation> = { kind: 'ok', data: { status: 'requires_action', action: { url: '/bank' } } }
  assert.deepEqual((await confirmAgainst(asked)).outcome, {
    kind: 'requires_action',
    url: '/bank',
    clientSecret: undefined,
  })
})

test('every try has a key of its own', () => {
  assert.match(newIdempotencyKey(), /^[0-9a-f]{32}$/)
  assert.notEqual(newIdempotencyKey(), newIdempotencyKey())
})
