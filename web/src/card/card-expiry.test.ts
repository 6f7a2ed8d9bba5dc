import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatExpiry, parseExpiry } from './card-expiry.ts'

/** Types one character after the other, as a person does. */
function type(text: string): string {
  return [...text].reduce((shown, character) => formatExpiry(shown + character, shown), '')
}

test('the date can be typed with and without the slash', () => {
  assert.equal(type('1234'), '12/34')
  assert.equal(type('12/34'), '12/34')
  assert.equal(type('0127'), '01/27')
  assert.equal(type('1/27'), '01/27')
  assert.equal(type('527'), '05/27')
})

test('a filled-in or pasted date is brought into shape', () => {
  assert.equal(formatExpiry('01/2027', ''), '01/27')
  assert.equal(formatExpiry('012027', ''), '01/27')
  assert.equal(formatExpiry('01 / 27', ''), '01/27')
})

test('the slash can be deleted', () => {
  assert.equal(formatExpiry('12', '12/'), '12')
  assert.equal(formatExpiry('12/3', '12/34'), '12/3')
})

test('every usual way to write a date is read', () => {
  const january = { month: 1, year: 2027 }
  for (const text of ['01/27', '1/27', '0127', '01-27', '01 / 27', '01/2027', '012027', ' 01 27 ']) {
    assert.deepEqual(parseExpiry(text), january, text)
  }
})

test('a date that is none is not guessed', () => {
  for (const text of ['', '1', '13/27', '00/27', '01/', '01/2', '01/202', 'soon']) {
    assert.equal(parseExpiry(text), undefined, text)
  }
})
