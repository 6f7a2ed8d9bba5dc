import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkoutFixture } from '../checkout/checkout-fixture.ts'
import { initialValues } from '../checkout/form-values.ts'
import { fieldOptions, groupOptions, priceOptions, tokenParams } from './element-options.ts'

test('a charge says its amount as the provider counts it', () => {
  const checkout = { ...checkoutFixture, currency: 'isk', total: 4900, elementAmount: 490000 }
  assert.deepEqual(groupOptions(checkout, 'es', { theme: 'night' }), {
    mode: 'payment',
    currency: 'isk',
    amount: 490000,
    setupFutureUsage: 'off_session',
    allowedPaymentMethodTypes: ['card'],
    locale: 'es',
    appearance: { theme: 'night' },
  })
})

test('a trial and a card that is only kept are set-ups without an amount', () => {
  for (const kind of ['trial', 'setup'] as const) {
    assert.deepEqual(priceOptions({ ...checkoutFixture, kind, total: 0, elementAmount: 0 }), {
      mode: 'setup',
      currency: 'usd',
    })
  }
})

test('cards only, and nothing the form asks for is asked twice', () => {
  assert.deepEqual(fieldOptions.wallets, { applePay: 'never', googlePay: 'never', link: 'never' })
  assert.deepEqual(fieldOptions.fields, { billingDetails: { name: 'never', email: 'never', address: 'never' } })
  const values = initialValues(checkoutFixture, {
    ...{ fullName: 'Ada Lovelace', line1: 'Unter den Linden 1', city: 'Berlin', postalCode: '10117', country: 'DE' },
  })
  assert.deepEqual(tokenParams(values, 'https://pay.test/checkout/x/authenticate'), {
    payment_method_data: {
      billing_details: {
        name: 'Ada Lovelace',
        email: 'ada@example.com',
        address: {
          line1: 'Unter den Linden 1',
          line2: null,
          city: 'Berlin',
          state: null,
          postal_code: '10117',
          country: 'DE',
        },
      },
    },
    return_url: 'https://pay.test/checkout/x/authenticate',
  })
})
