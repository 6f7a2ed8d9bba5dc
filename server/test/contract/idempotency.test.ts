import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { cards, confirmation, hosted, newCheckout } from '../support/checkouts.ts'
import { createWorld } from '../support/world.ts'

const world = await createWorld()
after(() => world.close())

const features = '/api/v1/features/manage'
const withKey = (key: string) => ({ headers: { 'idempotency-key': key } })

async function storedKeys(): Promise<Record<string, { status: number; body: string }>> {
  const { rows } = await world.database.pool.query('select key, status, body from idempotency_key')
  return Object.fromEntries(rows.map(({ key, ...row }) => [key, row]))
}

test('the same request again gets the stored answer and has no second effect', async () => {
  const send = () =>
    world.request('POST', features, { ...withKey('replay'), body: { name: 'A', code: 'a', type: 'usage' } })
  const first = await send()
  const second = await send()
  assert.equal(first.status, 201)
  assert.equal(first.headers.get('idempotent-replayed'), null)
  assert.equal(second.headers.get('idempotent-replayed'), 'true')
  assert.deepEqual([second.status, second.body], [first.status, first.body])
  assert.notEqual(second.headers.get('x-request-id'), first.headers.get('x-request-id'))
})

test('a refusal is an answer like any other: it is stored with its key', async () => {
  const send = () =>
    world.request('POST', features, { ...withKey('refusal'), body: { name: 'B', code: 'b', type: 'usage' } })
  await world.client.features.create({ name: 'B', code: 'b', type: 'usage' })
  const first = await send()
  await world.client.features.delete({ code: 'b' })
  const second = await send()
  assert.equal(first.body.error.code, 'duplicate')
  assert.deepEqual(second.body, first.body)
  assert.equal(second.headers.get('idempotent-replayed'), 'true')
  await assert.rejects(world.client.features.get({ code: 'b' }), { code: 'feature_not_found' })
})

test('the same key for another body, path or method is 409', async () => {
  const code = 'mismatch'
  await world.request('POST', features, { ...withKey(code), body: { name: 'C', code: 'c', type: 'usage' } })
  const others = [
    await world.request('POST', features, { ...withKey(code), body: { name: 'C', code: 'c', type: 'seats' } }),
    await world.request('POST', '/api/v1/plan-groups', {
      ...withKey(code),
      body: { name: 'C', code: 'c', type: 'usage' },
    }),
    await world.request('PUT', '/api/v1/features/c/manage', { ...withKey(code), body: { name: 'C' } }),
    await world.request('DELETE', '/api/v1/features/c/manage', withKey(code)),
  ]
  for (const { status, body } of others) {
    assert.deepEqual([status, body.error.code], [409, 'idempotency_key_mismatch'])
  }
  assert.equal((await world.client.features.get({ code: 'c' })).data?.type, 'usage')
})

test('eight at once with one key: one effect, one answer', async () => {
  const body = { name: 'At once', email: 'once@example.com' }
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => world.request('POST', '/api/v1/customers', { ...withKey('at once'), body })),
  )
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([201]))
  assert.equal(new Set(answers.map(({ body }) => body.data.id)).size, 1)
  assert.equal(answers.filter(({ headers }) => headers.get('idempotent-replayed') === null).length, 1)
})

test('a second request waits ten seconds for the first one, then is 409', { timeout: 30_000 }, async () => {
  const holder = await world.database.pool.connect()
  try {
    await holder.query('begin')
    await holder.query(
      "insert into idempotency_key (org_id, key, fingerprint, state, created_at) values ($1, 'held', '\\x00', 'running', now())",
      [world.orgId],
    )
    const startedAt = performance.now()
    const body = { email: 'waiting@example.com' }
    const answer = await world.request('POST', '/api/v1/customers', { ...withKey('held'), body })
    assert.deepEqual([answer.status, answer.body.error.code], [409, 'idempotency_in_progress'])
    const waited = performance.now() - startedAt
    assert(waited > 9_000 && waited < 15_000, `${waited} ms`)
  } finally {
    await holder.query('rollback')
    holder.release()
  }
})

test('the same key on the other side is another key', async () => {
  const body = { name: 'D', code: 'd', type: 'usage' }
  const sandbox = await world.request('POST', features, { ...withKey('two sides'), body })
  const live = await world.request('POST', features, { ...withKey('two sides'), key: world.liveKey, body })
  assert.deepEqual([sandbox.status, live.status], [201, 201])
  assert.notEqual(sandbox.body.data.id, live.body.data.id)
})

