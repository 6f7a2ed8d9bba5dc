import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cardBrand, caretAfterDigits, digitsOf, formatCardNumber, passesLuhn } from './card-number.ts'

test('a number is grouped as on the card', () => {
  assert.equal(formatCardNumber('4242424242424242'), '4242 4242 4242 4242')
  assert.equal(formatCardNumber('378282246310005'), '3782 822463 10005')
  assert.equal(formatCardNumber('30569309025904'), '3056 930902 5904')
  assert.equal(formatCardNumber('42424'), '4242 4')
  assert.equal(formatCardNumber('6205500000000000004'), '6205 5000 0000 0000 004')
})

test('pasted spaces, dashes and foreign digits are understood', () => {
  assert.equal(formatCardNumber(' 4242-4242 4242\u00a04242 '), '4242 4242 4242 4242')
  assert.equal(digitsOf('４２٤٢۴۲'), '424242')
})

test('too many digits stay visible instead of vanishing', () => {
  assert.equal(formatCardNumber('3782822463100059'), '3782 822463 100059')
})

test('the brand is known from its first digits', () => {
  assert.equal(cardBrand('4'), 'visa')
  assert.equal(cardBrand('55'), 'mastercard')
  assert.equal(cardBrand('2223 0031'), 'mastercard')
  assert.equal(cardBrand('37'), 'amex')
  assert.equal(cardBrand('6011'), 'discover')
  assert.equal(cardBrand('36'), 'diners')
  assert.equal(cardBrand('3530'), 'jcb')
  assert.equal(cardBrand('62'), 'unionpay')
  assert.equal(cardBrand('9'), undefined)
  assert.equal(cardBrand(''), undefined)
})

test('the caret stays behind the digit just typed', () => {
  assert.equal(caretAfterDigits('4242 4', 5), 6)
  assert.equal(caretAfterDigits('4242 4242', 4), 4)
  assert.equal(caretAfterDigits('4242 4242', 0), 0)
})

test('the check digit finds a mistyped digit', () => {
  assert.equal(passesLuhn('4242 4242 4242 4242'), true)
  assert.equal(passesLuhn('4242 4242 4242 4241'), false)
  assert.equal(passesLuhn(''), false)
})
