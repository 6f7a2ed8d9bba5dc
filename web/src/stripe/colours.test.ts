import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hexColour } from './colours.ts'

test('a computed colour is written in the notation that Stripe takes', () => {
  assert.equal(hexColour('rgb(18, 32, 29)'), '#12201d')
  assert.equal(hexColour('rgb(255, 255, 255)'), '#ffffff')
  assert.equal(hexColour('rgb(0, 0, 9)'), '#000009')
})

test('what is no opaque colour is left to Stripe', () => {
  for (const text of ['', 'rgba(0, 0, 0, 0)', 'oklch(0.5 0.1 180)', 'light-dark(#fff, #000)']) {
    assert.equal(hexColour(text), undefined, text)
  }
})
