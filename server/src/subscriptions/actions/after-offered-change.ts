import type { Db } from '#database/transaction.ts'
import { findChangeOfInvoice } from '#subscriptions/plan-changes.store.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'

/** A free customer's subscription as it will be once the change that an invoice pays for has taken effect; undefined without one. */
export async function afterOfferedChange(
  db: Db,
  orgId: string,
  subscription: SubscriptionRecord,
  invoiceId: string,
): Promise<SubscriptionRecord | undefined> {
  const change = await findChangeOfInvoice(db, orgId, invoiceId)
  if (!change) return undefined
  const { toPlanId, toInterval, basePrice, currency, hasUsPricing, state } = change
  const target = { planId: toPlanId, billingInterval: toInterval, basePrice, currency, hasUsPricing }
  return { ...subscription, ...target, ...(state === 'applied' ? {} : { periodEnd: null }) }
}
