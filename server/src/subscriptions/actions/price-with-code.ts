import { withoutPromoCode, withPromoCode } from '#billing/charges/discount.ts'
import { planBase } from '#billing/charges/plan-base.ts'
import { runningDiscount } from '#billing/running-discount.ts'
import type { Db, Tx } from '#database/transaction.ts'
import { quoteInvoice } from '#invoicing/actions/quote-invoice.ts'
import { repriceInvoice } from '#invoicing/actions/reprice-invoice.ts'
import type { DraftLine } from '#invoicing/invoice-draft.ts'
import { type InvoiceRecord, linesOf } from '#invoicing/invoices.store.ts'
import { chargesOf } from '#invoicing/price-invoice.ts'
import { currency } from '#money/currency.ts'
import type { Context } from '#organisations/org.ts'
import { invalidField } from '#problem.ts'
import { refuseUnusable, requireCode } from '#subscriptions/actions/use-promo-code.ts'
import { findRedemption } from '#subscriptions/promo-redemptions.store.ts'
import { firstWindow } from '#subscriptions/schedule.ts'
import {
  type AgreedDiscount,
  agreedOf,
  agreedTerms,
  discountColumns,
  inProportion,
  promoDiscount,
} from '#subscriptions/selection.ts'
import {
  type SubscriptionChanges,
  type SubscriptionRecord,
  updateSubscription,
} from '#subscriptions/subscriptions.store.ts'

/** What waits for its checkout; a trial's has no invoice. */
export type Awaited = { readonly subscription: SubscriptionRecord; readonly invoice: InvoiceRecord | null }
/** The same at another price. `lines` are all of the invoice, `charges` those before credit; none without an invoice. */
export type Priced = Awaited & {
  readonly changes: SubscriptionChanges
  readonly charges: readonly DraftLine[]
  readonly lines: readonly DraftLine[]
}

/**
 * What a checkout would cost with the code that a customer typed. Writes nothing. Null when the code is the one it carries
 * already: that was agreed to, whatever became of the code since. Refuses what cannot be used.
 */
export async function priceWithCode(db: Db, context: Context, awaited: Awaited, typed: string): Promise<Priced | null> {
  const { subscription } = awaited
  // What a running subscription owes is final: no code changes it.
  if (subscription.status !== 'pending_payment') throw invalidField('promoCode', 'plan_not_eligible')
  const promo = await requireCode(db, context, typed)
  if (subscription.promoCodeId === promo.id) return null
  const { customerId, planId, billingInterval, discountKind, promoCodeId } = subscription
  const use = { customerId, planId, billingInterval, hasIntroOffer: discountKind === 'intro_offer' }
  await refuseUnusable(db, context, promo, use)
  const carried = promoCodeId && (await findRedemption(db, context.org.id, { promoCodeId, customerId }))
  if (carried && carried.state === 'redeemed' && carried.subscriptionId === subscription.id) {
    throw invalidField('promoCode', 'already_redeemed')
  }
  const lines = await linesFor(db, context, awaited)
  const offered = promoDiscount(promo)
  const local = inProportion(offered, usdPriceOf(subscription), subscription.basePrice)
  const discount = { ...local, cyclesUsed: 0 }
  const priced = withPromoCode(lines, discount, currency(subscription.currency))
  const columns = discountColumns(priced ? local : null)
  const changes = {
    ...columns,
    discountCyclesUsed: 0,
    promoCodeId: promo.id,
    agreed: agreedWith(subscription, offered),
  }
  return pricedAt(db, context, awaited, changes, priced ?? withoutPromoCode(lines))
}

/** The carried code is given up: the full price. */
export async function priceWithoutCode(db: Db, context: Context, awaited: Awaited): Promise<Priced> {
  const lines = await linesFor(db, context, awaited)
  return pricedAt(
    db,
    context,
    awaited,
    {
      ...discountColumns(null),
      discountCyclesUsed: 0,
      promoCodeId: null,
      agreed: agreedWith(awaited.subscription, null),
    },
    withoutPromoCode(lines),
  )
}

/** Takes a price over into the locked subscription and its invoice, which no payment has begun for. */
export async function takePrice(tx: Tx, context: Context, priced: Priced): Promise<Awaited> {
  const { org, now } = context
  const { id } = priced.subscription
  const subscription = await updateSubscription(tx, org.id, id, { ...priced.changes, updatedAt: now })
  if (!priced.invoice) return { subscription, invoice: null }
  return {
    subscription,
    invoice: await repriceInvoice(tx, context, priced.invoice, {
      lines: priced.charges,
      currency: subscription.currency,
    }),
  }
}

/** Whether the code a subscription carries leaves enough to charge of what is billed first (catalogue.md, Promo codes). */
export function leavesEnough(subscription: SubscriptionRecord, lines: readonly DraftLine[]): boolean {
  const discount = runningDiscount(subscription)
  if (discount?.kind !== 'promo_code') return true
  return withPromoCode(lines, discount, currency(subscription.currency)) !== null
}

/** The base of a trial's first paid period. */
export function trialBase({ today }: Context, subscription: SubscriptionRecord): DraftLine {
  const { billingInterval, windowNumber, basePrice, name } = subscription
  const window = firstWindow({ on: today, billingInterval, isFree: false, trialDays: 0 }, windowNumber + 1)
  return planBase({ name, price: basePrice }, window)
}

function usdPriceOf({ agreed, basePrice }: SubscriptionRecord): bigint {
  return agreedOf(agreed)?.basePrice ?? basePrice
}

// A code is worth its dollars wherever the checkout is priced next.
function agreedWith(subscription: SubscriptionRecord, discount: AgreedDiscount | null): string {
  return agreedTerms({ basePrice: usdPriceOf(subscription), discount })
}

async function linesFor(db: Db, context: Context, { subscription, invoice }: Awaited): Promise<readonly DraftLine[]> {
  if (!invoice) return [trialBase(context, subscription)]
  return chargesOf((await linesOf(db, context.org.id, [invoice.id])).get(invoice.id) ?? [])
}

/** An awaited checkout with changed terms, its charges priced as its invoice would be. */
export async function pricedAt(
  db: Db,
  context: Context,
  awaited: Awaited,
  changes: SubscriptionChanges,
  charges: readonly DraftLine[],
): Promise<Priced> {
  const subscription = { ...awaited.subscription, ...changes }
  if (!awaited.invoice) return { subscription, invoice: null, changes, charges: [], lines: [] }
  const { id, type } = awaited.invoice
  const { customerId, currency: code } = subscription
  const toPrice = { type, customer: { id: customerId }, currency: code, lines: charges }
  const { lines, creditUses: _uses, ...totals } = await quoteInvoice(db, context, toPrice, id)
  return { subscription, invoice: { ...awaited.invoice, ...totals, currency: code }, changes, charges, lines }
}
