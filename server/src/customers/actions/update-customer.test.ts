import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createCustomer } from '#customers/actions/create-customer.ts'
import { updateBillingDetails } from '#customers/actions/update-billing-details.ts'
import { updateCustomer } from '#customers/actions/update-customer.ts'
import type { CustomerRecord } from '#customers/customer.ts'
import type { CustomerChanges } from '#customers/customer-changes.ts'
import { resolveCustomer } from '#customers/customers.store.ts'
import { inTransaction } from '#database/transaction.ts'
import { newId } from '#id.ts'
import type { Context } from '#organisations/org.ts'
import { type ClonedDatabase, cloneDatabase } from '../../../test/support/database.ts'
import { contextAt, newOrganisation, noon } from '../../../test/support/organisations.ts'

let database: ClonedDatabase
let context: Context
before(async () => {
  database = await cloneDatabase({ max: 16 })
  context = contextAt((await newOrganisation(database.db)).sandbox)
})
after(() => database.drop())

async function newCustomer(ownId: string | null = null): Promise<CustomerRecord> {
  const input = {
    ownId,
    email: 'ada@example.com',
    fullName: null,
    taxDocument: null,
    taxExemption: null,
    poNumber: null,
    timezone: null,
    metadata: null,
    address: null,
    addressId: null,
  }
  return (await inTransaction(database.db, (tx) => createCustomer(tx, context, input))).customer
}

const update = (reference: string, changes: CustomerChanges) =>
  inTransaction(database.db, (tx) => updateCustomer(tx, context, { reference, changes }))

async function eventsOf(customerId: string): Promise<{ type: string; data: Record<string, unknown> }[]> {
  const { rows } = await database.pool.query('select type, data from event where customer_id = $1 order by id', [
    customerId,
  ])
  return rows
}

test('what changed is told with the customer as they now are', async () => {
  const { id } = await newCustomer('told')
  await update('told', { fullName: 'Ada', metadata: { level: 3 } })
  const events = await eventsOf(id)
  assert.deepEqual(
    events.map(({ type }) => type),
    ['customer.created', 'customer.updated'],
  )
  assert.deepEqual(events[1]?.data, {
    id,
    externalId: 'told',
    fullName: 'Ada',
    email: 'ada@example.com',
    taxDocument: null,
    documentType: null,
    timezone: null,
    metadata: { level: 3 },
    createdAt: '2026-06-16T12:00:00.000Z',
    updatedAt: '2026-06-16T12:00:00.000Z',
  })
})

test('an update that changes nothing is not told', async () => {
  const { id } = await newCustomer()
  await update(id, { email: 'ada@example.com' })
  await update(id, {})
  assert.equal((await eventsOf(id)).length, 1)
})

test('updates of different fields at once all stay', async () => {
  const { id } = await newCustomer()
  const address = { line1: 'A 1', line2: null, city: 'B', state: null, region: null, postalCode: '1', country: 'DE' }
  await Promise.all([
    update(id, { fullName: 'Ada' }),
    update(id, { taxDocument: 'DE136695976' }),
    update(id, { timezone: 'UTC' }),
    update(id, { metadata: { a: 1 } }),
    update(id, { address }),
    update(id, { address }),
  ])
  const customer = await resolveCustomer(database.db, context.org.id, id)
  const { fullName, taxDocument, documentType, timezone, metadata } = customer ?? {}
  assert.deepEqual(
    { fullName, taxDocument, documentType, timezone, metadata },
    { fullName: 'Ada', taxDocument: 'DE136695976', documentType: 'VAT', timezone: 'UTC', metadata: { a: 1 } },
  )
  assert.equal(customer?.address?.city, 'B')
  const { rows } = await database.pool.query('select from customer_address where customer_id = $1', [id])
  assert.equal(rows.length, 1)
})

test('of several who want the same own id one gets it', async () => {
  const customers = await Promise.all(Array.from({ length: 8 }, () => newCustomer()))
  const results = await Promise.allSettled(customers.map(({ id }) => update(id, { externalId: 'wanted' })))
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
  for (const result of results) {
    if (result.status === 'rejected') assert.equal(result.reason.code, 'duplicate')
  }
})

test('an own id is never of the form of a public id', async () => {
  const { id } = await newCustomer()
  await assert.rejects(update(id, { externalId: newId('cus') }), { code: 'validation_error', param: 'externalId' })
})

test('a new own id makes metering read the live subscription anew', async () => {
  const { id } = await newCustomer('known')
  const subscriptionId = await newSubscription(id)
  await update(id, { fullName: 'Ada' })
  assert.deepEqual(await epochsOf(subscriptionId), { subscription: 1n, open: 1n, closed: 1n })
  await update(id, { externalId: 'renamed' })
  assert.deepEqual(await epochsOf(subscriptionId), { subscription: 2n, open: 2n, closed: 1n })
})

test('what a customer types at a checkout is kept, and the rest stays', async () => {
  const { id } = await newCustomer('typed')
  await update(id, { timezone: 'UTC' })
  const address = {
    line1: 'Av. 1',
    line2: null,
    city: 'Lima',
    state: null,
    region: null,
    postalCode: '15001',
    country: 'PE',
  }
  const details = { email: 'new@example.com', fullName: 'Ada', address, taxDocument: '20512333797' }
  const customer = await inTransaction(database.db, (tx) => updateBillingDetails(tx, context, id, details))
  assert.equal(customer.email, 'new@example.com')
  assert.equal(customer.documentType, 'RUC')
  assert.equal(customer.timezone, 'UTC')
  assert.equal(customer.externalId, 'typed')
})

async function newSubscription(customerId: string): Promise<string> {
  const { db } = database
  const org_id = context.org.id
  const times = { created_at: noon, updated_at: noon }
  const [planId, featureId, id] = [newId('pln'), newId('ftr'), newId('sub')]
  await db
    .insertInto('plan')
    .values({ org_id, id: planId, code: 'plan', name: 'Plan', ...times })
    .execute()
  await db
    .insertInto('feature')
    .values({ org_id, id: featureId, code: 'calls', name: 'Calls', type: 'usage', ...times })
    .execute()
  await db
    .insertInto('subscription')
    .values({
      org_id,
      id,
      customer_id: customerId,
      plan_id: planId,
      name: 'Plan',
      status: 'active',
      currency: 'usd',
      start_date: noon,
      ...times,
    })
    .execute()
  const counter = { org_id, subscription_id: id, feature_id: featureId, epoch: 1n }
  await db
    .insertInto('usage_counter')
    .values([
      { ...counter, window_number: 1, closed: true },
      { ...counter, window_number: 2 },
    ])
    .execute()
  return id
}

async function epochsOf(id: string): Promise<Record<string, bigint>> {
  const { rows } = await database.pool.query(
    `select subscription.epoch as subscription,
       (select epoch from usage_counter where subscription_id = id and not closed) as open,
       (select epoch from usage_counter where subscription_id = id and closed) as closed
     from subscription where id = $1`,
    [id],
  )
  return { ...rows[0] }
}
