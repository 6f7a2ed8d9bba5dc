import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findTestCard } from '../../../server/src/payments/providers/simulated/test-cards.ts'
import { digitsOf } from '../card/card-number.ts'
import { findMistakes, readValues } from './form-values.ts'
import type { CheckoutFieldName } from './render.types.ts'
import { looksMistyped, testCards, testCountries, testFormValues } from './test-data.ts'

test('one press fills a form that can be sent', () => {
  for (const country of [null, ...testCountries]) {
    const filled = testFormValues('4242 4242 4242 4242', country, {})
    assert.deepEqual(
      findMistakes(readValues({ get: (name) => filled[name as CheckoutFieldName] }), true),
      [],
      country?.code ?? 'no country',
    )
  }
})

test('an address already typed stays, unless one of a country is asked for', () => {
  const typed = { email: 'ada@example.com', country: 'FR', line1: '1 rue de la Paix', city: 'Paris' }
  const [first] = testCountries
  assert.ok(first)
  assert.equal(testFormValues('4242 4242 4242 4242', null, typed).country, undefined)
  assert.equal(testFormValues('4242 4242 4242 4242', first, typed).country, 'US')
  assert.equal(testFormValues('4242 4242 4242 4242', first, typed).email, 'ada@example.com')
})

test('a warning is for finished numbers that are no test card', () => {
  assert.equal(looksMistyped('4111 1111 1111 1112'), true)
  assert.equal(looksMistyped('4111 1111'), false)
  assert.equal(looksMistyped('4111 1111 1111 1111'), false)
  for (const { number } of testCards) assert.equal(looksMistyped(number), false, number)
})

test('every card of the panel is one the simulated processor takes, and that of a country is from there', () => {
  for (const { number } of testCards) assert.ok(findTestCard(digitsOf(number)), number)
  for (const { code, card } of testCountries) assert.equal(findTestCard(digitsOf(card))?.country, code, card)
  assert.equal(new Set(testCountries.map(({ code }) => code)).size, testCountries.length)
})
