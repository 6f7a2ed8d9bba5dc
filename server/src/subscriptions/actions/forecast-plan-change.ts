import { forecastRenewal } from '#billing/actions/forecast-renewal.ts'
import { type Due, gatherDue } from '#billing/actions/gather-due.ts'
import { keptAddons } from '#billing/actions/scheduled-change.ts'
import { Catalogue } from '#billing/catalogue.ts'
import { currencyOf, regionColumns } from '#catalogue/region.ts'
import type { Tx } from '#database/transaction.ts'
import type { DraftLine } from '#invoicing/invoice-draft.ts'
import type { Context } from '#organisations/org.ts'
import type { DecidedChange } from '#subscriptions/actions/decide-plan-change.ts'
import { offerOfChange } from '#subscriptions/actions/offer-of-change.ts'
import { findActiveAddons } from '#subscriptions/addons.store.ts'
import { switchTo } from '#subscriptions/plan-change.ts'
import { firstWindow } from '#subscriptions/schedule.ts'
import { discountColumns } from '#subscriptions/selection.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'

/**
 * What the first renewal after a change of plan will charge as things stand, in minor units of the target's currency, priced as the
 * renewal itself will be: of a change that waits the renewal that brings it, of one at once the end of the period it begins.
 * Usage beyond the plan, customer credit and tax come on top. `putOff`: what the change itself leaves waiting. Reads only.
 */
export async function forecastPlanChange(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  decided: DecidedChange,
  putOff: readonly DraftLine[],
): Promise<bigint> {
  const { org, now } = context
  const { target, timing } = decided
  const [found] = await gatherDue(tx, org.id, [subscription])
  if (!found) return 0n
  const catalogue = new Catalogue(org.id)
  const addons = (await findActiveAddons(tx, org.id, [subscription.id])).get(subscription.id) ?? []
  if (timing.kind === 'period_end') {
    const { planId: scheduledPlanId, priceId: scheduledPriceId, billingInterval: scheduledInterval } = target
    const scheduled = { ...subscription, scheduledPlanId, scheduledPriceId, scheduledInterval, scheduledAt: now }
    return (await forecastRenewal(tx, context, { ...found, subscription: scheduled }, addons, catalogue)).amount
  }
  const { changed, changes } = await asChanged(tx, context, subscription, decided)
  const switched = { subscription: changed, changes, from: decided.from, to: decided.to }
  const kept = await keptAddons(tx, context, switched, addons, catalogue)
  const waiting = timing.kind === 'now' ? putOff : stillWaiting(found, decided)
  return (await forecastRenewal(tx, context, { ...found, subscription: changed, waiting }, kept, catalogue)).amount
}

// What waits on a free plan goes on waiting behind a checkout, unless that settles another currency.
function stillWaiting({ subscription, waiting }: Due, { region }: DecidedChange): readonly DraftLine[] {
  return currencyOf(region) === subscription.currency ? waiting : []
}

/** A subscription as a change that takes effect today leaves it. */
async function asChanged(
  tx: Tx,
  { org, today }: Context,
  subscription: SubscriptionRecord,
  decided: DecidedChange,
): Promise<{ readonly changed: SubscriptionRecord; readonly changes: ReturnType<typeof switchTo> }> {
  const { from, target, timing, region } = decided
  const { billingInterval, priceId } = target
  const start = { on: today, billingInterval, isFree: priceId === null, trialDays: 0 }
  const window = firstWindow(start, subscription.windowNumber + 1)
  const changes = switchTo(target, { now: subscription.name, ofOldPlan: from.name })
  const discount = timing.kind === 'checkout' ? (await offerOfChange(tx, org.id, subscription, decided)).discount : null
  const changed: SubscriptionRecord = {
    ...subscription,
    ...changes,
    ...regionColumns(region),
    ...discountColumns(discount),
    discountCyclesUsed: discount === null ? 0 : 1,
    status: 'active',
    anchor: today,
    trialEndsOn: subscription.status === 'trialing' ? today : subscription.trialEndsOn,
    windowNumber: window.number,
    windowStart: window.startsOn,
    windowEnd: window.endsOn,
    periodStart: window.periodStart,
    periodEnd: window.periodEnd,
  }
  return { changed, changes }
}
