import { peekWindow } from '#billing/actions/close-window.ts'
import { dropAwaited } from '#billing/actions/drop-awaited-change.ts'
import { changeHeldLines } from '#billing/actions/held-lines.ts'
import { Catalogue } from '#billing/catalogue.ts'
import { baseLines } from '#billing/window-bill.ts'
import { currencyOf, regionColumns } from '#catalogue/region.ts'
import { publicCustomerId } from '#customers/customer.ts'
import type { Tx } from '#database/transaction.ts'
import { insertCheckout } from '#hosted/checkouts.store.ts'
import { issueInvoice } from '#invoicing/actions/issue-invoice.ts'
import type { DraftLine } from '#invoicing/invoice-draft.ts'
import { listedOf } from '#invoicing/line-basis.ts'
import type { Context } from '#organisations/org.ts'
import { type Changing, recordOf } from '#subscriptions/actions/begin-plan-change.ts'
import type { DecidedChange } from '#subscriptions/actions/decide-plan-change.ts'
import { offerOfChange } from '#subscriptions/actions/offer-of-change.ts'
import { insertPlanChange, type PlanChangeRecord } from '#subscriptions/plan-changes.store.ts'
import { firstWindow, type WindowPlan } from '#subscriptions/schedule.ts'
import { type AgreedDiscount, discountColumns } from '#subscriptions/selection.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'
import { recordEvent } from '#webhooks/outbox.ts'

/**
 * A free customer changes to a paid plan: an invoice for its first period and a checkout that pays it; the free plan goes on
 * until then. Asked for the same again, the same checkout is given; another selection takes its place. Gives the change's id.
 */
export async function offerPlanChange(
  tx: Tx,
  context: Context,
  changing: Changing,
  open: PlanChangeRecord | undefined,
): Promise<string> {
  const { org, now, links } = context
  const { subscription, customer, decided, input } = changing
  const { to, target } = decided
  const { discount, agreed } = await offerOfChange(tx, org.id, subscription, decided)
  if (
    open &&
    open.toPriceId === target.priceId &&
    open.basePrice === target.basePrice &&
    open.currency === currencyOf(decided.region) &&
    // A promo code that was typed in the checkout stays in it.
    (open.promoCodeId !== null || open.agreed === agreed)
  )
    return open.id
  if (open) await dropAwaited(tx, context, open, customer)
  const next = firstPaidWindow(context, subscription, decided)
  const customerId = publicCustomerId(customer)
  const invoice = await issueInvoice(tx, context, {
    type: 'recurring',
    cause: 'plan_change',
    customer: { id: customer.id, publicId: customerId },
    subscriptionId: subscription.id,
    windowNumber: subscription.windowNumber,
    currency: currencyOf(decided.region),
    planName: to.name,
    periodStart: next.periodStart,
    periodEnd: next.periodEnd ?? next.endsOn,
    lines: await firstLines(tx, context, subscription, { ...decided, discount }),
    finalFor: null,
  })
  const record = recordOf(context, changing, { priced: null, invoice, isOpen: true })
  const offer = { ...discountColumns(discount), agreed }
  const change = { ...record, ...offer, state: 'awaiting', charge: invoice.subtotal } as const
  await insertPlanChange(tx, org.id, change)
  const checkout = await insertCheckout(
    tx,
    org.id,
    { kind: 'plan_change', subscriptionId: subscription.id, invoiceId: invoice.id, successUrl: input.successUrl },
    now,
  )
  await recordEvent(tx, context, 'checkout.ready', customer.id, {
    subscriptionId: subscription.id,
    customerId,
    invoiceId: invoice.id,
    invoiceNumber: invoice.number,
    invoiceTotal: Number(invoice.total),
    invoiceCurrency: invoice.currency,
    checkoutUrl: links.checkout(org.id, checkout.id),
  })
  return change.id
}

/** The lines of a free customer's first paid period: the base with its discount, and what is held beyond what it includes. */
export async function firstLines(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  decided: Pick<DecidedChange, 'to' | 'target' | 'price' | 'region'> & { readonly discount: AgreedDiscount | null },
): Promise<DraftLine[]> {
  const { to, target, price } = decided
  const discount = decided.discount && { ...decided.discount, cyclesUsed: 0 }
  const next = firstPaidWindow(context, subscription, decided)
  const listed = price && listedOf(price)
  const base = { planName: to.name, price: target.basePrice, listed, discount }
  const onTarget = {
    ...subscription,
    ...regionColumns(decided.region),
    planId: to.id,
    billingInterval: target.billingInterval,
  }
  const closed = await peekWindow(tx, context, subscription, new Catalogue(context.org.id))
  const held = await changeHeldLines(tx, context, { subscription, target: onTarget }, closed, next)
  return [...baseLines(base, next), ...held.advances]
}

function firstPaidWindow(
  { today }: Context,
  { windowNumber }: SubscriptionRecord,
  { target }: Pick<DecidedChange, 'target'>,
): WindowPlan {
  const start = { on: today, billingInterval: target.billingInterval, isFree: false, trialDays: 0 }
  return firstWindow(start, windowNumber + 1)
}
