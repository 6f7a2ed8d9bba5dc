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

/**
 * The bases of a subscription's active add-ons for the billing period that begins with `next`, at today's prices and the rate of
 * its plan; none where no period ends with `ended` (billing.md, Renewal of a subscription), or where the plan has no rate for the
 * subscription's currency any more.
 */
export async function addonBases(
  tx: Tx,
  subscription: Pick<SubscriptionRecord, 'planId' | 'currency' | 'hasUsPricing'>,
  had: readonly SubscriptionAddon[],
  ended: WindowPlan,
  next: WindowPlan,
  catalogue: Catalogue,
): Promise<DraftLine[]> {
  if (!endsHeldPeriod(ended)) return []
  const active = had.filter(({ state }) => state === 'active')
  if (active.length === 0) return []
  const region = regionOf(subscription)
  const rate = await catalogue.rate(tx, subscription.planId, region)
  if (rate === undefined) return []
  const lines: DraftLine[] = []
  for (const { addonId } of active) {
    const addon = await catalogue.addon(tx, addonId)
    assert(addon, `add-on ${addonId} exists`)
    const price = convertAt(rate, { region, cents: addon.basePrice, what: `The add-on ${addon.name}` })
    lines.push(addonBase(pricedAddon(addon, price), next))
  }
  return lines
}

/** An add-on at a price in the minor unit of the subscription's currency. */
export function pricedAddon({ id, name, featureId, featureName, revision }: NamedAddon, price: bigint): PricedAddon {
  return { addonId: id, name, featureId, featureName, price, revision }
}
