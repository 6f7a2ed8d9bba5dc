import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { sql } from 'kysely'
import { ensurePartitions, purgeRequestKeys } from '#metering/partitions.ts'
import { cloneDatabase } from '../../test/support/database.ts'
import { newMeteredCustomers } from '../../test/support/metering.ts'
import { newOrganisation } from '../../test/support/organisations.ts'

const database = await cloneDatabase({ max: 8 })
const { db } = database
after(() => database.drop())

const now = Temporal.Instant.from('2026-11-16T12:00:00Z')

async function partitions(): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select inhrelid::regclass::text as name from pg_inherits where inhparent = 'usage_event'::regclass order by 1`.execute(
    db,
  )
  return rows.map(({ name }) => name)
}

async function insertEvent(orgId: string, recordedAt: string): Promise<void> {
  await db
    .insertInto('usage_event')
    .values({
      org_id: orgId,
      id: `evt_${recordedAt}`,
      recorded_at: Temporal.Instant.from(recordedAt),
      subscription_id: 'sub_1',
      customer_id: 'cus_1',
      feature_id: 'ftr_1',
      window_number: 1,
      quantity: '1',
      ts: now,
      created_at: now,
    })
    .execute()
}

test('this month and the next three have partitions, made once however many ask at once', async () => {
  await Promise.all(Array.from({ length: 8 }, () => ensurePartitions(db, now)))
  await ensurePartitions(db, now)
  assert.deepEqual(await partitions(), [
    'usage_event_2026_11',
    'usage_event_2026_12',
    'usage_event_2027_01',
    'usage_event_2027_02',
    'usage_event_default',
  ])
})

test('events lie in the partition of their month, the first moment and the last', async () => {
  await insertEvent('org_1', '2026-12-01T00:00:00Z')
  await insertEvent('org_1', '2026-12-31T23:59:59.999Z')
  const { rows } = await sql`select from usage_event_2026_12`.execute(db)
  assert.equal(rows.length, 2)
})

test('events that had no partition move into it when it is made', async () => {
  await insertEvent('org_1', '2027-05-10T00:00:00Z')
  await ensurePartitions(db, Temporal.Instant.from('2027-04-01T00:00:00Z'))
  const { rows } = await sql<{ name: string }>`
    select tableoid::regclass::text as name from usage_event where id = 'evt_2027-05-10T00:00:00Z'`.execute(db)
  assert.deepEqual(rows, [{ name: 'usage_event_2027_05' }])
})

test('keys of requests are forgotten after 24 hours, keys of events never', async () => {
  const { sandbox: org } = await newOrganisation(db)
  await newMeteredCustomers(db, org)
  const keys = [
    { kind: 'request', key: 'old', recorded_at: '2026-11-15T11:59:59Z' },
    { kind: 'request', key: 'young', recorded_at: '2026-11-15T12:00:01Z' },
    { kind: 'body', key: 'old', recorded_at: '2026-01-01T00:00:00Z' },
  ] as const
  for (const { recorded_at, ...key } of keys) {
    const recordedAt = Temporal.Instant.from(recorded_at)
    await db
      .insertInto('usage_event_key')
      .values({ org_id: org.id, event_id: 'evt_1', recorded_at: recordedAt, ...key })
      .execute()
  }
  assert.equal(await purgeRequestKeys(db, now), 1)
  const left = await db.selectFrom('usage_event_key').select(['kind', 'key']).orderBy('kind').execute()
  assert.deepEqual(left, [
    { kind: 'body', key: 'old' },
    { kind: 'request', key: 'young' },
  ])
})
