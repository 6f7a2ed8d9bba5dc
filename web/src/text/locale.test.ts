import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chooseLocale } from './locale.ts'

test('an explicit wish goes before the browser', () => {
  assert.equal(chooseLocale(['es'], 'en-US,en;q=0.9'), 'es')
  assert.equal(chooseLocale([undefined, 'es-MX'], 'en'), 'es')
})

test('the browser is asked in the order of its own preference', () => {
  assert.equal(chooseLocale([], 'fr-FR, en;q=0.5, es;q=0.8'), 'es')
  assert.equal(chooseLocale([], 'es;q=0, en;q=0.1'), 'en')
})

test('a language that is not spoken here becomes English', () => {
  assert.equal(chooseLocale(['de', null], 'fr'), 'en')
  assert.equal(chooseLocale([], undefined), 'en')
})
