import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { sql } from 'kysely'
import { type ClonedDatabase, cloneDatabase } from '../../test/support/database.ts'

let database: ClonedDatabase
before(async () => {
  database = await cloneDatabase({ isMigrated: false, max: 2 })
})
after(() => database.drop())

async function readBack(expression: string, value?: unknown): Promise<unknown> {
  const { rows } = await database.pool.query(`select ${expression} as value`, value === undefined ? [] : [value])
  return rows[0].value
}

test('an int8 is a bigint in both directions, to the last digit', async () => {
  assert.equal(await readBack('$1::int8', 9_223_372_036_854_775_807n), 9_223_372_036_854_775_807n)
  assert.deepEqual(await readBack('$1::int8[]', [1n, null, -2n]), [1n, null, -2n])
})

test('a numeric is text and loses no digit', async () => {
  assert.equal(await readBack("'0.100000000000000000001'::numeric"), '0.100000000000000000001')
  assert.deepEqual(await readBack("'{1.10,2.0}'::numeric[]"), ['1.10', '2.0'])
})

test('a date is a PlainDate in both directions', async () => {
  const day = Temporal.PlainDate.from('2028-02-29')
  const value = await readBack('$1::date', day)
  assert(value instanceof Temporal.PlainDate)
  assert.equal(value.toString(), '2028-02-29')
  assert.deepEqual(String(await readBack('$1::date[]', [day, day])), '2028-02-29,2028-02-29')
})

test('a timestamptz is an Instant in both directions, with microseconds', async () => {
  const value = await readBack('$1::timestamptz', Temporal.Instant.from('2026-07-11T10:00:00.123456Z'))
  assert(value instanceof Temporal.Instant)
  assert.equal(value.toString(), '2026-07-11T10:00:00.123456Z')
})

test('an Instant is cut to microseconds and never stored later than it was', async () => {
  const value = await readBack('$1::timestamptz', Temporal.Instant.from('2026-12-31T23:59:59.999999999Z'))
  assert.equal(String(value), '2026-12-31T23:59:59.999999Z')
})

test('Kysely reads and writes the same types as the pool', async () => {
  const day = Temporal.PlainDate.from('2026-01-31')
  const { rows } = await sql<{ day: Temporal.PlainDate; amount: bigint }>`
    select ${day}::date as day, ${12_345n}::int8 as amount`.execute(database.db)
  assert.equal(rows[0]?.day.toString(), '2026-01-31')
  assert.equal(rows[0]?.amount, 12_345n)
})

test('parameters of a query object are converted and the object is left alone', async () => {
  const query = { text: 'select $1::date as value', values: [Temporal.PlainDate.from('2026-01-31')] }
  const { rows } = await database.pool.query(query)
  assert.equal(rows[0].value.toString(), '2026-01-31')
  assert(query.values[0] instanceof Temporal.PlainDate)
})

test('every session is in UTC and ends statements that take too long', async () => {
  assert.equal(await readBack("current_setting('TimeZone')"), 'UTC')
  assert.equal(await readBack("current_setting('statement_timeout')"), '30s')
  assert.equal(await readBack("current_setting('idle_in_transaction_session_timeout')"), '1min')
})

test('a session ended by the server is replaced without anybody noticing', async () => {
  const [ended, other] = await Promise.all([database.pool.connect(), database.pool.connect()])
  const { rows } = await ended.query('select pg_backend_pid() as pid')
  ended.release()
  await other.query('select pg_terminate_backend($1, 1000)', [rows[0].pid])
  other.release()
  assert.equal(await readBack('1 + 1'), 2)
  assert.equal(await readBack('1 + 1'), 2)
})

test('a session ended in the middle of its query fails that query and nothing else', async () => {
  await assert.rejects(() => database.pool.query('select pg_terminate_backend(pg_backend_pid())'), { code: '57P01' })
  assert.equal(await readBack('1 + 1'), 2)
})
