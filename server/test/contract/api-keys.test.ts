import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createWorld } from '../support/world.ts'

let world: Awaited<ReturnType<typeof createWorld>>
before(async () => {
  world = await createWorld()
})
after(() => world.close())

const day = 86_400_000

test('ApiKeys.create', async () => {
  const { data } = await world.client.apiKeys.create({ name: 'Build server', expiresInDays: 30 })
  assert(data)
  assert.match(data.id, /^key_/)
  assert.match(data.apiKey, /^ck_test_[0-9A-Za-z]{32,}$/)
  assert.equal(data.prefix, data.apiKey.slice(0, 12))
  assert.equal(data.name, 'Build server')
  assert.equal(Date.parse(data.expiresAt) - Date.parse(data.createdAt), 30 * day)
  assert.equal(data.object, 'api_key')
  assert.equal(data.livemode, false)
  const { status } = await world.request('GET', '/api/v1/customers', { key: data.apiKey })
  assert.equal(status, 200)
})

test('ApiKeys.list', async () => {
  const { data: made } = await world.client.apiKeys.create({ name: 'Listed' })
  assert(made)
  const { data: keys } = await world.client.apiKeys.list()
  const listed = keys?.find(({ id }) => id === made.id)
  const { apiKey, ...shown } = made
  assert.deepEqual(listed, { ...shown, lastUsedAt: null })
  assert(!JSON.stringify(keys).includes(apiKey))
  const page = await world.client.apiKeys.list({ limit: 1 })
  assert.equal(page.data?.[0]?.id, made.id)
  assert.equal(page.hasMore, true)
  const rest = await world.client.apiKeys.list({ limit: 100, cursor: page.nextCursor ?? '' })
  assert.equal((rest.data?.length ?? 0) + 1, keys?.length)
})

test('ApiKeys.delete', async () => {
  const { data: made } = await world.client.apiKeys.create({ name: 'Short-lived' })
  assert(made)
  const { data } = await world.client.apiKeys.delete({ id: made.id })
  assert.deepEqual(data, { id: made.id, deleted: true, object: 'api_key', livemode: false })
  const refused = await world.request('GET', '/api/v1/customers', { key: made.apiKey })
  assert.equal(refused.status, 401)
  assert.equal(refused.body.error.code, 'unauthorized')
  await assert.rejects(world.client.apiKeys.delete({ id: made.id }), { code: 'api_key_not_found', statusCode: 404 })
})

test('a key lasts a year unless told otherwise, and never longer', async () => {
  const { data } = await world.client.apiKeys.create({ name: 'Default' })
  assert(data)
  assert.equal(Date.parse(data.expiresAt) - Date.parse(data.createdAt), 365 * day)
  for (const expiresInDays of [0, -1, 366, 1.5, '30', null]) {
    const { status, body } = await world.request('POST', '/api/v1/api-keys', { body: { name: 'X', expiresInDays } })
    assert.equal(status, 422)
    assert.equal(body.error.param, 'expiresInDays')
  }
  assert.equal((await world.request('POST', '/api/v1/api-keys', { body: { name: ' ' } })).status, 422)
})

test('a key may delete itself', async () => {
  const { data } = await world.client.apiKeys.create({ name: 'Itself' })
  assert(data)
  const first = await world.request('DELETE', `/api/v1/api-keys/${data.id}`, { key: data.apiKey })
  assert.equal(first.status, 200)
  const second = await world.request('DELETE', `/api/v1/api-keys/${data.id}`, { key: data.apiKey })
  assert.equal(second.status, 401)
})

test('keys of the other side are unknown', async () => {
  const { data } = await world.liveClient.apiKeys.create({ name: 'Live' })
  assert(data)
  assert.match(data.apiKey, /^ck_live_/)
  assert.equal(data.livemode, true)
  await assert.rejects(world.client.apiKeys.delete({ id: data.id }), { code: 'api_key_not_found' })
  const { data: keys } = await world.client.apiKeys.list({ limit: 100 })
  assert(keys?.every(({ id }) => id !== data.id))
})

test('a replayed creation shows the same key, which is nowhere in the database', async () => {
  const request = { body: { name: 'Replayed' }, headers: { 'idempotency-key': 'one-key' } }
  const first = await world.request('POST', '/api/v1/api-keys', request)
  const second = await world.request('POST', '/api/v1/api-keys', request)
  assert.equal(second.headers.get('idempotent-replayed'), 'true')
  assert.deepEqual(second.body, first.body)
  const stored = await world.db.selectFrom('idempotency_key').select('body').where('key', '=', 'one-key').execute()
  assert.equal(stored.length, 1)
  assert(!JSON.stringify(stored).includes(first.body.data.apiKey.slice(12)))
})

test('expiry and age go by real time, whatever the test clock says', async () => {
  await world.client.testClock.advance({ advanceDays: 700 })
  const { data } = await world.client.apiKeys.create({ name: 'Real time', expiresInDays: 1 })
  assert(data)
  assert(Math.abs(Date.parse(data.createdAt) - Date.now()) < 60_000)
  assert.equal((await world.request('GET', '/api/v1/customers', { key: data.apiKey })).status, 200)
})

test('an expired key answers 401', async () => {
  const { data } = await world.client.apiKeys.create({ name: 'Expiring', expiresInDays: 1 })
  assert(data)
  const past = Temporal.Now.instant().subtract({ seconds: 1 })
  await world.db.updateTable('api_key').set({ expires_at: past }).where('id', '=', data.id).execute()
  assert.equal((await world.request('GET', '/api/v1/customers', { key: data.apiKey })).status, 401)
})
