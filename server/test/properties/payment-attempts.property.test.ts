import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { finishAction } from '#payments/actions/finish-action.ts'
import { performAttempt } from '#payments/actions/perform-attempt.ts'
import { supersedeAction } from '#payments/actions/supersede-action.ts'
import { sweepAttempts } from '#payments/actions/sweep-attempts.ts'
import { isInFlight } from '#payments/attempt.ts'
import { findInvoiceAttempt } from '#payments/attempts.store.ts'
import { ProviderUnreachable } from '#payments/provider.ts'
import { goodLine } from '#payments/providers/simulated/line.ts'
import { Problem } from '#problem.ts'
import { cards, PaymentBench } from '../support/payment-bench.ts'
import { booksOf, newInvoice, settlementsOf } from '../support/payments.ts'

let bench: PaymentBench
before(async () => {
  bench = await PaymentBench.create()
})
after(() => bench.database.drop())

const fault = fc.constantFrom('none', 'refuseConnection', 'timeoutAfterCharge', 'dropAnswer')
const step = fc.oneof(
  fc.record({
    kind: fc.constant('pay' as const),
    card: fc.constantFrom(cards.good, cards.declined, cards.asks),
    offSession: fc.boolean(),
    fault,
  }),
  fc.record({
    kind: fc.constantFrom('approve' as const, 'fail' as const, 'finish' as const, 'supersede' as const),
    fault,
  }),
  fc.record({ kind: fc.constant('sweep' as const), minutes: fc.constantFrom(0, 5, 90, 3000), fault }),
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

async function take(taken: Step, invoiceId: string): Promise<unknown> {
  const { services, context } = bench
  const spoilLine = () => taken.fault !== 'none' && Object.assign(services.processor.faults, { [taken.fault]: true })
  if (taken.kind === 'pay') {
    const { card, offSession } = taken
    const purpose = offSession ? 'renewal' : 'first_invoice'
    const attempt = await bench.beginCharge(card, { invoiceId, offSession, purpose })
    spoilLine()
    return performAttempt(services, context, attempt)
  }
  spoilLine()
  if (taken.kind === 'sweep') return sweepAttempts(bench.later({ minutes: taken.minutes }), 100)
  const attempt = await findInvoiceAttempt(bench.database.db, context.org.id, invoiceId)
  if (!attempt) return
  if (taken.kind === 'finish') return finishAction(services, context, attempt.id)
  if (taken.kind === 'supersede') return supersedeAction(services, context, attempt)
  if (attempt.actionReference) return bench.answerBank(attempt, taken.kind)
}

// Refusals and lost answers are part of the story; everything else is a bug.
async function takeOrBeRefused(taken: Step, invoiceId: string): Promise<void> {
  try {
    await take(taken, invoiceId)
  } catch (error) {
    if (!(error instanceof Problem || error instanceof ProviderUnreachable)) throw error
  } finally {
    Object.assign(bench.services.processor.faults, goodLine)
  }
}

async function checkTruth(invoiceId: string): Promise<void> {
  const { rows } = await bench.database.pool.query<{ id: string; state: string }>(
    'select id, state from payment_transaction where invoice_id = $1',
    [invoiceId],
  )
  let charged = 0
  for (const attempt of rows) {
    const books = await booksOf(bench.database.db, attempt)
    assert(books.length <= 1, 'one key, one booking')
    assert.equal(attempt.state === 'succeeded', books[0]?.state === 'succeeded', 'the books say the same')
    assert.equal((await settlementsOf(bench.database.db, attempt.id)).length, 1, 'settled once')
    if (books[0]?.state === 'succeeded') charged += 1
  }
  assert(charged <= 1, `charged ${charged} times`)
}

async function endsIn(steps: Step[]): Promise<void> {
  await bench.reset()
  const invoiceId = await newInvoice(bench.database.db, bench.context, bench.customerId)
  for (const each of steps) await takeOrBeRefused(each, invoiceId)
  // The line is good again: everything has to come to rest by itself.
  for (let day = 3; day <= 12; day++) {
    await sweepAttempts(bench.later({ minutes: day * 24 * 60 }), 100)
    const last = await findInvoiceAttempt(bench.database.db, bench.context.org.id, invoiceId)
    if (!last || !isInFlight(last.state)) break
  }
  await checkTruth(invoiceId)
}

test('whatever is tried over whatever line, an invoice is charged at most once and nothing is left open', async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 10 }), endsIn), { numRuns: 80 })
})
