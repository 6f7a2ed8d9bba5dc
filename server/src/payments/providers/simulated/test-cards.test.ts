import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findTestCard, testCardNumbers } from './test-cards.ts'

test('4242 4242 4242 4242 is a Visa of the United States that succeeds', () => {
  assert.deepEqual(findTestCard('4242424242424242'), {
    brand: 'visa',
    country: 'US',
    behaviour: 'succeeds',
    declineCode: null,
  })
})

test('country cards have the country of their list', () => {
  assert.equal(findTestCard('4000000760000002')?.country, 'BR')
  assert.equal(findTestCard('4000000320000021')?.country, 'AR')
  assert.equal(findTestCard('4000004840008001')?.country, 'MX')
  assert.equal(findTestCard('4000002760000016')?.country, 'DE')
  assert.equal(findTestCard('4000008260000000')?.country, 'GB')
  assert.equal(findTestCard('4000003920000003')?.country, 'JP')
  assert.equal(findTestCard('3530111333300000')?.brand, 'jcb')
})

test('decline cards carry their reason', () => {
  const codes = {
    '4000000000000002': 'card_declined',
    '4000000000009995': 'insufficient_funds',
    '4000000000009987': 'lost_card',
    '4000000000009979': 'stolen_card',
    '4000000000000069': 'expired_card',
    '4000000000000127': 'incorrect_cvc',
    '4000000000000119': 'processing_error',
  }
  for (const [number, code] of Object.entries(codes)) {
    assert.equal(findTestCard(number)?.behaviour, 'declines', number)
    assert.equal(findTestCard(number)?.declineCode, code, number)
  }
})

test('a number is on the list once, with 14 to 19 digits, and its brand fits its first digit', () => {
  const firstDigits: Record<string, string> = {
    visa: '4',
    mastercard: '25',
    amex: '3',
    discover: '6',
    diners: '3',
    jcb: '3',
    unionpay: '6',
  }
  assert.equal(new Set(testCardNumbers).size, testCardNumbers.length)
  for (const number of testCardNumbers) {
    const { brand, country } = findTestCard(number) ?? assert.fail(number)
    assert.match(number, /^[0-9]{14,19}$/)
    assert(firstDigits[brand]?.includes(number.charAt(0)), `${number} is no ${brand}`)
    assert.match(country, /^[A-Z]{2}$/)
  }
})

test('a well-formed number that is nobody’s test card is not on the list', () => {
  assert.equal(findTestCard('4111111111111111'), undefined)
  assert.equal(findTestCard('toString'), undefined)
})
