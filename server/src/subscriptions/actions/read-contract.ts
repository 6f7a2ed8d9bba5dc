import assert from 'node:assert/strict'
import type { CustomerRecord } from '#customers/customer.ts'
import { findCustomersById } from '#customers/customers.store.ts'
import type { Db } from '#database/transaction.ts'
import { findConclusions } from '#hosted/checkouts.store.ts'
import { linesOf } from '#invoicing/invoice-lines.store.ts'
import { findInvoice, findInvoicesOfSubscription, type InvoiceRecord } from '#invoicing/invoices.store.ts'
import type { Attempt } from '#payments/attempt.ts'
import { findPaidCharges } from '#payments/attempt-lists.store.ts'
import { findSubscription, type SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'
import { type Contract, isPurchase } from '#subscriptions/withdrawal.ts'
import { findWithdrawal, type WithdrawalRecord } from '#subscriptions/withdrawals.store.ts'

/** A contract that somebody may want to withdraw from, with everything that was paid for it. */
export type ContractFacts = {
  /** `sub_…`, or `inv_…` of what was bought beside it. */
  readonly id: string
  readonly kind: 'subscription' | 'purchase'
  readonly name: string
  readonly contract: Contract
  /** How many times it has been concluded: each is a contract of its own, also at one moment of a test clock. */
  readonly conclusion: number
  readonly subscription: SubscriptionRecord
  readonly customer: CustomerRecord
  /** Invoices that were paid since, and the charges that did so, also those that went back or are disputed. */
  readonly invoices: readonly InvoiceRecord[]
  readonly charges: readonly Attempt[]
  readonly withdrawal: WithdrawalRecord | null
}

/** A contract by its id, as it was concluded last. Undefined when nothing was ever agreed to under it. */
export function readContract(db: Db, orgId: string, contractId: string): Promise<ContractFacts | undefined> {
  return contractId.startsWith('inv_') ? readPurchase(db, orgId, contractId) : readAgreement(db, orgId, contractId)
}

async function readAgreement(db: Db, orgId: string, id: string): Promise<ContractFacts | undefined> {
  const subscription = await findSubscription(db, orgId, id)
  if (!subscription) return undefined
  const paid = await findInvoicesOfSubscription(db, orgId, id, 'paid')
  const conclusions = [
    ...(await findConclusions(db, orgId, id)),
    ...paid.filter(({ type }) => type === 'reactivation').map(({ paidAt }) => paidAt),
  ]
  const concludedAt = latest(conclusions)
  if (!concludedAt) return undefined
  const invoices = paid.filter((invoice) => belongs(invoice, concludedAt))
  const ids = new Set(invoices.map((invoice) => invoice.id))
  const charges = await findPaidCharges(db, orgId, id)
  return gather(db, orgId, {
    id,
    kind: 'subscription',
    name: subscription.name,
    concludedAt,
    conclusion: conclusions.length,
    subscription,
    invoices,
    charges: charges.filter(({ invoiceId }) => invoiceId !== null && ids.has(invoiceId)),
  })
}

async function readPurchase(db: Db, orgId: string, id: string): Promise<ContractFacts | undefined> {
  const invoice = await findInvoice(db, orgId, id)
  if (!invoice?.subscriptionId || !isPurchase(invoice.type) || invoice.paidAt === null) return undefined
  const subscription = await findSubscription(db, orgId, invoice.subscriptionId)
  assert(subscription, `invoice ${id} is of a subscription`)
  const [line] = (await linesOf(db, orgId, [id])).get(id) ?? []
  const charges = await findPaidCharges(db, orgId, subscription.id)
  return gather(db, orgId, {
    id,
    kind: 'purchase',
    name: line?.description ?? invoice.number,
    concludedAt: invoice.paidAt,
    conclusion: 1,
    subscription,
    invoices: [invoice],
    charges: charges.filter(({ invoiceId }) => invoiceId === id),
  })
}

type Found = Omit<ContractFacts, 'customer' | 'contract' | 'withdrawal'> & { readonly concludedAt: Temporal.Instant }

async function gather(db: Db, orgId: string, { concludedAt, ...found }: Found): Promise<ContractFacts> {
  const { customerId } = found.subscription
  const customer = (await findCustomersById(db, orgId, [customerId])).get(customerId)
  assert(customer, `subscription ${found.subscription.id} has its customer`)
  // Who they were when they paid. Without an invoice (a trial) nothing keeps that: they are who they are now (0032).
  const buyer = found.invoices.find((invoice) => invoice.buyer !== null)?.buyer as Buyer | null | undefined
  const { address, taxDocument } = buyer ?? customer
  return {
    ...found,
    customer,
    contract: { concludedAt, country: address?.country ?? null, taxDocument },
    withdrawal: (await findWithdrawal(db, orgId, found.id, found.conclusion)) ?? null,
  }
}

type Buyer = Pick<CustomerRecord, 'address' | 'taxDocument'>

// What was owed from before and paid later is no part of it, nor is what the seller charged for by itself.
function belongs({ type, paidAt, issuedAt, cause }: InvoiceRecord, concludedAt: Temporal.Instant): boolean {
  if (type === 'one_time_payment' || type === 'adjustment' || paidAt === null) return false
  const begins = type === 'reactivation' || cause === 'first' || cause === 'plan_change'
  const isOwedSince = begins || Temporal.Instant.compare(issuedAt, concludedAt) >= 0
  return isOwedSince && Temporal.Instant.compare(paidAt, concludedAt) >= 0
}

function latest(moments: readonly (Temporal.Instant | null | undefined)[]): Temporal.Instant | undefined {
  const known = moments.filter((moment) => moment != null)
  return known.sort(Temporal.Instant.compare).at(-1)
}
