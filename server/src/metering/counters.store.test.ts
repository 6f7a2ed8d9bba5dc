import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { closeCounters, moveEpoch, openCounters } from '#metering/counters.store.ts'
import { cloneDatabase } from '../../test/support/database.ts'
import { newMeteredCustomers } from '../../test/support/metering.ts'
import { newOrganisation } from '../../test/support/organisations.ts'

const database = await cloneDatabase()
const { db } = database
after(() => database.drop())

async function newSubscription() {
  const { sandbox: org } = await newOrganisation(db)
  const { featureId, customers } = await newMeteredCustomers(db, org)
  const [customer] = customers
  assert(customer)
  return { orgId: org.id, featureId, subscriptionId: customer.subscriptionId }
}

async function counters(orgId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('usage_counter')
    .selectAll()
    .where('org_id', '=', orgId)
    .orderBy('window_number')
    .execute()
  return rows.map((row) => `${row.window_number}: ${row.total} at ${row.epoch}${row.closed ? ' closed' : ''}`)
}

test('opening twice changes nothing but the epoch', async () => {
  const { orgId, featureId, subscriptionId } = await newSubscription()
  await db.updateTable('usage_counter').set({ total: '7.5' }).where('org_id', '=', orgId).execute()
  await db
    .transaction()
    .execute((tx) =>
      openCounters(tx, orgId, { subscriptionId, windowNumber: 1, epoch: 5n, featureIds: [featureId, featureId] }),
    )
  assert.deepEqual(await counters(orgId), ['1: 7.500000 at 5'])
})

test('closing tells what each counter holds and leaves the others alone', async () => {
  const { orgId, featureId, subscriptionId } = await newSubscription()
  await db.updateTable('usage_counter').set({ total: '7.5', events: 3n }).where('org_id', '=', orgId).execute()
  await db
    .transaction()
    .execute((tx) => openCounters(tx, orgId, { subscriptionId, windowNumber: 2, epoch: 2n, featureIds: [featureId] }))
  const closed = await db.transaction().execute((tx) => closeCounters(tx, orgId, subscriptionId, 1))
  assert.deepEqual([...closed], [[featureId, { total: 7_500_000n, events: 3n }]])
  assert.deepEqual(await counters(orgId), ['1: 7.500000 at 2 closed', '2: 0.000000 at 2'])
})

test('closing waits for a writer and tells the sum with what it wrote', async () => {
  const { orgId, featureId, subscriptionId } = await newSubscription()
  let closing: ReturnType<typeof closeCounters> | undefined
  await db.transaction().execute(async (tx) => {
    await tx.updateTable('usage_counter').set({ total: '4', events: 1n }).where('org_id', '=', orgId).execute()
    closing = db.transaction().execute((other) => closeCounters(other, orgId, subscriptionId, 1))
    await new Promise((resolve) => setTimeout(resolve, 50))
  })
  assert.deepEqual((await closing)?.get(featureId), { total: 4_000_000n, events: 1n })
  assert.deepEqual(await counters(orgId), ['1: 4.000000 at 1 closed'])
})

test('a new epoch reaches the open counters of every window, closed ones keep theirs', async () => {
  const { orgId, featureId, subscriptionId } = await newSubscription()
  await db.transaction().execute(async (tx) => {
    await closeCounters(tx, orgId, subscriptionId, 1)
    for (const windowNumber of [2, 3])
      await openCounters(tx, orgId, { subscriptionId, windowNumber, epoch: 2n, featureIds: [featureId] })
    await moveEpoch(tx, orgId, subscriptionId, 9n)
  })
  assert.deepEqual(await counters(orgId), ['1: 0.000000 at 1 closed', '2: 0.000000 at 9', '3: 0.000000 at 9'])
})

test('a window that was billed is never opened again', async () => {
  const { orgId, featureId, subscriptionId } = await newSubscription()
  await db.transaction().execute((tx) => closeCounters(tx, orgId, subscriptionId, 1))
  const reopening = db
    .transaction()
    .execute((tx) => openCounters(tx, orgId, { subscriptionId, windowNumber: 1, epoch: 2n, featureIds: [featureId] }))
  await assert.rejects(reopening, /is billed and stays closed/)
})
