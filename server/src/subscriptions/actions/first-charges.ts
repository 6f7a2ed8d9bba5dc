import { firstHeldLines } from '#billing/actions/held-lines.ts'
import { runningDiscount } from '#billing/running-discount.ts'
import { baseLines } from '#billing/window-bill.ts'
import type { Plan } from '#catalogue/plan.ts'
import { findListedRevision } from '#catalogue/price-revisions.store.ts'
import { findPriceById } from '#catalogue/prices.store.ts'
import { regionOf } from '#catalogue/region.ts'
import { localiseInRegion } from '#catalogue/regional-prices.store.ts'
import type { Tx } from '#database/transaction.ts'
import type { DraftLine } from '#invoicing/invoice-draft.ts'
import type { ListedPrice } from '#invoicing/line-basis.ts'
import type { Context } from '#organisations/org.ts'
import { leavesEnough } from '#subscriptions/actions/price-checkout.ts'
import { firstWindow, type WindowPlan } from '#subscriptions/schedule.ts'
import { agreedOf } from '#subscriptions/selection.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'

/** What a subscription's first invoice charges, in its currency. */
export type FirstCharges = {
  readonly window: WindowPlan
  readonly lines: readonly DraftLine[]
  /** False when the promo code it carries would leave too little to charge: the lines are at the full price. */
  readonly isCodeKept: boolean
}

/** The first period of a subscription that begins today: its base with the discount, seats and quota in advance. */
export async function firstCharges(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  plan: Plan,
): Promise<FirstCharges> {
  const window = firstWindow(
    { on: context.today, billingInterval: subscription.billingInterval, isFree: false, trialDays: 0 },
    subscription.windowNumber + 1,
  )
  const base = {
    planName: plan.name,
    price: subscription.basePrice,
    listed: await listedPriceOf(tx, context, subscription),
    discount: runningDiscount(subscription),
  }
  const held = await firstHeldLines(tx, context, subscription, window)
  const wanted = [...baseLines(base, window), ...held]
  const isCodeKept = leavesEnough(subscription, wanted)
  const lines = isCodeKept ? wanted : [...baseLines({ ...base, discount: null }, window), ...held]
  return { window, lines, isCodeKept }
}

// The price was agreed to when the subscription was made; a draft's may have changed since.
async function listedPriceOf(tx: Tx, { org }: Context, subscription: SubscriptionRecord): Promise<ListedPrice | null> {
  const { priceId, basePrice, createdAt, agreed } = subscription
  if (priceId === null) return null
  const price = agreedOf(agreed)?.basePrice ?? basePrice
  const revision = await findListedRevision(tx, org.id, { priceId, price, at: createdAt })
  if (revision === undefined) return null
  const region = regionOf(subscription)
  if (region === null) return { priceId, revision }
  const known = await findPriceById(tx, org.id, priceId)
  const local = known && (await localiseInRegion(tx, org.id, known, region))
  if (!local?.regional || local.price !== basePrice) return null
  return { priceId, revision: local.revision, regional: local.regional }
}
