import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Webhook } from 'standardwebhooks'
import { headerOf, Receiver } from '../support/webhook-receiver.ts'
import { Later, listenAt, tell, webhookWorker } from '../support/webhooks.ts'
import { createWorld } from '../support/world.ts'

const world = await createWorld()
const { client, liveClient } = world
after(() => world.close())

test('Webhooks.create', async () => {
  const { data } = await client.webhooks.create({
    url: 'https://example.com/hooks',
    events: ['invoice.created', 'payment.received', 'invoice.created'],
    description: 'Books',
  })
  assert(data)
  const { id, createdAt, secretKey, ...rest } = data
  assert.match(id, /^whk_[0-9a-hjkmnp-tv-z]{26}$/)
  assert.match(createdAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  assert.match(secretKey, /^whsec_[A-Za-z0-9+/]{43}=$/)
  assert.equal(Buffer.from(secretKey.slice(6), 'base64').length, 32)
  assert.deepEqual(rest, {
    object: 'webhook',
    livemode: false,
    url: 'https://example.com/hooks',
    events: ['invoice.created', 'payment.received'],
    description: 'Books',
    isActive: true,
    apiVersion: '2026-07-11',
    failedInARow: 0,
    previousSecretExpiresAt: null,
  })
  const { rows } = await world.database.pool.query('select * from webhook_endpoint where id = $1', [id])
  assert(
    !JSON.stringify(rows, (_key, value) => (typeof value === 'bigint' ? String(value) : value)).includes(secretKey),
  )
})

test('Webhooks.create: a repeated request shows the same secret, kept encrypted meanwhile', async () => {
  const body = { url: 'https://example.com/again', events: ['*'] }
  const headers = { 'idempotency-key': 'one endpoint' }
  const first = await world.request('POST', '/api/v1/webhooks', { body, headers })
  const second = await world.request('POST', '/api/v1/webhooks', { body, headers })
  assert.equal(first.status, 201)
  assert.equal(second.headers.get('idempotent-replayed'), 'true')
  assert.deepEqual(second.body, first.body)
  const { rows } = await world.database.pool.query<{ body: string }>(
    "select body from idempotency_key where key = 'one endpoint'",
  )
  assert(!rows[0]?.body.includes('whsec_'))
})

test('Webhooks.create: what cannot be an endpoint is refused by its field', async () => {
  for (const [body, field] of [
    [{ events: ['*'] }, 'url'],
    [{ url: 'ftp://example.com', events: ['*'] }, 'url'],
    [{ url: 'https://user:word@example.com', events: ['*'] }, 'url'],
    [{ url: 'https://example.com' }, 'events'],
    [{ url: 'https://example.com', events: [] }, 'events'],
    [{ url: 'https://example.com', events: ['invoice.paid'] }, 'events.0'],
    [{ url: 'https://example.com', events: ['*', 'customer.*'] }, 'events.1'],
    [{ url: 'https://example.com', events: ['*'], apiVersion: 'newest' }, 'commet-version'],
  ] as const) {
    const { status, body: answer } = await world.request('POST', '/api/v1/webhooks', { body })
    assert.deepEqual([status, answer.error?.details?.[0]?.field], [422, field], JSON.stringify(body))
  }
})

test('Webhooks.create: live mode takes https and public addresses only, the sandbox this machine too', async () => {
  for (const url of [
    'http://example.com',
    'https://localhost',
    'https://127.0.0.1',
    'https://10.0.0.1',
    'https://[::1]',
  ]) {
    await assert.rejects(
      liveClient.webhooks.create({ url, events: ['*'] as never }),
      { name: 'CommetValidationError' },
      url,
    )
  }
  for (const url of [
    'http://localhost:3000/hook',
    'http://127.0.0.1:3000',
    'http://[::1]:3000',
    'https://example.com',
  ]) {
    const { data } = await client.webhooks.create({ url, events: ['*'] as never })
    await client.webhooks.delete({ id: data?.id ?? '' })
  }
  for (const url of [
    'http://10.0.0.1',
    'http://192.168.1.1',
    'http://169.254.169.254',
    'http://[fd00::1]',
    'http://0.0.0.0',
  ]) {
    await assert.rejects(
      client.webhooks.create({ url, events: ['*'] as never }),
      { name: 'CommetValidationError' },
      url,
    )
  }
})

test('Webhooks.create: pinned to a version, the known one that a date means', async () => {
  const make = async (apiVersion: string) => {
    const { data } = await client.webhooks.create({ url: 'https://example.com', events: ['*'] as never, apiVersion })
    await client.webhooks.delete({ id: data?.id ?? '' })
    return data?.apiVersion
  }
  assert.equal(await make('2026-07-11'), '2026-07-11')
  assert.equal(await make('2031-01-01'), '2026-07-11')
  assert.equal(await make('2020-01-01'), '2026-07-11')
})

test('Webhooks.get', async () => {
  const { data: made } = await client.webhooks.create({ url: 'https://example.com/one', events: ['*'] as never })
  const { data } = await client.webhooks.get({ id: made?.id ?? '' })
  assert(data && made)
  const { secretKey: _secret, ...shown } = made
  assert.deepEqual(data, shown)
  await assert.rejects(client.webhooks.get({ id: 'whk_none' }), { code: 'webhook_not_found', statusCode: 404 })
})

test('Webhooks.list', async () => {
  const { data: all } = await client.webhooks.list()
  assert(all && all.length >= 2)
  const { data: first, nextCursor, hasMore } = await client.webhooks.list({ limit: 1 })
  assert.deepEqual([first?.[0]?.id, hasMore], [all[0]?.id, true])
  const { data: second } = await client.webhooks.list({ limit: 1, cursor: nextCursor ?? '' })
  assert.equal(second?.[0]?.id, all[1]?.id)
  assert(!JSON.stringify(all).includes('whsec_'))
})

test('Webhooks.update', async () => {
  const { data: made } = await client.webhooks.create({
    url: 'https://example.com/update',
    events: ['*'] as never,
    description: 'Before',
  })
  const id = made?.id ?? ''
  await client.webhooks.update({ id, events: ['invoice.created'] })
  const { data } = await client.webhooks.update({ id, description: null, isActive: false })
  assert.deepEqual(
    [data?.url, data?.events, data?.description, data?.isActive],
    ['https://example.com/update', ['invoice.created'], null, false],
  )
  await assert.rejects(client.webhooks.update({ id, url: 'http://10.1.2.3' }), { name: 'CommetValidationError' })
  await assert.rejects(client.webhooks.update({ id: 'whk_none', isActive: true }), { code: 'webhook_not_found' })
})

test('Webhooks.delete', async () => {
  const { data: made } = await client.webhooks.create({ url: 'https://example.com/gone', events: ['*'] as never })
  const id = made?.id ?? ''
  const { data } = await client.webhooks.delete({ id })
  assert.deepEqual([data?.id, data?.deleted], [id, true])
  await assert.rejects(client.webhooks.get({ id }), { code: 'webhook_not_found' })
  await assert.rejects(client.webhooks.delete({ id }), { code: 'webhook_not_found' })
})

test('Webhooks.create: at most twenty, whoever asks at the same time', async () => {
  const fresh = await createWorld()
  try {
    const make = () => fresh.client.webhooks.create({ url: 'https://example.com', events: ['*'] as never })
    const answers = await Promise.allSettled(Array.from({ length: 25 }, make))
    assert.equal(answers.filter(({ status }) => status === 'fulfilled').length, 20)
    const { data } = await fresh.client.webhooks.list({ limit: 100 })
    await fresh.client.webhooks.delete({ id: data?.[0]?.id ?? '' })
    assert.equal((await make()).success, true)
    await assert.rejects(make(), { name: 'CommetValidationError' })
  } finally {
    await fresh.close()
  }
})

test('Webhooks.test', async (t) => {
  const receiver = await Receiver.start()
  t.after(() => receiver.close())
  const { id, secret } = await listenAt(world, receiver.url, ['invoice.created', 'invoice.voided'])
  const { data } = await client.webhooks.test({ id })
  assert(data)
  assert.equal(data.success, true)
  assert.match(data.deliveryId, /^whd_/)
  const [received] = receiver.received
  assert(received)
  const payload = client.webhooks.verifyAndParse({
    rawBody: received.body,
    signature: headerOf(received, 'x-commet-signature'),
    secret,
  })
  assert.equal(payload?.event, 'invoice.created')
  assert.equal(headerOf(received, 'x-halley-test'), 'true')
  receiver.behaviour = () => 503
  const { body } = await world.request('POST', `/api/v1/webhooks/${id}/test`)
  assert.deepEqual([body.data.success, body.data.status, body.data.response], [false, 503, 'answered 503'])
  const { body: log } = await world.request('GET', `/api/v1/webhooks/${id}/deliveries`)
  assert.deepEqual(
    log.data.map(({ cause, status }: { cause: string; status: string }) => `${cause} ${status}`),
    ['test failed', 'test delivered'],
  )
  await client.webhooks.delete({ id })
})

test('a delivery verifies with the public client and with the Standard Webhooks package, and says whose it is', async (t) => {
  const receiver = await Receiver.start()
  t.after(() => receiver.close())
  const { secret, id } = await listenAt(world, receiver.url)
  const before = Math.floor(Date.now() / 1000)
  await client.customers.create({ id: 'signed', email: 'signed@example.com', fullName: 'Zoë Ünïcode' })
  await tell(world)
  const [received] = receiver.received
  assert(received && receiver.received.length === 1)
  const { body, message } = received
  const payload = client.webhooks.verifyAndParse({
    rawBody: body,
    signature: headerOf(received, 'x-commet-signature'),
    secret,
  })
  assert(payload)
  assert.deepEqual(Object.keys(message), ['id', 'event', 'timestamp', 'organizationId', 'mode', 'apiVersion', 'data'])
  assert.match(message.id, /^whev_/)
  assert.match(message.organizationId, /^org_/)
  assert.deepEqual([message.event, message.mode, message.apiVersion], ['customer.created', 'sandbox', '2026-07-11'])
  assert.equal(message.data.externalId, 'signed')
  assert.equal(headerOf(received, 'content-type'), 'application/json')
  assert.equal(headerOf(received, 'x-commet-event'), 'customer.created')
  assert.equal(headerOf(received, 'x-commet-timestamp'), message.timestamp)
  assert.equal(headerOf(received, 'x-commet-event-id'), message.id)
  assert.equal(headerOf(received, 'webhook-id'), message.id)
  assert(Number(headerOf(received, 'webhook-timestamp')) >= before)
  const standard = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => [
    name,
    headerOf(received, name),
  ])
  assert.deepEqual(new Webhook(secret).verify(body, Object.fromEntries(standard)), message)
  // Another secret, another byte: nothing verifies.
  const other = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
  assert.throws(() => new Webhook(other).verify(body, Object.fromEntries(standard)))
  assert.throws(() => new Webhook(secret).verify(`${body} `, Object.fromEntries(standard)))
  const { client: unaware } = world
  assert.equal(
    unaware.webhooks.verifyAndParse({
      rawBody: `${body} `,
      signature: headerOf(received, 'x-commet-signature'),
      secret,
    }),
    null,
  )
  await client.webhooks.delete({ id })
})

