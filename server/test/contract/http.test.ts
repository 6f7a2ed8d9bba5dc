import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createWorld } from '../support/world.ts'

const world = await createWorld()
after(() => world.close())

test('the version that was used is repeated: an unknown date means the newest known one before it, or the oldest', async () => {
  const wishes = [undefined, '2026-07-11', '2026-07-12', '2099-12-31', '2020-01-01']
  for (const wish of wishes) {
    const headers: Record<string, string> = wish === undefined ? {} : { 'commet-version': wish }
    const answer = await world.request('GET', '/api/v1/features', { headers })
    assert.equal(answer.status, 200)
    assert.equal(answer.headers.get('commet-version'), '2026-07-11', wish ?? 'without a wish')
  }
})

test('a malformed version is 422', async () => {
  for (const wish of ['latest', '2026-13-01', '2026-02-30', '2026-7-11', '20260711', '']) {
    const { status, body } = await world.request('GET', '/api/v1/features', { headers: { 'commet-version': wish } })
    assert.deepEqual([status, body.error?.code, body.error?.param], [422, 'validation_error', 'commet-version'], wish)
  }
})

test('a well-formed request id is kept, on successes and on refusals; any other is replaced', async () => {
  for (const path of ['/api/v1/features', '/api/v1/features/nothing', '/nowhere', '/api/v1/features/%E0%A4%A']) {
    const kept = await world.request('GET', path, { headers: { 'x-request-id': 'req_from-the_caller1' } })
    assert.equal(kept.headers.get('x-request-id'), 'req_from-the_caller1', path)
    for (const id of ['with space', 'x'.repeat(129), 'a"b', '']) {
      const { headers } = await world.request('GET', path, { headers: { 'x-request-id': id } })
      assert.match(headers.get('x-request-id') ?? '', /^req_[0-9a-z]{26}$/, path)
    }
  }
})

test('an address that nobody answers is 404 in the envelope, whatever the method', async () => {
  const addresses: [string, string][] = [
    ['GET', '/nowhere'],
    ['POST', '/openapi.json'],
    ['GET', '/api/v1'],
    ['GET', '/api/v2/features'],
    ['GET', '/api/v1/FEATURES'],
    ['PATCH', '/api/v1/features/manage'],
    ['DELETE', '/api/v1/features'],
    ['GET', `/api/v1/features/${'x'.repeat(501)}`],
    ['GET', '/api/v1/features/%E0%A4%A'],
    ['GET', '/api/v1/features/..%2f..%2fetc'],
  ]
  for (const [method, path] of addresses) {
    const { status, body, headers } = await world.request(method, path)
    const isObject = path.includes('..')
    assert.deepEqual(
      [status, body.error?.code],
      [404, isObject ? 'feature_not_found' : 'not_found'],
      `${method} ${path}`,
    )
    assert.equal(body.success, false)
    assert.equal(body.error.doc_url, `http://halley.test/docs/errors/${body.error.code}`)
    assert.match(headers.get('content-type') ?? '', /^application\/json/)
  }
})

test('any content type is read as JSON; what is no content type at all is 422', async () => {
  const text = JSON.stringify({ email: 'plain@example.com' })
  const send = (type: string) => world.request('POST', '/api/v1/customers', { text, headers: { 'content-type': type } })
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=utf-8'])
    assert.equal((await send(type)).status, 201, type)
  const { status, body } = await send('nonsense')
  assert.deepEqual([status, body.error.code], [422, 'validation_error'])
  assert(Array.isArray(body.error.details))
})

test('a cursor that was changed, or comes from another list, filter or organisation, is 422', async () => {
  for (const email of ['one@example.com', 'two@example.com', 'three@example.com'])
    await world.client.customers.create({ email })
  const cursorOf = async (query: string) =>
    (await world.request('GET', `/api/v1/customers?limit=1${query}`)).body.nextCursor as string
  const cursor = await cursorOf('')
  assert.match(cursor, /^[\w-]+$/)
  const flipped = `${cursor[0] === 'A' ? 'B' : 'A'}${cursor.slice(1)}`
  const ask = (path: string, key?: string) => world.request('GET', path, key ? { key } : {})
  const refused = [
    await ask(`/api/v1/customers?cursor=${flipped}`),
    await ask(`/api/v1/customers?cursor=${cursor.slice(0, -4)}`),
    await ask(`/api/v1/customers?cursor=${cursor}AAAA`),
    await ask('/api/v1/customers?cursor=x'),
    await ask('/api/v1/customers?cursor='),
    await ask(`/api/v1/customers?cursor=${'A'.repeat(1001)}`),
    await ask(`/api/v1/invoices?cursor=${cursor}`),
    await ask(`/api/v1/customers?externalId=other&cursor=${cursor}`),
    await ask(`/api/v1/customers?cursor=${cursor}`, world.liveKey),
  ]
  for (const [index, { status, body }] of refused.entries()) {
    assert.deepEqual([status, body.error?.param], [422, 'cursor'], String(index))
  }
  const next = await ask(`/api/v1/customers?limit=2&cursor=${cursor}`)
  assert.equal(next.status, 200)
})

test('a list stays as it is when something is added while it is read', async () => {
  const first = await world.request('GET', '/api/v1/customers?limit=2')
  await world.client.customers.create({ email: 'late@example.com' })
  const second = await world.request('GET', `/api/v1/customers?limit=100&cursor=${first.body.nextCursor}`)
  const ids = [...first.body.data, ...second.body.data].map(({ id }: { id: string }) => id)
  assert.equal(new Set(ids).size, ids.length)
  assert(![...second.body.data].some(({ email }: { email: string }) => email === 'late@example.com'))
})
