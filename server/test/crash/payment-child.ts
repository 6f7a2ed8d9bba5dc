import assert from 'node:assert/strict'
import { openDatabase } from '#database/connect.ts'
import { inTransaction } from '#database/transaction.ts'
import { findOrg } from '#organisations/sides.store.ts'
import { beginAttempt } from '#payments/actions/begin-attempt.ts'
import { finishAction } from '#payments/actions/finish-action.ts'
import { performAttempt } from '#payments/actions/perform-attempt.ts'
import { supersedeAction } from '#payments/actions/supersede-action.ts'
import { sweepAttempts } from '#payments/actions/sweep-attempts.ts'
import { findAttempt } from '#payments/attempts.store.ts'
import type { CrashPoint, PaymentServices } from '#payments/services.ts'
import { machineNow } from '#time/clock.ts'
import { contextAt, noon } from '../support/organisations.ts'
import { chargeOf, paymentServices } from '../support/payments.ts'
import { cutName } from '../support/power-cut.ts'

/** What the child does before it is stopped at `crashAt`; 'settlement' is in the middle of the settling transaction. */
export type Order = {
  readonly url: string
  readonly orgId: string
  readonly crashAt: CrashPoint | 'settlement'
  readonly work:
    | {
        readonly kind: 'pay'
        readonly customerId: string
        readonly invoiceId: string
        readonly token: string
        readonly offSession: boolean
      }
    | { readonly kind: 'finish' | 'supersede' | 'sweep'; readonly attemptId: string }
}

const order: Order = JSON.parse(process.argv[2] ?? '{}')
const { db } = openDatabase(order.url, { max: 4, applicationName: cutName })
await work(servicesThatCrash(), order)

function die(): void {
  process.kill(process.pid, 'SIGKILL')
}

function servicesThatCrash(): PaymentServices {
  const services = paymentServices(db)
  const { succeeded, failed } = services.settlements.first_invoice
  const dying: typeof succeeded = async (tx, context, attempt, subscription) => {
    await (attempt.state === 'succeeded' ? succeeded : failed)(tx, context, attempt, subscription)
    if (order.crashAt === 'settlement') die()
  }
  const settlement = { succeeded: dying, failed: dying }
  return {
    ...services,
    settlements: { ...services.settlements, first_invoice: settlement, renewal: settlement },
    machineNow: () => (order.work.kind === 'sweep' ? machineNow().add({ minutes: 5 }) : machineNow()),
    crashPoint: (name) => (name === order.crashAt ? die() : undefined),
  }
}

async function work(services: PaymentServices, { orgId, work }: Order): Promise<void> {
  const org = await findOrg(db, orgId)
  assert(org)
  const context = contextAt(org, noon)
  if (work.kind === 'pay') {
    const { customerId, invoiceId, token, offSession } = work
    const input = {
      ...chargeOf(customerId, invoiceId, token),
      offSession,
      purpose: offSession ? 'renewal' : 'first_invoice',
    } as const
    const attempt = await inTransaction(db, (tx) => beginAttempt(tx, context, input))
    await performAttempt(services, context, attempt)
    return
  }
  const attempt = await findAttempt(db, orgId, work.attemptId)
  assert(attempt)
  if (work.kind === 'finish') await finishAction(services, context, attempt.id)
  if (work.kind === 'supersede') await supersedeAction(services, context, attempt)
  if (work.kind === 'sweep') await sweepAttempts(services, 10)
}
