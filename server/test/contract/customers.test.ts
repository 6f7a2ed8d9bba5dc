import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createWorld } from '../support/world.ts'

let world: Awaited<ReturnType<typeof createWorld>>
before(async () => {
  world = await createWorld()
})
after(() => world.close())

const unknownId = 'cus_01jzzzzzzzzzzzzzzzzzzzzzzz'
const address = { line1: 'Av. Rivadavia 1', city: 'Buenos Aires', postalCode: '1033', country: 'ar' }

async function eventTypes(customerId: string): Promise<string[]> {
  const rows = await world.db
    .selectFrom('event')
    .select('type')
    .where('org_id', '=', world.orgId)
    .where('customer_id', '=', customerId)
    .orderBy('id')
    .execute()
  return rows.map(({ type }) => type)
}

test('Customers.create', async () => {
  const { success, data } = await world.client.customers.create({
    id: 'ada',
    email: 'ada@example.com',
    fullName: ' Ada Lovelace ',
    taxDocument: '20-12345678-6',
    timezone: 'America/Buenos_Aires',
    metadata: { team: 'engines', size: 2, nested: { deep: [true, null] } },
    address,
  })
  assert.equal(success, true)
  assert(data)
  const { id, createdAt, updatedAt, ...rest } = data
  assert.match(id, /^cus_[0-9a-z]{26}$/)
  assert.match(createdAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  assert.equal(updatedAt, createdAt)
  const { address: shown, ...contract } = rest as typeof rest & { address: Record<string, unknown> }
  assert.deepEqual(contract, {
    externalId: 'ada',
    fullName: 'Ada Lovelace',
    email: 'ada@example.com',
    taxDocument: '20-12345678-6',
    documentType: 'CUIT',
    timezone: 'America/Buenos_Aires',
    metadata: { team: 'engines', size: 2, nested: { deep: [true, null] } },
    object: 'customer',
    livemode: false,
    taxExemption: null,
    poNumber: null,
  })
  assert.equal(shown.country, 'AR')
  assert.deepEqual(await eventTypes(id), ['customer.created'])
})

test('Customers.get', async () => {
  const { data } = await world.client.customers.create({ externalId: 'grace', email: 'grace@example.com' })
  assert(data)
  const byPublicId = await world.client.customers.get({ id: data.id })
  const byOwnId = await world.client.customers.get({ id: 'grace' })
  assert.deepEqual(byPublicId.data, data)
  assert.deepEqual(byOwnId.data, data)
  const refused = { code: 'customer_not_found', statusCode: 404 }
  await assert.rejects(world.client.customers.get({ id: unknownId }), refused)
  await assert.rejects(world.client.customers.get({ id: 'nobody' }), refused)
})

test('Customers.list', async () => {
  const first = await world.client.customers.create({ id: 'listed-1', email: 'one@example.com' })
  const second = await world.client.customers.create({ id: 'listed-2', email: 'two@example.com' })
  const page = await world.client.customers.list({ limit: 1 })
  assert.deepEqual(page.data, [second.data])
  assert.equal(page.hasMore, true)
  assert(page.nextCursor)
  const next = await world.client.customers.list({ limit: 1, cursor: page.nextCursor })
  assert.deepEqual(next.data, [first.data])
  const filtered = await world.client.customers.list({ externalId: 'listed-1' })
  assert.deepEqual(filtered.data, [first.data])
  assert.equal(filtered.hasMore, false)
  assert.deepEqual((await world.client.customers.list({ externalId: 'listed' })).data, [])
})

test('Customers.update', async () => {
  const { data: before } = await world.client.customers.create({
    id: 'kept',
    email: 'old@example.com',
    metadata: { a: 1, b: 2 },
    timezone: 'UTC',
  })
  assert(before)
  const { data: after } = await world.client.customers.update({
    id: 'kept',
    email: 'new@example.com',
    metadata: { b: 3 },
    externalId: 'renamed',
  })
  assert(after)
  assert.deepEqual(
    { ...after, updatedAt: null },
    { ...before, email: 'new@example.com', metadata: { b: 3 }, externalId: 'renamed', updatedAt: null },
  )
  await assert.rejects(world.client.customers.get({ id: 'kept' }), { code: 'customer_not_found' })
  assert.equal((await world.client.customers.get({ id: 'renamed' })).data?.id, before.id)
  await world.client.customers.update({ id: before.id, email: 'new@example.com' })
  assert.deepEqual(await eventTypes(before.id), ['customer.created', 'customer.updated'])
  const missing = world.client.customers.update({ id: unknownId, fullName: 'Nobody' })
  await assert.rejects(missing, { code: 'customer_not_found' })
})

test('a purchase order is given to a customer at any time, alone or in a batch, and taken away', async () => {
  const of = async (id: string) => ((await world.client.customers.get({ id })).data as { poNumber?: unknown }).poNumber
  const order = { id: 'orders', email: 'orders@example.com', poNumber: ' PO-1 ' }
  assert.equal((await world.request('POST', '/api/v1/customers', { body: order })).body.data.poNumber, 'PO-1')
  const customers = [{ id: 'batch-orders', email: 'b@example.com', poNumber: 'PO-2' }]
  await world.request('POST', '/api/v1/customers/batch', { body: { customers } })
  assert.equal(await of('batch-orders'), 'PO-2')
  await world.client.customers.update({ id: 'orders', fullName: 'Otto' })
  assert.equal(await of('orders'), 'PO-1')
  await world.request('PUT', '/api/v1/customers/orders', { body: { poNumber: null } })
  assert.equal(await of('orders'), null)
  for (const poNumber of ['', ' ', 'x'.repeat(101), 7]) {
    const { status, body } = await world.request('PUT', '/api/v1/customers/orders', { body: { poNumber } })
    assert.deepEqual([status, body.error.param], [422, 'poNumber'])
  }
})

test('Customers.createBatch', async () => {
  const known = await world.client.customers.create({ id: 'batch-known', email: 'known@example.com' })
  const { data } = await world.client.customers.createBatch({
    customers: [
      { id: 'batch-1', email: 'one@example.com' },
      { id: 'batch-2', email: 'not an address', metadata: { tried: true } },
      { email: 'three@example.com', address },
      { id: 'batch-known', email: 'other@example.com' },
      { id: 'a', externalId: 'b', email: 'five@example.com' },
    ],
  })
  assert(data)
  assert.deepEqual(
    data.successful.map(({ externalId, email }) => [externalId, email]),
    [
      ['batch-1', 'one@example.com'],
      [null, 'three@example.com'],
      ['batch-known', 'known@example.com'],
    ],
  )
  assert.equal(data.successful[2]?.id, known.data?.id)
  assert.deepEqual(data.failed, [
    {
      index: 1,
      error: 'email: Must be a valid email address.',
      data: { id: 'batch-2', email: 'not an address', metadata: { tried: true } },
    },
    {
      index: 4,
      error: 'externalId: Must be the same as id when both are given: they are two names of one field.',
      data: { id: 'a', externalId: 'b', email: 'five@example.com' },
    },
  ])
  assert.equal(data.object, 'customer')
  assert.equal(data.livemode, false)
  const [created] = data.successful
  assert(created)
  assert.deepEqual(await eventTypes(created.id), ['customer.created'])
})
