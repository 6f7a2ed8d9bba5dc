import assert from 'node:assert/strict'
import { withoutPromoCode, withPromoCode } from '#billing/charges/discount.ts'
import { planBase } from '#billing/charges/plan-base.ts'
import { runningDiscount } from '#billing/running-discount.ts'
import type { Db, Tx } from '#database/transaction.ts'
import { quoteInvoice } from '#invoicing/actions/quote-invoice.ts'
import { repriceInvoice } from '#invoicing/actions/reprice-invoice.ts'
import type { DraftLine } from '#invoicing/invoice-draft.ts'
import { linesOf } from '#invoicing/invoice-lines.store.ts'
import { taxesOf } from '#invoicing/invoice-taxes.store.ts'
import type { InvoiceRecord } from '#invoicing/invoices.store.ts'
import { chargesOf } from '#invoicing/price-invoice.ts'
import { currency } from '#money/currency.ts'
import type { Context } from '#organisations/org.ts'
import { invalidField } from '#problem.ts'
import { refuseUnusable, requireCode } from '#subscriptions/actions/use-promo-code.ts'
import { type PlanChangeRecord, repriceChange } from '#subscriptions/plan-changes.store.ts'
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
import { decideTaxes, decideTaxOf, type Taxpayer } from '#tax/actions/decide-taxes.ts'
import { TaxNotKnown } from '#tax/tax-not-known.ts'
import type { PlacedTax } from '#tax/tax-on-lines.ts'
import type { TaxDecision } from '#tax/treatment.ts'

/**
 * What waits for its checkout; a trial's has no invoice. With the `change` of a free customer to a paid plan the subscription is as
 * it will be then, and what is agreed is kept by the change.
 */
export type Awaited = {
  readonly subscription: SubscriptionRecord
  readonly invoice: InvoiceRecord | null
  readonly change?: PlanChangeRecord | undefined
}
/** The same at the price of this moment. */
export type Priced = Awaited & {
  readonly changes: SubscriptionChanges
  /** What the invoice charges, without customer credit; none without an invoice. */
  readonly charges: readonly DraftLine[]
  /** All lines of the invoice, and its taxes. */
  readonly lines: readonly DraftLine[]
  readonly taxes: readonly PlacedTax[]
  /** What tax the customer is charged, also on what follows; null where the invoice is final and nobody can say it of what follows. */
  readonly tax: TaxDecision | null
}

/** What a customer typed that the price depends on. `taxpayer` null: as they are known. */
export type Typed = { readonly promoCode: string | null; readonly taxpayer: Taxpayer | null }

type Terms = Pick<Priced, 'changes' | 'charges'>

/**
 * What a checkout costs now, with a promo code and the address that a customer typed. Writes nothing. A code that the checkout
 * carries already was agreed to, whatever became of it since. Refuses a code that cannot be used. An invoice that is final stays.
 */
export async function priceCheckout(db: Db, context: Context, awaited: Awaited, typed: Typed): Promise<Priced> {
  const coded = typed.promoCode === null ? null : await termsWithCode(db, context, awaited, typed.promoCode)
  const terms = coded ?? { changes: {}, charges: await chargesFor(db, context, awaited) }
  return pricedAt(db, context, awaited, terms, typed.taxpayer)
}

/** The carried code is given up: the full price. */
export async function priceWithoutCode(db: Db, context: Context, awaited: Awaited): Promise<Priced> {
  const charges = withoutPromoCode(await chargesFor(db, context, awaited))
  const agreed = agreedWith(awaited.subscription, null)
  const changes = { ...discountColumns(null), discountCyclesUsed: 0, promoCodeId: null, agreed }
  return pricedAt(db, context, awaited, { changes, charges }, null)
}

// Null when the code is the one it carries already.
async function termsWithCode(db: Db, context: Context, awaited: Awaited, typed: string): Promise<Terms | null> {
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
  const lines = await chargesFor(db, context, awaited)
  const offered = promoDiscount(promo)
  const local = inProportion(offered, usdPriceOf(subscription), subscription.basePrice)
  const charges = withPromoCode(lines, { ...local, cyclesUsed: 0 }, currency(subscription.currency))
  const columns = discountColumns(charges ? local : null)
  const agreed = agreedWith(subscription, offered)
  const changes = { ...columns, discountCyclesUsed: 0, promoCodeId: promo.id, agreed }
  return { changes, charges: charges ?? withoutPromoCode(lines) }
}

