import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { CustomerRecord } from '#customers/customer.ts'
import {
  findCustomersById,
  insertCustomer,
  listCustomers,
  lockCustomer,
  resolveCustomer,
  saveCustomer,
} from '#customers/customers.store.ts'
import { inTransaction } from '#database/transaction.ts'
import { newId } from '#id.ts'
import type { Org } from '#organisations/org.ts'
import { type ClonedDatabase, cloneDatabase } from '../../test/support/database.ts'
import { newOrganisation, noon } from '../../test/support/organisations.ts'

let database: ClonedDatabase
let org: Org
let otherOrg: Org
before(async () => {
  database = await cloneDatabase()
  const { sandbox, live } = await newOrganisation(database.db)
  org = sandbox
  otherOrg = live
})
after(() => database.drop())

function customer(fields: Partial<CustomerRecord> = {}): CustomerRecord {
  return {
    id: newId('cus'),
    externalId: null,
    email: 'ada@example.com',
    fullName: null,
    taxDocument: null,
    taxExemption: null,
    poNumber: null,
    documentType: null,
    timezone: null,
    metadata: null,
    address: null,
    createdAt: noon,
    updatedAt: noon,
    ...fields,
  }
}

async function insert(record: CustomerRecord, side: Org = org): Promise<CustomerRecord> {
  assert(await inTransaction(database.db, (tx) => insertCustomer(tx, side.id, record)))
  return record
}

const address = {
  line1: 'Main Street 1',
  line2: 'Back door',
  city: 'Springfield',
  state: 'OR',
  region: null,
  postalCode: '97477',
  country: 'US',
}

test('a customer reads back as they were written, by public id and by own id', async () => {
  const written = await insert(
    customer({
      externalId: 'full',
      fullName: 'Ada Lovelace',
      taxDocument: '12-3456789',
      documentType: 'EIN',
      timezone: 'Europe/London',
      metadata: { engines: [1, 'two', { three: null }] },
      address: { id: newId('addr'), ...address },
    }),
  )
  assert.deepEqual(await resolveCustomer(database.db, org.id, written.id), written)
  assert.deepEqual(await resolveCustomer(database.db, org.id, 'full'), written)
  assert.deepEqual(
    await findCustomersById(database.db, org.id, [written.id, newId('cus')]),
    new Map([[written.id, written]]),
  )
})

test('a customer of another side is as unknown as one who never was', async () => {
  const elsewhere = await insert(customer({ externalId: 'elsewhere' }), otherOrg)
  assert.equal(await resolveCustomer(database.db, org.id, elsewhere.id), undefined)
  assert.equal(await resolveCustomer(database.db, org.id, 'elsewhere'), undefined)
  assert.equal((await findCustomersById(database.db, org.id, [elsewhere.id])).size, 0)
  await inTransaction(database.db, async (tx) => {
    assert.equal(await lockCustomer(tx, org.id, elsewhere.id), undefined)
    assert.equal(await lockCustomer(tx, org.id, 'elsewhere'), undefined)
  })
})

test('two sides can give the same own id', async () => {
  const ours = await insert(customer({ externalId: 'shared' }))
  const theirs = await insert(customer({ externalId: 'shared' }), otherOrg)
  assert.equal((await resolveCustomer(database.db, org.id, 'shared'))?.id, ours.id)
  assert.equal((await resolveCustomer(database.db, otherOrg.id, 'shared'))?.id, theirs.id)
})

test('a second customer with an own id is not written, and neither is their address', async () => {
  await insert(customer({ externalId: 'taken' }))
  const addressId = newId('addr')
  const second = customer({ externalId: 'taken', address: { id: addressId, ...address } })
  assert.equal(await inTransaction(database.db, (tx) => insertCustomer(tx, org.id, second)), false)
  const { rows } = await database.pool.query('select from customer_address where id = $1', [addressId])
  assert.equal(rows.length, 0)
})

test('an own id that somebody else has cannot be taken over', async () => {
  await insert(customer({ externalId: 'first' }))
  const second = await insert(customer({ externalId: 'second' }))
  const takeover = inTransaction(database.db, (tx) => saveCustomer(tx, org.id, { ...second, externalId: 'first' }))
  await assert.rejects(takeover, { code: 'duplicate', param: 'externalId' })
})

test('whoever waits for a customer sees the address as the one before left it', async () => {
  const { id } = await insert(customer({ address: { id: newId('addr'), ...address } }))
  const moved = Promise.withResolvers<void>()
  const goOn = Promise.withResolvers<void>()
  const first = inTransaction(database.db, async (tx) => {
    const held = await lockCustomer(tx, org.id, id)
    assert(held?.address)
    await saveCustomer(tx, org.id, { ...held, address: { ...held.address, city: 'Portland' } })
    moved.resolve()
    await goOn.promise
  })
  await moved.promise
  const second = inTransaction(database.db, (tx) => lockCustomer(tx, org.id, id))
  setTimeout(goOn.resolve, 100)
  await first
  assert.equal((await second)?.address?.city, 'Portland')
})

test('a list is newest first and goes on after its last', async () => {
  const { sandbox } = await newOrganisation(database.db)
  const ids = []
  for (let index = 0; index < 5; index++) ids.push((await insert(customer(), sandbox)).id)
  const page = await listCustomers(database.db, sandbox.id, {}, 3, undefined)
  assert.deepEqual(
    page.map(({ id }) => id),
    [ids[4], ids[3], ids[2]],
  )
  const rest = await listCustomers(database.db, sandbox.id, {}, 3, ids[2])
  assert.deepEqual(
    rest.map(({ id }) => id),
    [ids[1], ids[0]],
  )
})
