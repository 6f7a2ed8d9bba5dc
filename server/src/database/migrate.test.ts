import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { type ClonedDatabase, cloneDatabase } from '../../test/support/database.ts'
import { MigrationRefusedError, migrate, migrationsDirectory, readMigrations } from './migrate.ts'

let database: ClonedDatabase
let directory: string
beforeEach(async () => {
  database = await cloneDatabase({ isMigrated: false, max: 8 })
  directory = await mkdtemp(join(tmpdir(), 'halley-migrations-'))
  await write('0001-fruit.sql', "create table fruit (name text primary key); insert into fruit values ('apple');")
  await write('0002-colour.sql', "alter table fruit add colour text not null default 'green';")
})
afterEach(async () => {
  await database.drop()
  await rm(directory, { recursive: true })
})

const write = (file: string, sql: string) => writeFile(join(directory, file), sql)

async function names(): Promise<string[]> {
  const { rows } = await database.pool.query('select name from schema_migration order by version')
  return rows.map(({ name }) => name)
}

test('migrations are applied in order, once', async () => {
  const first = await migrate(database.pool, directory)
  assert.deepEqual(
    first.map(({ name }) => name),
    ['fruit', 'colour'],
  )
  assert.deepEqual(await migrate(database.pool, directory), [])
  assert.deepEqual(await names(), ['fruit', 'colour'])
})

test('five that start at once apply each migration once', async () => {
  const applied = await Promise.all([1, 2, 3, 4, 5].map(() => migrate(database.pool, directory)))
  assert.deepEqual(applied.map(({ length }) => length).sort(), [0, 0, 0, 0, 2])
})

test('a migration that fails leaves nothing of itself behind and is applied when it is repaired', async () => {
  await write('0003-broken.sql', 'create table basket (id int); select 1 / 0;')
  await assert.rejects(() => migrate(database.pool, directory), /division by zero/)
  assert.deepEqual(await names(), ['fruit', 'colour'])
  const { rows } = await database.pool.query("select to_regclass('basket') as basket")
  assert.equal(rows[0].basket, null)

  await write('0003-broken.sql', 'create table basket (id int);')
  assert.equal((await migrate(database.pool, directory)).length, 1)
})

test('a process that dies in a migration leaves it to the next one', async () => {
  await write('0003-slow.sql', 'create table slow (id int); select pg_sleep(10);')
  const dying = migrate(database.pool, directory)
  const rejection = assert.rejects(dying)
  await endTheSleeper()
  await rejection
  await write('0003-slow.sql', 'create table slow (id int);')
  assert.equal((await migrate(database.pool, directory)).length, 1)
})

async function endTheSleeper(): Promise<void> {
  for (let ended: number | null = 0; !ended; ) {
    const { rowCount } = await database.pool.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'",
    )
    ended = rowCount
  }
}

test('a database of a newer Halley is refused and left alone', async () => {
  await migrate(database.pool, directory)
  await rm(join(directory, '0002-colour.sql'))
  await assert.rejects(() => migrate(database.pool, directory), MigrationRefusedError)
})

test('a migration changed after it was applied is refused', async () => {
  await migrate(database.pool, directory)
  await write('0001-fruit.sql', 'create table fruit (name text);')
  await assert.rejects(() => migrate(database.pool, directory), /Migration 1 \(fruit\) was changed/)
})

test('line ends of another system are not a change', async () => {
  await write('0001-fruit.sql', 'create table fruit (\n  name text\n);')
  await migrate(database.pool, directory)
  await write('0001-fruit.sql', 'create table fruit (\r\n  name text\r\n);')
  assert.deepEqual(await migrate(database.pool, directory), [])
})

test('a gap in the numbers is an error', async () => {
  await write('0004-late.sql', 'select 1;')
  await assert.rejects(() => readMigrations(directory), /should have number 3/)
})

test("Halley's own migrations apply to an empty database and then have nothing left to do", async () => {
  assert.notEqual((await migrate(database.pool, migrationsDirectory)).length, 0)
  assert.deepEqual(await migrate(database.pool, migrationsDirectory), [])
})
