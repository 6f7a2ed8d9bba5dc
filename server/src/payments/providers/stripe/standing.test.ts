import assert from 'node:assert/strict'
import { test } from 'node:test'
import { declineOf, type Intent, standingOf } from './standing.ts'

const card = { brand: 'visa', last4: '4242', exp_month: 12, exp_year: 2044, country: 'us' }
const intent = (changes: Partial<Intent> = {}): Intent => ({
  id: 'pi_1',
  status: 'succeeded',
  clientSecret: 'pi_1_secret_2',
  customer: 'cus_1',
  amountReceived: 2900n,
  currency: 'usd',
  method: { id: 'pm_1', card },
  lastError: null,
  transaction: 'txn_1',
  ...changes,
})
const asked = { kind: 'charge', amount: 2900n, currency: 'usd' } as const

test('a success gives the card and the token that later charges are asked with', () => {
  assert.deepEqual(standingOf(intent(), asked), {
    kind: 'known',
    result: {
      outcome: 'succeeded',
      reference: 'pi_1',
      card: { brand: 'visa', last4: '4242', expMonth: 12, expYear: 2044, country: 'US' },
      token: 'cus_1/pm_1',
    },
  })
})

test('a success over another amount or currency than was asked for is never taken', () => {
  assert.throws(() => standingOf(intent({ amountReceived: 2901n }), asked), /another amount/)
  assert.throws(() => standingOf(intent({ currency: 'eur' }), asked), /another currency/)
})

test('an authentication step is told with the secret that the page needs for it', () => {
  assert.deepEqual(standingOf(intent({ status: 'requires_action' }), asked), {
    kind: 'known',
    result: { outcome: 'requires_action', reference: 'pi_1', actionReference: 'pi_1_secret_2' },
  })
})

test('what waits for another card is open at Stripe, and an undecided one says nothing', () => {
  const lastError = { code: 'card_declined', decline_code: 'insufficient_funds', message: 'Not enough funds.' }
  assert.deepEqual(standingOf(intent({ status: 'requires_payment_method', lastError }), asked), {
    kind: 'open',
    result: { outcome: 'declined', reference: 'pi_1', code: 'insufficient_funds', message: 'Not enough funds.' },
  })
  assert.deepEqual(standingOf(intent({ status: 'processing' }), asked), { kind: 'undecided' })
})

test('declines speak the port’s words', () => {
  const codes = [
    [{ code: 'card_declined', decline_code: 'generic_decline' }, 'card_declined'],
    [{ code: 'expired_card' }, 'expired_card'],
    [{ code: 'authentication_required' }, 'authentication_required'],
    [{ code: 'payment_intent_authentication_failure' }, 'authentication_failed'],
    [null, 'card_declined'],
  ] as const
  for (const [error, code] of codes) {
    const result = declineOf('pi_1', error)
    assert(result.outcome === 'declined')
    assert.equal(result.code, code)
  }
})
