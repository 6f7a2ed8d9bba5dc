import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createWorld } from '../support/world.ts'

let world: Awaited<ReturnType<typeof createWorld>>
before(async () => {
  world = await createWorld()
})
after(() => world.close())

const address = { line1: 'Av. Rivadavia 1', city: 'Buenos Aires', postalCode: '1033', country: 'ar' }

test('creating a customer whose id exists answers 200 with them, unchanged', async () => {
  const first = await world.request('POST', '/api/v1/customers', { body: { id: 'again', email: 'first@example.com' } })
  assert.equal(first.status, 201)
  for (const field of ['id', 'externalId']) {
    const second = await world.request('POST', '/api/v1/customers', {
      body: { [field]: 'again', email: 'second@example.com' },
    })
    assert.equal(second.status, 200)
    assert.deepEqual(second.body.data, first.body.data)
  }
})

test('two servers that create one customer at once get the same one', async () => {
  const create = () => world.client.customers.create({ id: 'race', email: 'race@example.com' })
  const answers = await Promise.all(Array.from({ length: 12 }, create))
  assert.equal(new Set(answers.map(({ data }) => data?.id)).size, 1)
})

test('what is wrong with a customer is said field by field, all at once', async () => {
  const { status, body } = await world.request('POST', '/api/v1/customers', {
    body: {
      id: 'a/b',
      email: 'nobody',
      timezone: 'Europe/Rome',
      metadata: { ['k'.repeat(41)]: 1 },
      address: { line1: '', city: 'X', postalCode: '1', country: 'UK' },
    },
  })
  assert.equal(status, 422)
  assert.equal(body.error.code, 'validation_error')
  const fields = body.error.details.map(({ field }: { field: string }) => field).sort()
  assert.deepEqual(fields, ['address.country', 'address.line1', 'email', 'id', 'metadata', 'timezone'])
})

test('an email is required, and limits hold', async () => {
  const refused = [
    {},
    { email: null },
    { email: 'a@b' },
    { email: 'x@example.com', id: '' },
    { email: 'x@example.com', id: 'x'.repeat(201) },
    { email: 'x@example.com', id: 'one', externalId: 'two' },
    { email: 'x@example.com', fullName: 'x'.repeat(201) },
    { email: 'x@example.com', metadata: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`k${n}`, n])) },
    { email: 'x@example.com', metadata: { long: 'x'.repeat(500) } },
    { email: 'x@example.com', metadata: ['not', 'an', 'object'] },
    { email: 'x@example.com', address: { line1: 'A', city: 'B', country: 'US' } },
  ]
  for (const body of refused) {
    const answer = await world.request('POST', '/api/v1/customers', { body })
    assert.equal(answer.status, 422, JSON.stringify(body))
    assert(answer.body.error.details.length >= 1)
  }
})

test('the client turns wrong fields into its validation error', async () => {
  await assert.rejects(world.client.customers.create({ email: 'nobody' }), {
    validationErrors: { email: ['Must be a valid email address.'] },
  })
})

test('the same id given twice under both names is one id', async () => {
  const { data } = await world.client.customers.create({ id: 'both', externalId: 'both', email: 'both@example.com' })
  assert.equal(data?.externalId, 'both')
})

test('an address id must name an address of that very customer', async () => {
  const body = { id: 'addressed', email: 'a@example.com', address }
  const created = await world.request('POST', '/api/v1/customers', { body })
  const addressId = created.body.data.address.id
  assert.match(addressId, /^addr_/)
  const again = await world.request('POST', '/api/v1/customers', { body: { ...body, addressId } })
  assert.equal(again.status, 200)
  const foreign = await world.request('POST', '/api/v1/customers', { body: { email: 'b@example.com', addressId } })
  assert.equal(foreign.status, 404)
  assert.equal(foreign.body.error.code, 'not_found')
})

test('an own id that another customer has is a duplicate', async () => {
  await world.client.customers.create({ id: 'owner', email: 'owner@example.com' })
  const { data } = await world.client.customers.create({ email: 'other@example.com' })
  assert(data)
  const taken = world.client.customers.update({ id: data.id, externalId: 'owner' })
  await assert.rejects(taken, { code: 'duplicate', statusCode: 409 })
})

test('own ids with spaces, at signs and other scripts work in paths', async () => {
  for (const id of ['first last', 'ada@example.com', '顧客-1', 'cus_NffrFeUfNV2Hib', 'a+b&c=d']) {
    const { data } = await world.client.customers.create({ id, email: 'ids@example.com' })
    assert.equal((await world.client.customers.get({ id })).data?.id, data?.id, id)
    assert.deepEqual((await world.client.customers.list({ externalId: id })).data, [data], id)
  }
})

test('live and sandbox do not see each other', async () => {
  const { data } = await world.client.customers.create({ id: 'mode', email: 'mode@example.com' })
  assert(data)
  await assert.rejects(world.liveClient.customers.get({ id: data.id }), { code: 'customer_not_found' })
  await assert.rejects(world.liveClient.customers.get({ id: 'mode' }), { code: 'customer_not_found' })
  const live = await world.liveClient.customers.create({ id: 'mode', email: 'mode@example.com' })
  assert.notEqual(live.data?.id, data.id)
  assert.equal(live.data?.livemode, true)
})

test('a batch takes 100 customers, whatever they are, and not one more', async () => {
  const customers = Array.from({ length: 100 }, (_, index) => ({
    id: `many-${index}`,
    email: `many-${index}@example.com`,
  }))
  const { data } = await world.client.customers.createBatch({ customers })
  assert.equal(data?.successful.length, 100)
  const tooMany = await world.request('POST', '/api/v1/customers/batch', { body: { customers: [...customers, {}] } })
  assert.equal(tooMany.status, 422)
  const strange: unknown[] = [null, 7, 'text', [], {}, { email: 5 }, { constructor: 1, email: 'c@example.com' }]
  const answer = await world.request('POST', '/api/v1/customers/batch', { body: { customers: strange } })
  assert.equal(answer.status, 200)
  assert.deepEqual(
    answer.body.data.failed.map(({ index }: { index: number }) => index),
    [0, 1, 2, 3, 4, 5],
  )
  assert.deepEqual(answer.body.data.failed[5].data, { email: '' })
})

test('a repeated request with one idempotency key makes one customer', async () => {
  const headers = { 'idempotency-key': 'customer-once' }
  const body = { email: 'once@example.com' }
  const first = await world.request('POST', '/api/v1/customers', { body, headers })
  const second = await world.request('POST', '/api/v1/customers', { body, headers })
  assert.equal(second.status, 201)
  assert.deepEqual(second.body, first.body)
  assert.equal(second.headers.get('idempotent-replayed'), 'true')
})
