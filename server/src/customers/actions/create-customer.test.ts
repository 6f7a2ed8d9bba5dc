import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createCustomer } from '#customers/actions/create-customer.ts'
import { createCustomers } from '#customers/actions/create-customers.ts'
import type { CustomerRecord, NewCustomer } from '#customers/customer.ts'
import { inTransaction } from '#database/transaction.ts'
import { newId } from '#id.ts'
import type { Context } from '#organisations/org.ts'
import { type ClonedDatabase, cloneDatabase } from '../../../test/support/database.ts'
import { contextAt, newOrganisation } from '../../../test/support/organisations.ts'

let database: ClonedDatabase
let context: Context
before(async () => {
  database = await cloneDatabase({ max: 16 })
  context = contextAt((await newOrganisation(database.db)).sandbox)
})
after(() => database.drop())

function ada(fields: Partial<NewCustomer> = {}): NewCustomer {
  return {
    ownId: null,
    email: 'ada@example.com',
    fullName: null,
    taxDocument: null,
    taxExemption: null,
    poNumber: null,
    timezone: null,
    metadata: null,
    address: null,
    addressId: null,
    ...fields,
  }
}

const create = (input: NewCustomer) => inTransaction(database.db, (tx) => createCustomer(tx, context, input))

async function eventsOf(customerId: string): Promise<string[]> {
  const { rows } = await database.pool.query('select type from event where customer_id = $1 order by id', [customerId])
  return rows.map(({ type }) => type)
}

test('sixteen who create the same customer at once all get the one', async () => {
  const results = await Promise.all(Array.from({ length: 16 }, () => create(ada({ ownId: 'crowd' }))))
  assert.equal(new Set(results.map(({ customer }) => customer.id)).size, 1)
  assert.equal(results.filter(({ isNew }) => isNew).length, 1)
  const [first] = results
  assert(first)
  assert.deepEqual(await eventsOf(first.customer.id), ['customer.created'])
})

test('creating a customer who exists changes nothing about them', async () => {
  const { customer } = await create(ada({ ownId: 'steady', fullName: 'Ada' }))
  const again = await create(ada({ ownId: 'steady', fullName: 'Somebody else', email: 'else@example.com' }))
  assert.deepEqual(again, { customer, isNew: false })
  assert.deepEqual(await create(ada({ ownId: customer.id })), { customer, isNew: false })
  assert.deepEqual(await eventsOf(customer.id), ['customer.created'])
})

test('nobody chooses a public id for themselves', async () => {
  await assert.rejects(create(ada({ ownId: newId('cus') })), { code: 'validation_error', param: 'id' })
})

test('an address id must be that of the very customer', async () => {
  const address = { line1: 'A 1', line2: null, city: 'B', state: null, region: null, postalCode: '', country: 'AE' }
  const { customer } = await create(ada({ ownId: 'housed', address }))
  const other = await create(ada({ ownId: 'other', address }))
  assert(customer.address && other.customer.address)
  assert.equal((await create(ada({ ownId: 'housed', addressId: customer.address.id }))).isNew, false)
  const refused = { code: 'not_found', param: 'addressId' }
  await assert.rejects(create(ada({ ownId: 'housed', addressId: other.customer.address.id })), refused)
  await assert.rejects(create(ada({ addressId: customer.address.id })), refused)
})

test('a batch goes on after a refusal and answers in its own order', async () => {
  const batch = [ada({ ownId: 'z' }), { error: 'unreadable' }, ada({ ownId: newId('cus') }), ada(), ada({ ownId: 'a' })]
  const results = await inTransaction(database.db, (tx) => createCustomers(tx, context, batch))
  const told = results.map((result) => ('error' in result ? 'refused' : result.externalId))
  assert.deepEqual(told, ['z', 'refused', 'refused', null, 'a'])
})

test('batches that share customers in opposite orders get the same ones', async () => {
  const ids = Array.from({ length: 20 }, (_, index) => `shared-${index}`)
  const run = (order: string[]) =>
    inTransaction(
      database.db,
      (tx) =>
        createCustomers(
          tx,
          context,
          order.map((ownId) => ada({ ownId })),
        ),
      { attempts: 1 },
    )
  const batches = await Promise.all([run(ids), run(ids.toReversed()), run(ids), run(ids.toReversed())])
  const made = batches.flat() as CustomerRecord[]
  assert.equal(made.length, 80)
  assert.equal(new Set(made.map(({ id }) => id)).size, 20)
})
