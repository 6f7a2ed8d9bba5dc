import assert from 'node:assert/strict'
import { findPlansById } from '#catalogue/plans.store.ts'
import { publicCustomerId } from '#customers/customer.ts'
import { findCustomersById } from '#customers/customers.store.ts'
import type { Db } from '#database/transaction.ts'
import { findCheckoutOfInvoice } from '#hosted/checkouts.store.ts'
import { findInvoice } from '#invoicing/invoices.store.ts'
import type { Context } from '#organisations/org.ts'
import { creditOf } from '#subscriptions/actions/plan-change-total.ts'
import { findPlanChange, type PlanChangeRecord } from '#subscriptions/plan-changes.store.ts'
import type { AppliedChange } from '#subscriptions/plan-changes.view.ts'
import { findSubscription } from '#subscriptions/subscriptions.store.ts'

/** A change that took effect at once, with what it cost. */
export async function showAppliedChange(db: Db, { org }: Context, id: string): Promise<AppliedChange> {
  const change = await requireChange(db, org.id, id)
  const subscription = await findSubscription(db, org.id, change.subscriptionId)
  assert(subscription, `subscription ${change.subscriptionId} exists`)
  const customer = (await findCustomersById(db, org.id, [subscription.customerId])).get(subscription.customerId)
  const plans = await findPlansById(db, org.id, [change.fromPlanId, change.toPlanId])
  const [from, to] = [plans.get(change.fromPlanId), plans.get(change.toPlanId)]
  assert(customer && from && to, `${id} has its customer and its plans`)
  const invoice = change.invoiceId === null ? null : ((await findInvoice(db, org.id, change.invoiceId)) ?? null)
  const creditLeft = await creditOf(db, org.id, subscription)
  return { subscription, customerId: publicCustomerId(customer), change, from, to, invoice, creditLeft }
}

/** The checkout that a change waits for: its subscription and the address of its page. */
export async function showCheckout(
  db: Db,
  { org, links }: Context,
  id: string,
): Promise<{ readonly subscriptionId: string; readonly url: string }> {
  const { subscriptionId, invoiceId } = await requireChange(db, org.id, id)
  const checkout = invoiceId === null ? undefined : await findCheckoutOfInvoice(db, org.id, invoiceId)
  assert(checkout, `${id} waits for a checkout`)
  return { subscriptionId, url: links.checkout(org.id, checkout.id) }
}

async function requireChange(db: Db, orgId: string, id: string): Promise<PlanChangeRecord> {
  const change = await findPlanChange(db, orgId, id)
  assert(change, `the change ${id} is written down`)
  return change
}