test('an answer that shows a secret once is stored sealed, and its replay shows the same secret', async () => {
  const send = () => world.request('POST', '/api/v1/api-keys', { ...withKey('secret'), body: { name: 'Deploy' } })
  const first = await send()
  const { apiKey } = first.body.data
  assert.match(apiKey, /^ck_test_/)
  const stored = (await storedKeys()).secret
  assert(stored && !stored.body.includes(apiKey) && !stored.body.includes('ck_test'))
  assert(!Buffer.from(stored.body, 'base64').toString('latin1').includes(apiKey))
  assert.deepEqual((await send()).body, first.body)
})

test('what failed on this side is not stored: the same key works once the failure is over', async () => {
  const send = () =>
    world.request('POST', features, { ...withKey('defect'), body: { name: 'E', code: 'e', type: 'usage' } })
  await world.database.pool.query('alter table feature rename to feature_away')
  const failed = await send()
  await world.database.pool.query('alter table feature_away rename to feature')
  assert.deepEqual([failed.status, failed.body.error.code], [500, 'internal_error'])
  assert(failed.body.error.message.includes(failed.headers.get('x-request-id') ?? 'no id'))
  assert.doesNotMatch(JSON.stringify(failed.body), /feature_away|relation|select/i)
  assert.equal((await storedKeys()).defect, undefined)
  assert.equal((await send()).status, 201)
})

test('a server that has too much to do says so and when to come again, and the same key works then', async () => {
  const send = () =>
    world.request('POST', features, { ...withKey('busy'), body: { name: 'Busy', code: 'busy', type: 'usage' } })
  const other = await world.database.pool.connect()
  await other.query('begin; lock table feature in access exclusive mode')
  const busy = await send()
  await other.query('rollback')
  other.release()
  assert.deepEqual([busy.status, busy.body.error.code, busy.headers.get('retry-after')], [503, 'overloaded', '2'])
  assert.equal((await send()).status, 201)
})

test('a request that is refused before it begins stores nothing', async () => {
  const send = (body: unknown) => world.request('POST', features, { ...withKey('early'), body })
  assert.equal((await send({ name: 'F', code: 'NOT A CODE', type: 'usage' })).status, 422)
  assert.equal((await storedKeys()).early, undefined)
  assert.equal((await send({ name: 'F', code: 'f', type: 'usage' })).status, 201)
})

test('a key is 1 to 255 printable ASCII characters', async () => {
  const send = (key: string) =>
    world.request('POST', '/api/v1/customers', { ...withKey(key), body: { email: 'k@example.com' } })
  assert.equal((await send('x'.repeat(255))).status, 201)
  for (const key of ['x'.repeat(256), 'clé', '']) {
    const { status, body } = await send(key)
    assert.deepEqual([status, body.error.param], [422, 'Idempotency-Key'], key)
  }
})

test('a staged operation replays too, and so does a checkout: nobody is charged twice', async () => {
  const { token, subscriptionId } = await newCheckout(world)
  const body = confirmation(cards.pays)
  const paid = await hosted(world, 'POST', `${token}/confirm`, body, 'pay')
  const again = await hosted(world, 'POST', `${token}/confirm`, body, 'pay')
  assert.deepEqual([again.status, again.body], [paid.status, paid.body])
  const charges = await world.database.pool.query("select 1 from simulated_processor.charge where kind = 'charge'")
  assert.equal(charges.rowCount, 1)

  const cancel = () =>
    world.request('POST', `/api/v1/subscriptions/${subscriptionId}/cancel`, {
      ...withKey('cancel'),
      body: { immediate: true },
    })
  const canceled = await cancel()
  const repeated = await cancel()
  assert.equal(canceled.status, 200)
  assert.deepEqual(repeated.body, canceled.body)
  assert.equal(repeated.headers.get('idempotent-replayed'), 'true')
})

test('a check has no effect and stores nothing', async () => {
  const body = { customerId: 'nobody', featureCode: 'nothing', quantity: 1 }
  await world.request('POST', '/api/v1/usage/check', { ...withKey('check'), body })
  assert.equal((await storedKeys()).check, undefined)
})
