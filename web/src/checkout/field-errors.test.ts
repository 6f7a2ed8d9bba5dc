import assert from 'node:assert/strict'
import { test } from 'node:test'
import { messagesIn } from '../text/messages.ts'
import { checkoutFixture } from './checkout-fixture.ts'
import { listErrors, mistakeErrors, quoteErrors, serverErrors, withDecline } from './field-errors.ts'
import { initialValues } from './form-values.ts'

const english = { locale: 'en', messages: messagesIn('en') } as const
const spanish = { locale: 'es', messages: messagesIn('es') } as const
const values = initialValues(checkoutFixture, { country: 'US', postalCode: '12' })

test('an empty field is asked for, whatever the server called it', () => {
  const errors = serverErrors([{ field: 'address.city', message: 'Invalid input' }], values, true, english)
  assert.deepEqual(errors, { city: 'Enter your city' })
})

test('English readers see the reason of the server, others are told which field', () => {
  const found = [{ field: 'address.postalCode', message: 'This ZIP code does not exist.' }]
  assert.deepEqual(serverErrors(found, values, true, english), { postalCode: 'This ZIP code does not exist.' })
  assert.deepEqual(serverErrors(found, values, true, spanish), {
    postalCode: 'Revisa este campo: Código postal (ZIP)',
  })
})

test('a decline that is about one field is written there too', () => {
  const declined = { kind: 'declined', declineCode: 'incorrect_cvc' } as const
  assert.deepEqual(withDecline({}, declined, english), { cardCvc: 'The security code isn’t right' })
  assert.deepEqual(withDecline({}, { kind: 'declined', declineCode: 'card_declined' }, english), {})
})

test('a refused price is explained where it can be corrected', () => {
  const promo = initialValues(checkoutFixture, { promoCode: 'SAVE10', taxDocument: 'ES0' })
  assert.deepEqual(quoteErrors({ code: 'promo_code_expired', details: null }, promo, true, english), {
    promoCode: 'This code has expired. Try another one or go on without it.',
  })
  const inactive = [{ field: 'promoCode', message: 'inactive' }]
  assert.deepEqual(quoteErrors({ code: 'validation_error', details: inactive }, promo, true, english), {
    promoCode: 'This code is no longer in use. Try another one or go on without it.',
  })
  const details = [{ field: 'taxDocument', message: 'Not a Spanish tax id.' }]
  assert.deepEqual(quoteErrors({ code: 'validation_error', details }, promo, true, english), {
    taxDocument: 'Not a Spanish tax id.',
  })
  assert.deepEqual(quoteErrors({ code: 'rate_limit_exceeded', details: null }, promo, true, english), {})
})

test('errors are listed in the order of the page', () => {
  const mistakes = [
    { field: 'cardNumber', problem: 'invalid' },
    { field: 'email', problem: 'required' },
  ] as const
  assert.deepEqual(listErrors(mistakeErrors(mistakes, true, english)), [
    { field: 'email', text: 'Enter your email address' },
    { field: 'cardNumber', text: 'Enter the whole card number, 12 to 19 digits' },
  ])
})
