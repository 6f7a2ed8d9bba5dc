import assert from 'node:assert/strict'
import { test } from 'node:test'
import { confirmCheckout, declineCodeOf, describeCheckout, fieldErrorsOf, quoteCheckout } from './hosted-checkout.ts'

/** A server that gives one answer, and what it was asked. */
function serverAnswering(status: number, body: unknown) {
  const asked: Array<{ path: string; init: RequestInit }> = []
  const fetchOnce = async (path: string | URL | Request, init: RequestInit = {}) => {
    asked.push({ path: String(path), init })
    return new Response(typeof body === 'string' ? body : JSON.stringify(body), { status })
  }
  return { asked, send: { fetch: fetchOnce, token: 'a/b' } }
}

test('the token is escaped in the address', async () => {
  const { asked, send } = serverAnswering(200, { success: true, data: {} })
  await describeCheckout(send)
  assert.equal(asked[0]?.path, '/hosted/v1/checkout/a%2Fb')
})

test('a confirmation carries its key', async () => {
  const { asked, send } = serverAnswering(200, { success: true, data: { status: 'succeeded' } })
  assert.deepEqual(await confirmCheckout(send, 'key-1', '{}'), { kind: 'ok', data: { status: 'succeeded' } })
  assert.equal(new Headers(asked[0]?.init.headers).get('idempotency-key'), 'key-1')
  assert.equal(asked[0]?.init.method, 'POST')
})

test('a refusal keeps its code and its details', async () => {
  const error = { code: 'payment_failed', message: 'No.', details: { declineCode: 'expired_card' } }
  const { send } = serverAnswering(402, { success: false, error })
  assert.deepEqual(await quoteCheckout(send, { country: 'DE' }), {
    kind: 'refused',
    status: 402,
    code: 'payment_failed',
    message: 'No.',
    details: { declineCode: 'expired_card' },
  })
})

test('what cannot be read is no answer', async () => {
  assert.deepEqual(await describeCheckout(serverAnswering(200, '<html>').send), { kind: 'unanswered' })
  assert.deepEqual(await describeCheckout(serverAnswering(503, { success: false }).send), { kind: 'unanswered' })
  const offline = { fetch: () => Promise.reject(new TypeError('offline')), token: 'x' }
  assert.deepEqual(await describeCheckout(offline), { kind: 'unanswered' })
})

test('details are read only in the shape they promise', () => {
  assert.deepEqual(fieldErrorsOf([{ field: 'email', message: 'No' }, 'x', { message: 'y' }]), [
    { field: 'email', message: 'No' },
  ])
  assert.deepEqual(fieldErrorsOf({ field: 'email' }), [])
  assert.equal(declineCodeOf({ declineCode: 'card_declined' }), 'card_declined')
  assert.equal(declineCodeOf(null), undefined)
})
