import type { Db } from '#database/transaction.ts'
import { findChangeOfInvoice, type PlanChangeRecord } from '#subscriptions/plan-changes.store.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'

/** A free customer's change, and their subscription as its checkout is about it. */
export type OfferedChange = { readonly change: PlanChangeRecord; readonly subscription: SubscriptionRecord }

/** The change that an invoice pays for, with the subscription as it will be once it has taken effect; undefined without one. */
export async function afterOfferedChange(
  db: Db,
  orgId: string,
  subscription: SubscriptionRecord,
  invoiceId: string,
): Promise<OfferedChange | undefined> {
  const change = await findChangeOfInvoice(db, orgId, invoiceId)
  return change && { change, subscription: withChange(subscription, change) }
}

/** The same for a change that is known: until it has taken effect, the paid plan waits for its first payment. */
export function withChange(subscription: SubscriptionRecord, change: PlanChangeRecord): SubscriptionRecord {
  const { toPlanId, toPriceId, toInterval, basePrice, currency, hasUsPricing } = change
  const target = {
    planId: toPlanId,
    priceId: toPriceId,
    billingInterval: toInterval,
    basePrice,
    currency,
    hasUsPricing,
  }
  if (change.state === 'applied') return { ...subscription, ...target }
  const first = { status: 'pending_payment', trialDays: 0, periodEnd: null } as const
  return { ...subscription, ...target, ...first, ...offerColumns(change), discountCyclesUsed: 0 }
}

/** What a change says about the discount that the paid plan begins with. */
export function offerColumns({
  discountKind,
  discountType,
  discountValue,
  discountName,
  discountCycles,
  promoCodeId,
  agreed,
}: PlanChangeRecord) {
  return { discountKind, discountType, discountValue, discountName, discountCycles, promoCodeId, agreed }
}
