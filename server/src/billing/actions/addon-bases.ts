import assert from 'node:assert/strict'
import { endsHeldPeriod } from '#billing/actions/held-lines.ts'
import type { Catalogue } from '#billing/catalogue.ts'
import { addonBase, type PricedAddon } from '#billing/charges/addon.ts'
import { convertAt } from '#catalogue/actions/convert-amount.ts'
import type { NamedAddon } from '#catalogue/addons.store.ts'
import type { SaidRate } from '#catalogue/exchange-rates.store.ts'
import { type Region, regionOf } from '#catalogue/region.ts'
import type { Tx } from '#database/transaction.ts'
import { addonsBilledBeyond, type BilledAddon } from '#invoicing/addon-lines.store.ts'
import type { DraftLine } from '#invoicing/invoice-draft.ts'
import { heldPeriod } from '#metering/held.ts'
import type { SubscriptionAddon } from '#subscriptions/addons.store.ts'
import type { WindowPlan } from '#subscriptions/schedule.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'
import { isBefore, startInstant } from '#time/period.ts'

/**
 * The bases of a subscription's active add-ons for the billing period that begins with `next`; none where no period ends with
 * `ended` (billing.md, Renewal of a subscription). `ended` is of the plan it has, or had until then.
 */
export async function addonBases(
  tx: Tx,
  subscription: Buyer & Pick<SubscriptionRecord, 'id' | 'anchor'>,
  had: readonly SubscriptionAddon[],
  [ended, next]: readonly [WindowPlan, WindowPlan],
  catalogue: Catalogue,
): Promise<DraftLine[]> {
  if (!endsHeldPeriod(ended)) return []
  const priced = await addonPrices(tx, subscription, had, catalogue, startInstant(ended.endsOn))
  if (priced.length === 0) return []
  const billed = await billedBefore(tx, catalogue.orgId, subscription, next)
  return priced.flatMap((addon) => addonBase(addon, next, paidUntil(addon, had, billed)) ?? [])
}

type Buyer = Pick<SubscriptionRecord, 'planId' | 'currency' | 'hasUsPricing'>

/** The longest window of a free plan, whose add-ons are paid for by the window. */
const longestWindowDays = 31

// Only a free month that became paid weeks is paid for beyond the period that began then: several of them may lie in it.
async function billedBefore(
  tx: Tx,
  orgId: string,
  { id, anchor }: Pick<SubscriptionRecord, 'id' | 'anchor'>,
  next: WindowPlan,
): Promise<readonly BilledAddon[]> {
  const { start } = heldPeriod(next)
  const isNear = anchor !== null && isBefore(start, anchor.add({ days: longestWindowDays }))
  return isNear ? addonsBilledBeyond(tx, orgId, id, start) : []
}

/** To which day an add-on was paid for since it was activated; null where that is over. */
function paidUntil(
  { addonId }: PricedAddon,
  had: readonly SubscriptionAddon[],
  billed: readonly BilledAddon[],
): Temporal.PlainDate | null {
  const since = had.find((one) => one.addonId === addonId && one.state === 'active')?.sinceWindow ?? 0
  const days = billed.filter((one) => one.addonId === addonId && one.windowNumber >= since).map(({ until }) => until)
  return days.reduce<Temporal.PlainDate | null>((last, day) => (last && isBefore(day, last) ? last : day), null)
}

/**
 * What the active ones of a subscription's add-ons cost for a billing period that begins at a moment: the prices in force then, at
 * the rate its plan had then; none where that has no rate for the subscription's currency any more.
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
  const { planId } = subscription
  const said = await catalogue.saidRate(tx, planId, region, at)
  if (said === undefined) return []
  const priced: PricedAddon[] = []
  for (const { addonId } of active) {
    const addon = await catalogue.addonAt(tx, addonId, at)
    assert(addon, `add-on ${addonId} exists`)
    priced.push(pricedAddon(addon, { planId, region, said }))
  }
  return priced
}

/** What an add-on's dollars become: the rate that a plan has for a region. */
export type AddonExchange = { readonly planId: string; readonly region: Region; readonly said: SaidRate }

/** An add-on at its price in the minor unit of a region. */
export function pricedAddon(
  { id, name, featureId, featureName, basePrice, revision }: NamedAddon,
  { planId, region, said }: AddonExchange,
): PricedAddon {
  const price = convertAt(said.rate, { region, cents: basePrice, what: `The add-on ${name}` })
  const rate = region === null ? {} : { rate: { planId, currency: region, revision: Number(said.revision) } }
  return { addonId: id, name, featureId, featureName, price, revision, ...rate }
}
