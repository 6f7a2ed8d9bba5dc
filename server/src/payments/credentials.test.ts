import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkCredentials } from './credentials.ts'

const testKeys = { secretKey: 'sk_test_51abcdefgh', publishableKey: 'pk_test_51abcdefgh' }
const liveKeys = { secretKey: 'sk_live_51abcdefgh', publishableKey: 'pk_live_51abcdefgh' }

test('Stripe’s test keys are refused in live mode and its live keys in the sandbox, without being repeated', () => {
  for (const [mode, keys] of [
    ['live', testKeys],
    ['sandbox', liveKeys],
  ] as const) {
    const checked = checkCredentials('stripe', mode, keys)
    assert(!checked.ok)
    assert.deepEqual(
      checked.problems.map(({ field }) => field),
      ['secretKey', 'publishableKey'],
    )
    assert.doesNotMatch(JSON.stringify(checked), /51abcdefgh/)
  }
})

test('keys of the mode are taken, the webhook secret may come later', () => {
  assert.deepEqual(checkCredentials('stripe', 'live', liveKeys), {
    ok: true,
    credentials: { provider: 'stripe', ...liveKeys, webhookSecret: null },
  })
  assert.equal(checkCredentials('stripe', 'sandbox', { ...testKeys, webhookSecret: 'secret' }).ok, false)
})

test('dLocal needs all three of its keys, the built-in processor none', () => {
  const checked = checkCredentials('dlocal', 'live', { login: 'abcd1234' })
  assert(!checked.ok)
  assert.deepEqual(
    checked.problems.map(({ field }) => field),
    ['transKey', 'secretKey'],
  )
  assert.deepEqual(checkCredentials('commet', 'live', {}), { ok: true, credentials: null })
})
