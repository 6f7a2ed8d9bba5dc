import assert from 'node:assert/strict'
import type { CustomerRecord } from '#customers/customer.ts'
import { findCustomersById } from '#customers/customers.store.ts'
import type { Tx } from '#database/transaction.ts'
import { waitingLines } from '#invoicing/carried-lines.store.ts'
import type { DraftLine } from '#invoicing/invoice-draft.ts'
import type { PaymentMethod } from '#payments/payment-method.ts'
import { findDefaultMethods } from '#payments/payment-methods.store.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'

/** A locked subscription with what its bill needs beside its windows. */
export type Due = {
  readonly subscription: SubscriptionRecord
  readonly customer: CustomerRecord
  /** What is charged, when something is owed. */
  readonly method: PaymentMethod | undefined
  /** Lines that were too small to charge before. */
  readonly waiting: readonly DraftLine[]
}

/** Reads all of it for several subscriptions at once. */
export async function gatherDue(tx: Tx, orgId: string, subscriptions: readonly SubscriptionRecord[]): Promise<Due[]> {
  if (subscriptions.length === 0) return []
  const customerIds = subscriptions.map(({ customerId }) => customerId)
  const customers = await findCustomersById(tx, orgId, customerIds)
  const methods = await findDefaultMethods(tx, orgId, customerIds)
  const waiting = await waitingLines(
    tx,
    orgId,
    subscriptions.map(({ id }) => id),
  )
  return subscriptions.map((subscription) => {
    const customer = customers.get(subscription.customerId)
    assert(customer, `customer ${subscription.customerId} exists`)
    const method = methods.get(subscription.customerId)
    return { subscription, customer, method, waiting: waiting.get(subscription.id) ?? [] }
  })
}
