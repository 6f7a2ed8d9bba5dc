import { inTransaction } from '#database/transaction.ts'
import { findShownSubscription } from '#hosted/actions/describe-portal.ts'
import type { OpenedPortal, PortalServices } from '#hosted/portal-access.ts'
import { countPortalRetry, retriesADay } from '#hosted/portal-retries.store.ts'
import type { RequestKey } from '#http/idempotency.ts'
import { RateLimited } from '#http/rate-limit.ts'
import { currency, minorDigits } from '#money/currency.ts'
import { parseDecimal } from '#money/decimal.ts'
import type { Context } from '#organisations/org.ts'
import { invalidField, Problem } from '#problem.ts'
import { beginCreditPurchase, beginTopup } from '#subscriptions/actions/begin-purchase.ts'
import { finishPurchase } from '#subscriptions/actions/finish-purchase.ts'
import { reactivateSubscription } from '#subscriptions/actions/reactivate-subscription.ts'
import { setSpendCap } from '#subscriptions/actions/set-spend-cap.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'
import { startInstant } from '#time/period.ts'

/** Minor units from JSON, or text as people write amounts. */
export type TypedMoney = number | string

/** The subscription the portal shows: what a customer does is done to no other. 409 when they never had one. */
export async function shownSubscription(
  services: PortalServices,
  { context, session }: OpenedPortal,
): Promise<SubscriptionRecord> {
  const shown = await inTransaction(services.db, (tx) => findShownSubscription(tx, context, session.customerId))
  if (!shown) throw new Problem('no_active_subscription', 'There is no subscription here yet.')
  return shown
}

/** Buys with the stored card, once per key: a form that is sent twice buys once. */
export async function purchase(
  services: PortalServices,
  portal: OpenedPortal,
  wanted: { readonly creditPackId: string } | { readonly amount: TypedMoney },
  key: RequestKey | null,
): Promise<void> {
  const subscription = await shownSubscription(services, portal)
  const context: Context = { ...portal.context, idempotency: key, isCustomerPresent: true }
  const requestedAt = services.machineNow()
  if ('creditPackId' in wanted) {
    const input = { id: subscription.id, creditPackId: wanted.creditPackId, requestedAt }
    await finishPurchase(services, context, (tx) => beginCreditPurchase(tx, context, input))
    return
  }
  const amount = amountOf(wanted.amount, subscription)
  await finishPurchase(services, context, (tx) => beginTopup(tx, context, { id: subscription.id, amount, requestedAt }))
}

/** Tries what is past due again, or makes a canceled subscription active again; three times a day (billing.md, Dunning), else 429. */
export async function payAgain(services: PortalServices, portal: OpenedPortal): Promise<void> {
  const { context } = portal
  const { id } = await shownSubscription(services, portal)
  const isCounted = await inTransaction(services.db, (tx) => countPortalRetry(tx, context.org.id, id, context.today))
  if (!isCounted) {
    const seconds = Math.ceil(context.now.until(startInstant(context.today.add({ days: 1 }))).total('seconds'))
    throw new RateLimited({ limit: retriesADay, remaining: 0, resetSeconds: seconds }, seconds)
  }
  await reactivateSubscription(services, services.db, { ...context, isCustomerPresent: true }, id)
}

/** Sets or takes away the customer's own cap; the seller's stands beside it. */
export async function capSpend(
  services: PortalServices,
  portal: OpenedPortal,
  typed: TypedMoney | null,
): Promise<void> {
  const subscription = await shownSubscription(services, portal)
  const amount = typed === null ? null : amountOf(typed, subscription)
  const cap = { id: subscription.id, owner: 'customer', amount, featureCode: null } as const
  await inTransaction(services.db, (tx) => setSpendCap(tx, portal.context, cap))
}

/**
 * An amount in minor units of the subscription's currency. Both 20.50 and 20,50 are written; nobody types separators of thousands into a
 * small field, so one of them is refused. 422 for what is no amount.
 */
export function amountOf(typed: TypedMoney, { currency: code }: SubscriptionRecord): bigint {
  if (typeof typed === 'number') return BigInt(typed)
  const text = typed.replace(',', '.')
  const amount = /^\d{1,10}(\.\d+)?$/.test(text) ? parseDecimal(text, minorDigits(currency(code))) : undefined
  if (amount === undefined) throw invalidField('amount', 'Enter an amount, like 20 or 20.50.')
  return amount
}
