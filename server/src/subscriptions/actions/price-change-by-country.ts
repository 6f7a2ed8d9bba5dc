import assert from 'node:assert/strict'
import { withoutPromoCode } from '#billing/charges/discount.ts'
import { priceInCountry } from '#catalogue/actions/price-in-country.ts'
import type { Plan } from '#catalogue/plan.ts'
import type { PlanPrice } from '#catalogue/plan-price.ts'
import { findPlansById } from '#catalogue/plans.store.ts'
import { findPriceById } from '#catalogue/prices.store.ts'
import { regionColumns, regionOf } from '#catalogue/region.ts'
import type { Tx } from '#database/transaction.ts'
import { repriceInvoice } from '#invoicing/actions/reprice-invoice.ts'
import type { DraftLine } from '#invoicing/invoice-draft.ts'
import { linesOf } from '#invoicing/invoice-lines.store.ts'
import type { InvoiceRecord } from '#invoicing/invoices.store.ts'
import type { Context } from '#organisations/org.ts'
import { withChange } from '#subscriptions/actions/after-offered-change.ts'
import { hasOpenCurrency } from '#subscriptions/actions/decide-plan-change.ts'
import { firstLines } from '#subscriptions/actions/offer-plan-change.ts'
import { leavesEnough } from '#subscriptions/actions/price-checkout.ts'
import { findChangeOfInvoice, type PlanChangeRecord, repriceChange } from '#subscriptions/plan-changes.store.ts'
import { agreedOf, discountColumns, inRegion } from '#subscriptions/selection.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'

/**
 * Prices a free customer's change to a paid plan in the currency of a billing country, as `priceByCountry` does a new
 * subscription, and for the seats and quota held now. Null when nothing of the price changes. The caller holds the subscription's
 * lock.
 */
export async function priceChangeByCountry(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  invoice: InvoiceRecord,
  country: string,
): Promise<InvoiceRecord | null> {
  const { org } = context
  const change = await findChangeOfInvoice(tx, org.id, invoice.id)
  if (change?.state !== 'awaiting' || change.toPriceId === null) return null
  const listed = await findPriceById(tx, org.id, change.toPriceId)
  const to = (await findPlansById(tx, org.id, [change.toPlanId])).get(change.toPlanId)
  assert(listed && to, `the change ${change.id} has its plan and price`)
  const isOpen = await hasOpenCurrency(tx, org.id, subscription)
  const there = isOpen ? await priceInCountry(tx, org.id, listed, country) : null
  if (there === null || there.region === regionOf(change)) {
    return followHeld(tx, context, subscription, invoice, { change, to, listed })
  }
  const { region, price } = there
  const target = {
    planId: to.id,
    planName: to.name,
    priceId: price.id,
    billingInterval: change.toInterval,
    basePrice: price.price,
  }
  const agreed = agreedOf(change.agreed)
  const local = agreed && (region === null ? agreed : inRegion(agreed, price))
  const discount = local?.discount ?? null
  const columns = { ...regionColumns(region), ...discountColumns(discount), basePrice: price.price }
  const lines = await firstLines(tx, context, subscription, { to, target, price, region, discount })
  return takeLines(tx, context, { change, subscription, invoice }, columns, lines)
}

type Offered = { readonly change: PlanChangeRecord; readonly to: Plan; readonly listed: PlanPrice }

// Its invoice follows the checkout until it is paid (billing.md, Invoices): the base is the one that was shown, what is held may
// have changed since.
async function followHeld(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  invoice: InvoiceRecord,
  { change, to, listed }: Offered,
): Promise<InvoiceRecord | null> {
  const { org } = context
  const target = {
    planId: to.id,
    planName: to.name,
    priceId: listed.id,
    billingInterval: change.toInterval,
    basePrice: change.basePrice,
  }
  const asked = { to, target, price: listed, region: regionOf(change), discount: null }
  const held = (await firstLines(tx, context, subscription, asked)).filter(isHeld)
  const before = (await linesOf(tx, org.id, [invoice.id])).get(invoice.id) ?? []
  if (sumOf(held) === sumOf(before.filter(isHeld))) return null
  const base = before.filter(isOfBase)
  return takeLines(tx, context, { change, subscription, invoice }, {}, [...base, ...held])
}

type Waiting = {
  readonly change: PlanChangeRecord
  readonly subscription: SubscriptionRecord
  readonly invoice: InvoiceRecord
}

// A code that would leave too little to charge is dropped without a word, as in every checkout.
async function takeLines(
  tx: Tx,
  context: Context,
  { change, subscription, invoice }: Waiting,
  columns: Parameters<typeof repriceChange>[3],
  wanted: readonly DraftLine[],
): Promise<InvoiceRecord> {
  const moved = withChange(subscription, { ...change, ...columns })
  const isCodeKept = leavesEnough(moved, wanted)
  const lines = isCodeKept ? wanted : withoutPromoCode(wanted)
  const repriced = await repriceInvoice(tx, context, invoice, { lines, currency: moved.currency })
  await repriceChange(tx, context.org.id, change.id, {
    ...columns,
    ...(isCodeKept ? {} : discountColumns(null)),
    charge: repriced.subtotal,
  })
  return repriced
}

const baseTypes: ReadonlySet<DraftLine['lineType']> = new Set(['plan_base', 'discount', 'promo_code_discount'] as const)
const isOfBase = ({ lineType }: DraftLine) => baseTypes.has(lineType)
const isHeld = ({ lineType }: DraftLine) => lineType === 'feature_seats' || lineType === 'feature_quota'
const sumOf = (lines: readonly DraftLine[]) => lines.reduce((sum, { amount }) => sum + amount, 0n)
