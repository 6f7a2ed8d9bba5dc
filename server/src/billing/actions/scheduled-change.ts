import assert from 'node:assert/strict'
import { endCoveredAddons, isCovered } from '#billing/actions/end-addons.ts'
import type { Catalogue } from '#billing/catalogue.ts'
import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import type { Plan } from '#catalogue/plan.ts'
import { regionOf } from '#catalogue/region.ts'
import type { CustomerRecord } from '#customers/customer.ts'
import { publicCustomerId } from '#customers/customer.ts'
import type { Tx } from '#database/transaction.ts'
import { tellState } from '#metering/actions/tell-state.ts'
import type { Context } from '#organisations/org.ts'
import type { SubscriptionAddon } from '#subscriptions/addons.store.ts'
import { type ChangeTarget, switchTo } from '#subscriptions/plan-change.ts'
import { planChangedData } from '#subscriptions/plan-change-events.ts'
import { endsPeriod, type WindowPlan } from '#subscriptions/schedule.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'
import { startInstant } from '#time/period.ts'
import { recordEvent } from '#webhooks/outbox.ts'

/** A change that takes effect with the end of a window: the subscription on its new plan, and both plans. */
export type SwitchedPlan = {
  readonly subscription: SubscriptionRecord
  readonly changes: ReturnType<typeof switchTo>
  readonly from: Plan
  readonly to: Plan
}

type Scheduled = { readonly switched: SwitchedPlan | null; readonly isLost: boolean }

/**
 * The change that a subscription has scheduled for the end of a window; null where there is none, also when its plan was deleted
 * in the meantime (`isLost`). Reads the catalogue, writes nothing.
 */
export async function scheduledChange(
  tx: Tx,
  subscription: SubscriptionRecord,
  window: WindowPlan,
  catalogue: Catalogue,
): Promise<Scheduled> {
  if (!endsPeriod(window)) return { switched: null, isLost: false }
  return atPeriodEnd(tx, subscription, catalogue, startInstant(window.endsOn))
}

/**
 * The same for the end of the running period or trial, whichever its window is. What was deleted after that moment was there at it,
 * and its change is carried out, however late.
 */
export async function atPeriodEnd(
  tx: Tx,
  subscription: SubscriptionRecord,
  catalogue: Catalogue,
  at: Temporal.Instant,
): Promise<Scheduled> {
  const { planId, scheduledPlanId, scheduledPriceId, scheduledInterval } = subscription
  if (scheduledPlanId === null) return { switched: null, isLost: false }
  const [from, to] = [await catalogue.plan(tx, planId), await catalogue.plan(tx, scheduledPlanId)]
  assert(from && to, `the plans of ${subscription.id} exist`)
  const price = scheduledPriceId === null ? null : await catalogue.price(tx, scheduledPriceId, regionOf(subscription))
  const isGone = to.deletedAt !== null && Temporal.Instant.compare(to.deletedAt, at) <= 0
  if (isGone || price === undefined) return { switched: null, isLost: true }
  const target: ChangeTarget = {
    planId: to.id,
    planName: to.name,
    priceId: scheduledPriceId,
    billingInterval: scheduledInterval,
    basePrice: price?.price ?? 0n,
  }
  const changes = switchTo(target, { now: subscription.name, ofOldPlan: from.name })
  return { switched: { subscription: { ...subscription, ...changes }, changes, from, to }, isLost: false }
}

/** The add-ons that a subscription keeps where it changes to another plan; all of them where it does not. */
export async function keptAddons(
  tx: Tx,
  { now }: Context,
  switched: SwitchedPlan | null,
  had: readonly SubscriptionAddon[],
  catalogue: Catalogue,
): Promise<readonly SubscriptionAddon[]> {
  if (!switched || had.length === 0) return had
  const plan = await planWithTerms(tx, now, switched, catalogue)
  const kept: SubscriptionAddon[] = []
  for (const one of had) {
    const addon = await catalogue.addon(tx, one.addonId)
    if (addon && !isCovered(addon, plan)) kept.push(one)
  }
  return kept
}

/** Add-ons whose feature the new plan has end with the last window of the old one. */
export async function endSwitchedAddons(
  tx: Tx,
  context: Context,
  switched: Pick<SwitchedPlan, 'subscription' | 'to'>,
  { customer, windowNumber }: { readonly customer: CustomerRecord; readonly windowNumber: number },
  catalogue: Catalogue,
): Promise<void> {
  const plan = await planWithTerms(tx, context.now, switched, catalogue)
  await endCoveredAddons(tx, context, { subscription: switched.subscription, customer, windowNumber }, plan)
}

/** A plan with its own terms, as they are in force for the subscription that is on it from now on. */
async function planWithTerms(
  tx: Tx,
  now: Temporal.Instant,
  { subscription, to }: Pick<SwitchedPlan, 'subscription' | 'to'>,
  catalogue: Catalogue,
): Promise<Plan & { readonly terms: readonly FeatureTerms[] }> {
  const sinceRevision = await catalogue.revision(tx, now)
  const terms = await catalogue.terms(tx, to.id, { sinceRevision, region: regionOf(subscription) })
  return { ...to, terms }
}

/** `subscription.plan_changed` of a scheduled change: what it costs is on the renewal's own invoice. */
export async function tellSwitched(
  tx: Tx,
  context: Context,
  { from, to }: SwitchedPlan,
  subscription: SubscriptionRecord,
  customer: CustomerRecord,
): Promise<void> {
  await tellState(tx, context, customer.id, 'plan_change')
  const about = { subscription, customerId: publicCustomerId(customer) }
  const nothing = { credit: 0n, charge: 0n, totalCharged: 0n }
  const data = planChangedData(about, { previous: from, current: to }, nothing)
  await recordEvent(tx, context, 'subscription.plan_changed', customer.id, data)
}
