import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import type { Db } from '#database/transaction.ts'
import { inTransaction } from '#database/transaction.ts'
import { beginAttempt } from '#payments/actions/begin-attempt.ts'
import { finishAction } from '#payments/actions/finish-action.ts'
import { performAttempt } from '#payments/actions/perform-attempt.ts'
import { supersedeAction } from '#payments/actions/supersede-action.ts'
import { sweepAttempts } from '#payments/actions/sweep-attempts.ts'
import type { Attempt } from '#payments/attempt.ts'
import { cards, PaymentBench } from '../support/payment-bench.ts'
import { booksOf, chargeOf, newInvoice, paymentServices, settlementsOf, vaultCard } from '../support/payments.ts'
import { cutAtStatement, cutSessionsEnded, PowerCut } from '../support/power-cut.ts'

let bench: PaymentBench
before(async () => {
  bench = await PaymentBench.create()
})
beforeEach(() => bench.reset())
after(() => bench.database.drop())

type Trial = { readonly invoiceId: string; readonly token: string }

/** A way to pay an invoice, on a database that may break at any statement. */
type Story = (db: Db, trial: Trial) => Promise<unknown>

function begin(db: Db, { invoiceId, token }: Trial, offSession: boolean): Promise<Attempt> {
  const purpose = offSession ? 'renewal' : 'first_invoice'
  const input = { ...chargeOf(bench.customerId, invoiceId, token), offSession, purpose } as const
  return inTransaction(db, (tx) => beginAttempt(tx, bench.context, input))
}

const renew: Story = async (db, trial) =>
  performAttempt(paymentServices(db), bench.context, await begin(db, trial, true))

const checkOut: Story = async (db, trial) =>
  performAttempt(paymentServices(db), bench.context, await begin(db, trial, false))

const authenticate: Story = async (db, trial) => {
  const services = paymentServices(db)
  const attempt = await performAttempt(services, bench.context, await begin(db, trial, false))
  await services.processor.completeAction(attempt.actionReference ?? '', 'approve')
  await finishAction(services, bench.context, attempt.id)
}

const changeCard: Story = async (db, trial) => {
  const services = paymentServices(db)
  const attempt = await performAttempt(services, bench.context, await begin(db, trial, false))
  await supersedeAction(services, bench.context, attempt)
  const token = await vaultCard(services.processor, cards.good)
  await performAttempt(services, bench.context, await begin(db, { ...trial, token }, false))
}

async function attemptsOf(invoiceId: string): Promise<{ id: string; state: string }[]> {
  const { rows } = await bench.database.pool.query<{ id: string; state: string }>(
    'select id, state from payment_transaction where invoice_id = $1 order by id',
    [invoiceId],
  )
  return rows
}

/** What may never be otherwise, whatever was cut where: checked once everything has come to rest. */
async function checkTruth(invoiceId: string, where: string): Promise<number> {
  let charged = 0
  for (const { id, state } of await attemptsOf(invoiceId)) {
    const books = (await booksOf(bench.database.db, { id })).map((booked) => booked.state)
    const settlements = await settlementsOf(bench.database.db, id)
    assert(books.length <= 1, `${where}: a key was booked twice`)
    assert(state === 'succeeded' || state === 'failed', `${where}: ${state} is no end`)
    assert.equal(books[0] === 'succeeded', state === 'succeeded', `${where}: ${state}, but booked as ${books[0]}`)
    assert.equal(settlements.length, 1, `${where}: settled ${settlements.length} times`)
    if (books[0] === 'succeeded') charged += 1
  }
  assert(charged <= 1, `${where}: charged ${charged} times`)
  return charged
}

/** Tells the story again and again, each time cut one statement later, until it ends uncut; gives the number of cuts. */
async function cutEverywhere(story: Story, number: string, side: 'before' | 'after'): Promise<number> {
  for (let n = 1; ; n++) {
    const invoiceId = await newInvoice(bench.database.db, bench.context, bench.customerId)
    const trial = { invoiceId, token: await vaultCard(bench.services.processor, number) }
    const database = cutAtStatement(bench.database.url, n, side)
    const where = `cut ${side} statement ${n}`
    try {
      await story(database.db, trial)
    } catch (error) {
      assert(error instanceof PowerCut || database.isCut(), `${where}: ${error}`)
    } finally {
      await database.close()
    }
    await cutSessionsEnded(bench.database.pool)
    for (const minutes of [5, 60, 60 * 24 * 5, 60 * 24 * 10, 60 * 24 * 15]) await sweepUntilQuiet(minutes)
    await checkTruth(invoiceId, where)
    await payWhatIsOpen(invoiceId)
    assert.equal(await checkTruth(invoiceId, `${where}, paid again`), 1, `${where}: the invoice is paid in the end`)
    if (!database.isCut()) return n - 1
  }
}

// An unfinished authentication needs its many looks before it is given up.
async function sweepUntilQuiet(minutes: number): Promise<void> {
  const { looked, troubled } = await sweepAttempts(bench.later({ minutes }), 10)
  assert.deepEqual(troubled, [])
  if (looked > 0) await sweepUntilQuiet(minutes + 60 * 25)
}

async function payWhatIsOpen(invoiceId: string): Promise<void> {
  const isPaid = (await attemptsOf(invoiceId)).some(({ state }) => state === 'succeeded')
  if (!isPaid) await bench.charge(cards.good, { invoiceId })
}

const stories = { renew, checkOut, authenticate, changeCard }
const told: [keyof typeof stories, string][] = [
  ['renew', cards.good],
  ['renew', cards.declined],
  ['checkOut', cards.good],
  ['authenticate', cards.asks],
  ['changeCard', cards.asks],
]

for (const [name, number] of told) {
  for (const side of ['before', 'after'] as const) {
    test(`${name} with ${number}, cut ${side} every single statement: never charged twice, nothing lost`, async () => {
      const cuts = await cutEverywhere(stories[name], number, side)
      assert(cuts >= 10, `only ${cuts} statements were seen`)
    })
  }
}
