import { type Route, route } from '#http/operation.ts'
import { refundTransaction } from '#payments/actions/refund-transaction.ts'
import { listCharges } from '#payments/attempt-lists.store.ts'
import { findAttempt } from '#payments/attempts.store.ts'
import type { PaymentServices } from '#payments/services.ts'
import { statesOf } from '#payments/transaction-status.ts'
import {
  getTransactionOperation,
  listTransactionsOperation,
  refundTransactionOperation,
} from '#payments/transactions.contract.ts'
import { toApiTransaction } from '#payments/transactions.view.ts'
import { Problem } from '#problem.ts'

const list = route(listTransactionsOperation, async (db, { org }, { query }) => {
  const { status, customerEmail, limit, cursor } = query
  const filter = { states: status && statesOf(status), customerEmail }
  const charges = await listCharges(db, org.id, filter, limit + 1, cursor)
  const page = charges.slice(0, limit)
  return {
    items: page.map((charge) => toApiTransaction(charge, org.livemode)),
    next: charges.length > limit ? (page.at(-1)?.id ?? null) : null,
  }
})

const get = route(getTransactionOperation, async (db, { org }, { params }) => {
  const attempt = await findAttempt(db, org.id, params.id)
  // Only charges are transactions: a set-up moves no money.
  if (attempt?.kind !== 'charge') throw new Problem('transaction_not_found', `There is no transaction ${params.id}.`)
  return toApiTransaction(attempt, org.livemode)
})

const refund = (services: PaymentServices) =>
  route(refundTransactionOperation, async (_db, context, { params }) => {
    await refundTransaction(services, context, params.id)
    const { livemode } = context.org
    return { id: params.id, status: 'refunded' as const, object: 'transaction' as const, livemode }
  })

export const transactionRoutes = (services: PaymentServices): Route[] => [list, get, refund(services)]