test('two rotations in a day: every secret signs until its own day is over, and is forgotten then', async (t) => {
  const receiver = await Receiver.start()
  t.after(() => receiver.close())
  const { id, secret: first } = await listenAt(world, receiver.url, ['customer.created'])
  const rotate = async () =>
    (await world.request('POST', `/api/v1/webhooks/${id}/rotate-secret`)).body.data.secretKey as string
  const second = await rotate()
  const third = await rotate()
  await client.customers.create({ email: 'rotated-twice@example.com' })
  await tell(world)
  const [received] = receiver.received
  assert(received)
  const headers = {
    'webhook-id': headerOf(received, 'webhook-id'),
    'webhook-timestamp': headerOf(received, 'webhook-timestamp'),
    'webhook-signature': headerOf(received, 'webhook-signature'),
  }
  for (const key of [first, second, third]) new Webhook(key).verify(received.body, headers)
  const later = new Later()
  later.pass({ minutes: 24 * 60 })
  await webhookWorker(world, later).tidy()
  const { rows } = await world.database.pool.query('select previous_secrets from webhook_endpoint where id = $1', [id])
  assert.deepEqual(rows, [{ previous_secrets: [] }])
  assert.equal((await world.request('GET', `/api/v1/webhooks/${id}`)).body.data.previousSecretExpiresAt, null)
})

