import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CannotUnseal, isSealedWithCurrent, type KeyRing, keyRing, seal, unseal } from './sealing.ts'

const secret = 'a secret of the tests, long enough for them'
const newKey = 'QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI'

function ring(configured?: string): KeyRing {
  return keyRing(secret, configured) ?? assert.fail('these keys are fit')
}

test('what was sealed for one connection opens there and nowhere else, and not when a byte changed', () => {
  const sealed = seal(ring(), 'org_1/con_1', 'sk_test_secret')
  assert.doesNotMatch(sealed, /sk_test_secret/)
  assert.equal(unseal(ring(), 'org_1/con_1', sealed), 'sk_test_secret')
  assert.throws(() => unseal(ring(), 'org_1/con_2', sealed), CannotUnseal)
  const last = sealed.at(-2) === 'A' ? 'B' : 'A'
  assert.throws(() => unseal(ring(), 'org_1/con_1', sealed.slice(0, -2) + last + sealed.at(-1)), CannotUnseal)
})

test('the same text is never sealed to the same bytes', () => {
  assert.notEqual(seal(ring(), 'place', 'text'), seal(ring(), 'place', 'text'))
})

test('a new key seals from then on, and the old one still opens', () => {
  const old = seal(ring(), 'place', 'text')
  const rotated = ring(`second:${newKey}`)
  assert.equal(unseal(rotated, 'place', old), 'text')
  assert.equal(isSealedWithCurrent(rotated, old), false)
  const renewed = seal(rotated, 'place', 'text')
  assert.equal(isSealedWithCurrent(rotated, renewed), true)
  assert.throws(() => unseal(ring(), 'place', renewed), /second is not configured/)
})

test('keys of another form are refused', () => {
  for (const bad of ['short:QUJD', 'no-key', `Upper:${newKey}`, `a:${newKey},a:${newKey}`]) {
    assert.equal(keyRing(secret, bad), undefined, bad)
  }
})
