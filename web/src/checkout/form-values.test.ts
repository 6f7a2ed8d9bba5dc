import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkoutFixture } from './checkout-fixture.ts'
import { type CheckoutValues, confirmBody, findMistakes, formField, initialValues, readValues } from './form-values.ts'

const filled: CheckoutValues = {
  email: 'ada@example.com',
  country: 'US',
  line1: '100 Market Street',
  line2: '',
  city: 'San Francisco',
  state: 'CA',
  postalCode: '94105',
  company: '',
  taxDocument: '',
  fullName: 'Ada Lovelace',
  cardNumber: '4242 4242 4242 4242',
  cardExpiry: '12/34',
  cardCvc: '123',
  promoCode: '',
}

test('a complete form has no mistakes', () => {
  assert.deepEqual(findMistakes(filled, true), [])
})

test('every missing field is named, in the order of the page', () => {
  const empty = readValues({ get: () => null })
  assert.deepEqual(
    findMistakes(empty, true).map(({ field }) => field),
    ['email', 'country', 'line1', 'city', 'cardNumber', 'cardExpiry', 'cardCvc', 'fullName'],
  )
})

test('a country decides whether a state and a postal code are needed', () => {
  assert.deepEqual(findMistakes({ ...filled, state: '', postalCode: '' }, true), [
    { field: 'state', problem: 'required' },
    { field: 'postalCode', problem: 'required' },
  ])
  assert.deepEqual(findMistakes({ ...filled, country: 'AE', state: '', postalCode: '' }, true), [])
  assert.deepEqual(findMistakes({ ...filled, country: 'DE', state: '' }, true), [])
})

test('a number that fails its check digit is sent, one that is too short is not', () => {
  assert.deepEqual(findMistakes({ ...filled, cardNumber: '4242 4242 4242 4241' }, true), [])
  assert.deepEqual(findMistakes({ ...filled, cardNumber: '4242 4242' }, true), [
    { field: 'cardNumber', problem: 'invalid' },
  ])
})

test('a past expiry date is left to the server, whose clock counts', () => {
  assert.deepEqual(findMistakes({ ...filled, cardExpiry: '01/20' }, true), [])
})

test('the card is not asked for where the provider asks for it', () => {
  assert.deepEqual(findMistakes({ ...filled, cardNumber: '', cardExpiry: '', cardCvc: '' }, false), [])
  assert.equal('card' in confirmBody(filled, false), false)
})

test('the body carries what is filled in and leaves out what is not', () => {
  assert.deepEqual(confirmBody(filled, true), {
    email: 'ada@example.com',
    fullName: 'Ada Lovelace',
    address: {
      country: 'US',
      line1: '100 Market Street',
      city: 'San Francisco',
      postalCode: '94105',
      state: 'CA',
    },
    taxDocument: '',
    card: { number: '4242424242424242', expMonth: 12, expYear: 2034, cvc: '123' },
  })
})

test('the fields of the API find their field on the page', () => {
  assert.equal(formField('address.postalCode'), 'postalCode')
  assert.equal(formField('card.number'), 'cardNumber')
  assert.equal(formField('card.expYear'), 'cardExpiry')
  assert.equal(formField('card.cvc'), 'cardCvc')
  assert.equal(formField('card'), 'cardNumber')
  assert.equal(formField('email'), 'email')
  assert.equal(formField('livemode'), undefined)
})

test('what was typed goes before what is known, and the security code is never kept', () => {
  const values = initialValues(checkoutFixture, { email: 'new@example.com', cardNumber: '4242', cardCvc: '123' })
  assert.equal(values.email, 'new@example.com')
  assert.equal(values.cardNumber, '4242')
  assert.equal(values.cardCvc, '')
  assert.equal(initialValues(checkoutFixture).email, 'ada@example.com')
})

test('a business is billed by its name, whatever name is on the card', () => {
  assert.equal(confirmBody({ ...filled, company: 'Analytical Engines Ltd' }, true).fullName, 'Analytical Engines Ltd')
  assert.equal(confirmBody(filled, true).fullName, 'Ada Lovelace')
})
