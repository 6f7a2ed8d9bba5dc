import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkCard } from './check-card.ts'
import { testCardNumbers } from './test-cards.ts'

const june = Temporal.PlainYearMonth.from('2026-06')
const good = { number: '4242424242424242', expMonth: 12, expYear: 2034, cvc: '123' }

function refusal(changes: Partial<typeof good>): string {
  const checked = checkCard({ ...good, ...changes }, june)
  return checked.ok ? 'accepted' : `${checked.field}: ${checked.code}`
}

test('a test card is taken with spaces, dashes and a two-digit year', () => {
  const checked = checkCard({ ...good, number: ' 4242-4242 4242 4242 ', expYear: 34 }, june)
  assert(checked.ok)
  assert.equal(checked.last4, '4242')
  assert.equal(checked.expYear, 2034)
})

test('every number of the list is taken, whether or not it looks like a card number', () => {
  for (const number of testCardNumbers) {
    const cvc = number.startsWith('37') ? '1234' : '123'
    assert.equal(refusal({ number, cvc }), 'accepted', number)
  }
})

test('a real card number is refused with the advice not to type one here, and is not repeated', () => {
  const checked = checkCard({ ...good, number: '4111 1111 1111 1111' }, june)
  assert(!checked.ok)
  assert.equal(checked.code, 'not_a_test_card')
  assert.match(checked.message, /Never type a real card/)
  assert.doesNotMatch(JSON.stringify(checked), /1111/)
})

test('a mistyped number is refused as one', () => {
  assert.equal(refusal({ number: '4242424242424241' }), 'number: incorrect_number')
  assert.equal(refusal({ number: '4242' }), 'number: incorrect_number')
  assert.equal(refusal({ number: '' }), 'number: incorrect_number')
  assert.equal(refusal({ number: '４２４２４２４２４２４２４２４２' }), 'number: incorrect_number')
})

test('a card is good until the end of its month', () => {
  assert.equal(refusal({ expMonth: 6, expYear: 2026 }), 'accepted')
  assert.equal(refusal({ expMonth: 5, expYear: 2026 }), 'expMonth: expired_card')
  assert.equal(refusal({ expMonth: 12, expYear: 2025 }), 'expYear: expired_card')
  assert.equal(refusal({ expMonth: 1, expYear: 9999 }), 'accepted')
})

test('a month or year that does not exist is refused at its field', () => {
  assert.equal(refusal({ expMonth: 13 }), 'expMonth: invalid_expiry_month')
  assert.equal(refusal({ expMonth: 0 }), 'expMonth: invalid_expiry_month')
  assert.equal(refusal({ expMonth: 1.5 }), 'expMonth: invalid_expiry_month')
  assert.equal(refusal({ expYear: 203 }), 'expYear: invalid_expiry_year')
  assert.equal(refusal({ expYear: 20345 }), 'expYear: invalid_expiry_year')
  assert.equal(refusal({ expYear: Number.NaN }), 'expYear: invalid_expiry_year')
})

test('the security code has 3 digits, 4 on American Express', () => {
  assert.equal(refusal({ cvc: '12' }), 'cvc: invalid_cvc')
  assert.equal(refusal({ cvc: '1234' }), 'cvc: invalid_cvc')
  assert.equal(refusal({ cvc: '12a' }), 'cvc: invalid_cvc')
  assert.equal(refusal({ number: '378282246310005', cvc: '1234' }), 'accepted')
  assert.equal(refusal({ number: '378282246310005', cvc: '123' }), 'cvc: invalid_cvc')
})
