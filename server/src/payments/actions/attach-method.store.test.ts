import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { inTransaction } from '#database/transaction.ts'
import { attachMethod } from '#payments/actions/attach-method.ts'
import type { Attempt } from '#payments/attempt.ts'
import { findDefaultMethod, findMethod } from '#payments/payment-methods.store.ts'
import { cards, PaymentBench } from '../../../test/support/payment-bench.ts'

let bench: PaymentBench
before(async () => {
  bench = await PaymentBench.create()
})
beforeEach(() => bench.reset())
after(() => bench.database.drop())

const attach = (attempt: Attempt) => inTransaction(bench.database.db, (tx) => attachMethod(tx, bench.context, attempt))

test('a settled card becomes the customer’s default and takes the place of the one before', async () => {
  const { db } = bench.database
  const orgId = bench.context.org.id
  const first = await attach(await bench.charge(cards.good))
  assert.deepEqual(await findDefaultMethod(db, orgId, bench.customerId), first)
  const second = await attach(await bench.charge(cards.brazilian))
  const current = await findDefaultMethod(db, orgId, bench.customerId)
  assert.equal(current?.id, second.id)
  assert.equal(current?.country, 'BR')
  assert.equal(current?.provider, 'commet')
  assert.equal((await findMethod(db, orgId, first.id))?.isDefault, false)
})

test('16 cards stored at once leave one default', async () => {
  const attempts = await Promise.all(Array.from({ length: 16 }, () => bench.charge(cards.good)))
  await Promise.all(attempts.map(attach))
  const { rows } = await bench.database.pool.query(
    'select count(*)::int as methods, count(*) filter (where is_default)::int as defaults from payment_method where customer_id = $1',
    [bench.customerId],
  )
  assert.deepEqual(rows, [{ methods: 16, defaults: 1 }])
})

test('a card that was not proven good is not stored', async () => {
  const attempt = await bench.charge(cards.declined)
  await assert.rejects(attach(attempt), /no card that is proven good/)
})
