import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { base62, keyExpiry, keyProblem, keyText } from '#organisations/api-key.ts'

test('a key says which side it is of and carries 43 random letters and digits', () => {
  const secret = base62(randomBytes(96))
  assert.match(keyText('live', secret), /^ck_live_[0-9A-Za-z]{43}$/)
  assert.match(keyText('sandbox', secret), /^ck_test_[0-9A-Za-z]{43}$/)
})

test('bytes that would make some letters likelier are skipped', () => {
  const [skipped, zero, sixtyOne] = [new Uint8Array(10).fill(250), new Uint8Array(20), new Uint8Array(23).fill(61)]
  assert.equal(base62(new Uint8Array([...skipped, ...zero, ...sixtyOne])), '0'.repeat(20) + 'z'.repeat(23))
  assert.throws(() => base62(new Uint8Array(42)), /not enough random bytes/)
})

test('a configured key must be of its side and long enough', () => {
  assert.equal(keyProblem('sandbox', `ck_test_${'a'.repeat(32)}`), undefined)
  assert.equal(keyProblem('live', `ck_live_${'Z9'.repeat(100)}`), undefined)
  assert.equal(keyProblem('sandbox', `ck_live_${'a'.repeat(32)}`), 'A sandbox key begins with ck_test_.')
  for (const secret of ['a'.repeat(31), 'a'.repeat(201), `${'a'.repeat(32)}!`]) {
    assert.equal(keyProblem('live', `ck_live_${secret}`), 'ck_live_ must be followed by 32 to 200 letters or digits.')
  }
})

test('a key of one day ends 24 hours later', () => {
  const now = Temporal.Instant.from('2026-06-16T12:00:00Z')
  assert.equal(keyExpiry(now, 1).toString(), '2026-06-17T12:00:00Z')
  assert.equal(keyExpiry(now, 365).toString(), '2027-06-16T12:00:00Z')
})