/** Takes a price over into the locked subscription and its invoice, which no payment has begun for. */
export async function takePrice(tx: Tx, context: Context, priced: Priced): Promise<Awaited> {
  const { org, now } = context
  const { id } = priced.subscription
  if (priced.change) return takeChangePrice(tx, context, priced, priced.change)
  const isChanged = Object.keys(priced.changes).length > 0
  const subscription = isChanged
    ? await updateSubscription(tx, org.id, id, { ...priced.changes, updatedAt: now })
    : priced.subscription
  if (!priced.invoice || !isOpen(priced.invoice)) return { subscription, invoice: priced.invoice }
  const pricing = { lines: priced.charges, currency: priced.invoice.currency }
  return { subscription, invoice: await repriceInvoice(tx, context, priced.invoice, pricing) }
}

// The free plan runs on with terms of its own: what was typed is the change's.
async function takeChangePrice(
  tx: Tx,
  context: Context,
  { subscription, invoice, changes, charges }: Priced,
  change: PlanChangeRecord,
): Promise<Awaited> {
  if (!invoice || !isOpen(invoice)) return { subscription, invoice, change }
  const { discountKind, discountType, discountValue, discountName, discountCycles, promoCodeId, agreed } = subscription
  const typed = { discountKind, discountType, discountValue, discountName, discountCycles, promoCodeId, agreed }
  const repriced = await repriceInvoice(tx, context, invoice, { lines: charges, currency: invoice.currency })
  if (Object.keys(changes).length > 0) {
    await repriceChange(tx, context.org.id, change.id, { ...typed, charge: repriced.subtotal })
  }
  return { subscription, invoice: repriced, change: { ...change, ...typed } }
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
  return agreedTerms({ basePrice: usdPriceOf(subscription), discount }, { isTyped: discount !== null })
}

async function chargesFor(db: Db, context: Context, { subscription, invoice }: Awaited): Promise<readonly DraftLine[]> {
  if (!invoice) return [trialBase(context, subscription)]
  return chargesOf((await linesOf(db, context.org.id, [invoice.id])).get(invoice.id) ?? [])
}

/** An awaited checkout with changed terms, its charges priced as its invoice would be. */
export async function pricedAt(
  db: Db,
  context: Context,
  awaited: Awaited,
  { changes, charges }: Terms,
  taxpayer: Taxpayer | null,
): Promise<Priced> {
  const subscription = { ...awaited.subscription, ...changes }
  const { customerId } = subscription
  const decided = taxpayer ? decideTaxOf(db, context, taxpayer) : taxOf(db, context, customerId)
  const { invoice, change } = awaited
  // What is final is paid as it is: nobody has to be asked for that.
  const isFinal = invoice !== null && !isOpen(invoice)
  const tax = await (isFinal ? decided.catch(nullIfNotKnown) : decided)
  if (!invoice) return { subscription, invoice, changes, charges: [], lines: [], taxes: [], tax }
  if (tax === null || isFinal)
    return { subscription, invoice, change, changes, ...(await written(db, context, invoice)), tax }
  // A free customer's first paid plan may be in another currency than the free one.
  const code = changes.currency ?? invoice.currency
  const toPrice = { type: invoice.type, customer: { id: customerId }, currency: code, lines: charges }
  const price = await quoteInvoice(db, context, toPrice, { insteadOf: invoice.id, tax })
  const { lines, taxes, creditUses: _uses, ...amounts } = price
  const quoted = { ...invoice, ...amounts, currency: code }
  return { subscription, invoice: quoted, change, changes, charges, lines, taxes, tax }
}

async function taxOf(db: Db, context: Context, customerId: string): Promise<TaxDecision> {
  const tax = (await decideTaxes(db, context, [customerId])).get(customerId)
  assert(tax, 'the tax of the customer was asked for')
  return tax
}

function nullIfNotKnown(error: unknown): null {
  if (error instanceof TaxNotKnown) return null
  throw error
}

async function written(db: Db, { org }: Context, { id }: InvoiceRecord) {
  const lines = (await linesOf(db, org.id, [id])).get(id) ?? []
  return { charges: chargesOf(lines), lines, taxes: (await taxesOf(db, org.id, [id])).get(id) ?? [] }
}

// Only what is not final follows what the customer chooses.
function isOpen({ status, finalisedAt }: InvoiceRecord): boolean {
  return status === 'outstanding' && finalisedAt === null
}