test('Webhooks.rotateSecret: for a day both secrets verify: at once by Standard Webhooks, with the first retry by the other header', async (t) => {
  const receiver = await Receiver.start()
  t.after(() => receiver.close())
  const { id, secret } = await listenAt(world, receiver.url, ['customer.created'])
  const { status, body } = await world.request('POST', `/api/v1/webhooks/${id}/rotate-secret`)
  assert.equal(status, 201)
  const fresh: string = body.data.secretKey
  assert.notEqual(fresh, secret)
  const inADay = Date.now() + 24 * 3_600_000
  assert(Math.abs(Date.parse(body.data.previousSecretExpiresAt) - inADay) < 60_000)

  const later = new Later()
  // A receiver that still has the old secret refuses what it cannot verify.
  const verifies = (received: (typeof receiver.received)[number], key: string) =>
    client.webhooks.verify({ payload: received.body, signature: headerOf(received, 'x-commet-signature'), secret: key })
  receiver.behaviour = (received) => (verifies(received, secret) ? 200 : 401)
  await client.customers.create({ email: 'rotated@example.com' })
  await tell(world, later)
  later.pass({ minutes: 1 })
  await tell(world, later)
  assert.deepEqual(
    receiver.received.map((received) => [verifies(received, fresh), verifies(received, secret)]),
    [
      [true, false],
      [false, true],
    ],
  )
  for (const received of receiver.received) {
    const headers = {
      'webhook-id': headerOf(received, 'webhook-id'),
      'webhook-timestamp': headerOf(received, 'webhook-timestamp'),
    }
    const signature = headerOf(received, 'webhook-signature')
    assert.equal(signature.split(' ').length, 2)
    // The package compares the sender's time with its own clock: the moved one is of the worker alone.
    if (received === receiver.received[0]) {
      for (const key of [secret, fresh])
        new Webhook(key).verify(received.body, { ...headers, 'webhook-signature': signature })
    }
  }
  later.pass({ minutes: 24 * 60 })
  receiver.behaviour = () => 200
  await client.customers.create({ email: 'after@example.com' })
  await tell(world, later)
  const last = receiver.received.at(-1)
  assert(last)
  assert.equal(headerOf(last, 'webhook-signature').split(' ').length, 1)
  assert.equal(verifies(last, fresh), true)
  await client.webhooks.delete({ id })
})
