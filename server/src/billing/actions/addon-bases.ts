import assert from 'node:assert/strict'
import { endsHeldPeriod } from '#billing/actions/held-lines.ts'
import type { Catalogue } from '#billing/catalogue.ts'
import { addonBase, type PricedAddon } from '#billing/charges/addon.ts'
import { convertAt } from '#catalogue/actions/convert-amount.ts'
import type { NamedAddon } from '#catalogue/addons.store.ts'
import { regionOf } from '#catalogue/region.ts'
import type { Tx } from '#database/transaction.ts'
import type { DraftLine } from '#invoicing/invoice-draft.ts'
import type { SubscriptionAddon } from '#subscriptions/addons.store.ts'
import type { WindowPlan } from '#subscriptions/schedule.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'
import { startInstant } from '#time/period.ts'

/**
 * The bases of a subscription's active add-ons for the billing period that begins with `next`; none where no period ends with
 * `ended` (billing.md, Renewal of a subscription).
 */
export async function addonBases(
  tx: Tx,
  subscription: Buyer,
  had: readonly SubscriptionAddon[],
  [ended, next]: readonly [WindowPlan, WindowPlan],
  catalogue: Catalogue,
): Promise<DraftLine[]> {
  if (!endsHeldPeriod(ended)) return []
  const priced = await addonPrices(tx, subscription, had, catalogue, startInstant(ended.endsOn))
  return priced.map((addon) => addonBase(addon, next))
}

type Buyer = Pick<SubscriptionRecord, 'planId' | 'currency' | 'hasUsPricing'>

/**
 * What the active ones of a subscription's add-ons cost for a billing period that begins at a moment: the prices in force then, at
 * the rate of its plan; none where that has no rate for the subscription's currency any more.
 */
export async function addonPrices(
  tx: Tx,
  subscription: Buyer,
  had: readonly SubscriptionAddon[],
  catalogue: Catalogue,
  at: Temporal.Instant,
): Promise<PricedAddon[]> {
  const active = had.filter(({ state }) => state === 'active')
  if (active.length === 0) return []
  const region = regionOf(subscription)
  const rate = await catalogue.rate(tx, subscription.planId, region)
  if (rate === undefined) return []
  const priced: PricedAddon[] = []
  for (const { addonId } of active) {
    const addon = await catalogue.addonAt(tx, addonId, at)
    assert(addon, `add-on ${addonId} exists`)
    const price = convertAt(rate, { region, cents: addon.basePrice, what: `The add-on ${addon.name}` })
    priced.push(pricedAddon(addon, price))
  }
  return priced
}

/** An add-on at a price in the minor unit of the subscription's currency. */
export function pricedAddon({ id, name, featureId, featureName, revision }: NamedAddon, price: bigint): PricedAddon {
  return { addonId: id, name, featureId, featureName, price, revision }
}
