import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Answer, createWorld, type World } from '../support/world.ts'

async function inWorld(
  options: Parameters<typeof createWorld>[0],
  story: (world: World) => Promise<void>,
): Promise<void> {
  const world = await createWorld(options)
  try {
    await story(world)
  } finally {
    await world.close()
  }
}

test('a key may send twice its rate at once, then 429 says when to come back', () =>
  inWorld({ requestsPerSecond: 1 }, async (world) => {
    const ask = (key = world.sandboxKey) => world.request('GET', '/api/v1/features', { key })
    const first = await ask()
    assert.deepEqual(
      ['ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset'].map((name) => first.headers.get(name)),
      ['2', '1', '1'],
    )
    await ask()
    const { status, body, headers } = await ask()
    assert.equal(status, 429)
    assert.deepEqual(body.error, {
      type: 'rate_limit_error',
      code: 'rate_limited',
      message: 'Too many requests. Try again in 1 second.',
      doc_url: 'http://halley.test/docs/errors/rate_limited',
    })
    assert.equal(headers.get('retry-after'), '1')
    assert.equal(headers.get('ratelimit-limit'), '2')
    assert.equal(headers.get('ratelimit-remaining'), '0')
    assert.match(headers.get('ratelimit-reset') ?? '', /^[12]$/)
    assert.equal((await ask(world.liveKey)).status, 200)
  }))

test('a 429 is not stored with its Idempotency-Key', () =>
  inWorld({ requestsPerSecond: 1 }, async (world) => {
    const body = { email: 'limited@example.com' }
    const create = () => world.request('POST', '/api/v1/customers', { headers: { 'idempotency-key': 'late' }, body })
    await world.request('GET', '/api/v1/features')
    await world.request('GET', '/api/v1/features')
    assert.equal((await create()).status, 429)
    await new Promise((resolve) => setTimeout(resolve, 1_100))
    const created = await create()
    assert.deepEqual([created.status, created.headers.get('idempotent-replayed')], [201, null])
  }))

test('after 200 requests without a valid key an address is limited, and a valid key from it is not', () =>
  inWorld({}, async (world) => {
    const keys = [null, `ck_test_${'x'.repeat(43)}`]
    const knock = (sent: number) => world.request('GET', '/api/v1/features', { key: keys[sent % 2] ?? null })
    const first = await Promise.all(Array.from({ length: 200 }, (_, sent) => knock(sent)))
    assert.deepEqual(new Set(first.map(({ status }) => status)), new Set([401]))
    // Ten a second are given back: a slow machine has to knock a little longer.
    const later: Answer[] = []
    for (let round = 0; round < 40 && !later.some(({ status }) => status === 429); round++) {
      later.push(...(await Promise.all(Array.from({ length: 50 }, (_, sent) => knock(sent)))))
    }
    const limited = later.find(({ status }) => status === 429)
    assert.equal(limited?.body.error.code, 'rate_limited')
    assert.equal(limited.headers.get('retry-after'), '1')
    assert.equal((await world.request('GET', '/api/v1/features')).status, 200)
  }))
