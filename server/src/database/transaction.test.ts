import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { sql } from 'kysely'
import { type ClonedDatabase, cloneDatabase } from '../../test/support/database.ts'
import { TransactionEndedError } from './guarded-driver.ts'
import { inTransaction, NestedTransactionError, type Tx } from './transaction.ts'

let database: ClonedDatabase
before(async () => {
  database = await cloneDatabase({ isMigrated: false, max: 4 })
  await database.pool.query('create table account (id int primary key, amount int not null check (amount >= 0))')
})
beforeEach(() => database.pool.query('truncate account; insert into account values (1, 100), (2, 100)'))
after(() => database.drop())

const add = (tx: Tx, id: number, amount: number) =>
  sql`update account set amount = amount + ${amount} where id = ${id}`.execute(tx)

async function amounts(): Promise<number[]> {
  const { rows } = await database.pool.query<{ amount: number }>('select amount from account order by id')
  return rows.map(({ amount }) => amount)
}

test('the work is committed when it returns, and its value is the answer', async () => {
  const answer = await inTransaction(database.db, async (tx) => {
    await add(tx, 1, -30)
    await add(tx, 2, 30)
    return 'moved'
  })
  assert.equal(answer, 'moved')
  assert.deepEqual(await amounts(), [70, 130])
})

test('an error undoes everything and reaches the caller', async () => {
  const work = inTransaction(database.db, async (tx) => {
    await add(tx, 1, -30)
    throw new Error('changed my mind')
  })
  await assert.rejects(work, /changed my mind/)
  assert.deepEqual(await amounts(), [100, 100])
})

test('an error of a statement that was caught and forgotten still does not commit the rest', async () => {
  const work = inTransaction(database.db, async (tx) => {
    await add(tx, 1, -30)
    await add(tx, 2, -500).catch(() => undefined)
  })
  await assert.rejects(work, /abort|roll/i)
  assert.deepEqual(await amounts(), [100, 100])
})

test('a transaction inside a transaction is refused', async () => {
  const nested = inTransaction(database.db, () => inTransaction(database.db, async () => 'never'))
  await assert.rejects(nested, NestedTransactionError)
})

test('work that was started inside a transaction may begin its own once that one has ended', async () => {
  const { promise: ended, resolve: end } = Promise.withResolvers<void>()
  let later: Promise<string> | undefined
  await inTransaction(database.db, async () => {
    later = ended.then(() => inTransaction(database.db, async () => 'done'))
  })
  end()
  assert.equal(await later, 'done')
})

test('a query on a transaction that has ended is refused', async () => {
  let kept: Tx | undefined
  await inTransaction(database.db, async (tx) => {
    kept = tx
  })
  assert(kept)
  const forgotten = kept
  await assert.rejects(() => add(forgotten, 1, -30), /already/)
  assert.deepEqual(await amounts(), [100, 100])
})

test('a query sent while the transaction is being committed is refused, not run outside of it', async () => {
  let forgotten: Promise<unknown> | undefined
  await inTransaction(database.db, async (tx) => {
    await add(tx, 2, 1)
    // Sent after the commit and before its answer.
    forgotten = new Promise((resolve) => setImmediate(resolve)).then(() => add(tx, 1, -30))
    forgotten.catch(() => undefined)
  })
  await assert.rejects(forgotten ?? Promise.resolve(), TransactionEndedError)
  assert.deepEqual(await amounts(), [100, 101])
})

test('two that deadlock both succeed, the loser by running again from the start', async () => {
  let retries = 0
  const transfer = (from: number, to: number) =>
    inTransaction(
      database.db,
      async (tx) => {
        await add(tx, from, -10)
        await sql`select pg_sleep(0.05)`.execute(tx)
        await add(tx, to, 10)
      },
      { onRetry: () => (retries += 1) },
    )
  await Promise.all([transfer(1, 2), transfer(2, 1)])
  assert.equal(retries, 1)
  assert.deepEqual(await amounts(), [100, 100])
})

test('a serialisation failure runs the whole work again', async () => {
  const both = Promise.withResolvers<void>()
  let readers = 0
  const withdrawAll = (id: number) =>
    inTransaction(
      database.db,
      async (tx) => {
        const { rows } = await sql<{ sum: bigint }>`select sum(amount) as sum from account`.execute(tx)
        readers += 1
        if (readers === 2) both.resolve()
        await both.promise
        if (Number(rows[0]?.sum) >= 150) await add(tx, id, -100)
      },
      { isolation: 'serializable' },
    )
  await Promise.all([withdrawAll(1), withdrawAll(2)])
  const left = (await amounts()).reduce((sum, amount) => sum + amount, 0)
  assert.equal(left, 100)
  assert.equal(readers, 3)
})

test('a work that always fails to serialise is given up after the allowed attempts', async () => {
  let runs = 0
  const failing = inTransaction(
    database.db,
    async () => {
      runs += 1
      throw Object.assign(new Error('could not serialize access'), { code: '40001' })
    },
    { attempts: 3 },
  )
  await assert.rejects(failing, /could not serialize/)
  assert.equal(runs, 3)
})

test('a connection lost in the middle is reported as such and not retried', async () => {
  let runs = 0
  const lost = inTransaction(database.db, async (tx) => {
    runs += 1
    await add(tx, 1, -30)
    await sql`select pg_terminate_backend(pg_backend_pid())`.execute(tx)
  })
  await assert.rejects(lost, { code: '57P01' })
  assert.equal(runs, 1)
  assert.deepEqual(await amounts(), [100, 100])
})

test('a read-only transaction cannot write', async () => {
  await assert.rejects(() => inTransaction(database.db, (tx) => add(tx, 1, 1), { readOnly: true }), { code: '25006' })
})
