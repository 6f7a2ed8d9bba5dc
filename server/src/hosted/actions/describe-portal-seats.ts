import type * as z from 'zod'
import { type HeldPricing, heldAdvance } from '#billing/charges/seats-advance.ts'
import { heldTrueUp } from '#billing/charges/seats-true-up.ts'
import { loadTerms } from '#catalogue/actions/load-terms.ts'
import { revisionInForce } from '#catalogue/feature-terms.store.ts'
import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import { findFeaturesById } from '#catalogue/features.store.ts'
import { regionOf } from '#catalogue/region.ts'
import { type Db, inTransaction, type Tx } from '#database/transaction.ts'
import type { PortalSeats } from '#hosted/portal.contract.ts'
import type { PortalSession } from '#hosted/portal-sessions.store.ts'
import { findHolder, type Holder } from '#metering/actions/find-holder.ts'
import { refuseWhileChanging } from '#metering/actions/refuse-while-changing.ts'
import { isOverageOn } from '#metering/capacity.ts'
import { findHeld } from '#metering/held.store.ts'
import { decideHeld, heldPeriod, includedUnits, markIn } from '#metering/held.ts'
import { notInPlan } from '#metering/usage-decision.ts'
import { currency } from '#money/currency.ts'
import { quantityScale } from '#money/quantity.ts'
import type { Context } from '#organisations/org.ts'
import { Problem } from '#problem.ts'
import { findActiveAddons } from '#subscriptions/addons.store.ts'
import { windowsPerPeriod } from '#time/interval.ts'

export type PortalSeatsView = z.output<typeof PortalSeats>
type Preview = NonNullable<PortalSeatsView['preview']>

/** How many seats of a feature the customer is about to hold. */
export type ChosenSeats = { readonly featureCode: string; readonly count: bigint }

/** A holder whose subscription gives access: what the portal lets people hold seats of. */
type Seated = { readonly [Part in keyof Holder]: NonNullable<Holder[Part]> }

/**
 * The seats of the customer's plan, and what a count they are about to choose would bill and when, by the rules that bill it. Refuses
 * as the change itself would: 402 included_limit_reached, 400 missing_regional_price, 409 charge_in_progress, 404
 * feature_not_found. Writes nothing.
 */
export function describePortalSeats(
  db: Db,
  context: Context,
  session: Pick<PortalSession, 'customerId'>,
  chosen: ChosenSeats | null,
): Promise<PortalSeatsView> {
  return inTransaction(db, (tx) => describe(tx, context, session.customerId, chosen), {
    isolation: 'repeatable read',
    readOnly: true,
  })
}

async function describe(
  tx: Tx,
  context: Context,
  customerId: string,
  chosen: ChosenSeats | null,
): Promise<PortalSeatsView> {
  const holder = await findHolder(tx, context, customerId)
  const about = { object: 'portal_seats', livemode: context.org.livemode } as const
  if (!isSeated(holder)) {
    if (chosen) throw new Problem('no_active_subscription', 'There is no subscription that gives access.')
    return { ...about, currency: null, billingInterval: null, features: [], preview: null }
  }
  const { subscription, terms, circumstances } = holder
  const held = await findHeld(tx, context.org.id, subscription.id)
  const seats = terms.filter(({ type, enabled }) => type === 'seats' && enabled)
  return {
    ...about,
    currency: subscription.currency,
    billingInterval: subscription.billingInterval,
    features: [
      ...seats.map((one) => ({
        code: one.code,
        name: one.name,
        current: held.get(one.featureId)?.current ?? 0n,
        included: includedUnits(one),
        unlimited: one.unlimited,
        inPlan: true,
        unitPrice: !one.unlimited && isOverageOn(one, circumstances) ? unitPriceOf(holder, one) : null,
      })),
      ...(await lostSeats(tx, context.org.id, subscription.id, seats)).map(({ code, name, current }) => {
        return { code, name, current, included: 0n, unlimited: false, inPlan: false, unitPrice: null }
      }),
    ],
    preview: chosen && (await previewOf(tx, context, holder, chosen)),
  }
}

/** Seats that a subscription holds of features that its plan has not, in the order of their names. */
export async function lostSeats(
  db: Db,
  orgId: string,
  subscriptionId: string,
  inPlan: readonly Pick<FeatureTerms, 'featureId'>[],
): Promise<{ readonly code: string; readonly name: string; readonly current: bigint }[]> {
  const held = [...(await findHeld(db, orgId, subscriptionId)).values()]
  const lost = held.filter(
    ({ featureId, current }) => current > 0n && !inPlan.some((terms) => terms.featureId === featureId),
  )
  const features = await findFeaturesById(
    db,
    orgId,
    lost.map(({ featureId }) => featureId),
  )
  return lost
    .flatMap(({ featureId, current }) => {
      const feature = features.get(featureId)
      return feature?.type === 'seats' ? [{ code: feature.code, name: feature.name, current }] : []
    })
    .toSorted((one, other) => one.name.localeCompare(other.name, 'en'))
}

function isSeated(holder: Holder): holder is Seated {
  return holder.subscription !== null && holder.window !== null && holder.circumstances !== null
}

// Unit prices are per window: what a person pays is that of a billing period.
function unitPriceOf({ subscription: { billingInterval } }: Seated, { overageUnitPrice }: FeatureTerms): bigint {
  return overageUnitPrice * BigInt(billingInterval === null ? 1 : windowsPerPeriod[billingInterval])
}

async function previewOf(tx: Tx, context: Context, holder: Seated, chosen: ChosenSeats): Promise<Preview> {
  const { subscription, window, circumstances } = holder
  const { featureCode: code, count } = chosen
  const terms = holder.terms.find((one) => one.code === code && one.type === 'seats' && one.enabled)
  await refuseWhileChanging(tx, context.org, subscription.id)
  if (!terms) return previewOfGivingBack(tx, context, holder, chosen)
  const kept = (await findHeld(tx, context.org.id, subscription.id)).get(terms.featureId)
  const before = kept
    ? { current: kept.current, mark: markIn(kept, heldPeriod(window).start) }
    : { current: 0n, mark: 0n }
  const { previous, step } = decideHeld(terms, circumstances, before, { action: 'set', count })
  const about = { code, name: terms.name, from: previous, to: count }
  const { billingInterval, cancelRequestedAt, scheduledPlanId } = subscription
  if (billingInterval === null || window.kind !== 'paid') return { ...about, thisPeriod: null, nextPeriod: null }
  const pricing = { billingInterval, currency: currency(subscription.currency) }
  const period = heldPeriod(window)
  const goesOn = cancelRequestedAt === null && scheduledPlanId === null
  const trueUp =
    step &&
    heldTrueUp(
      { ...step, countsOn: context.today, windowNumber: window.number },
      [{ windowNumber: window.number, terms }],
      { ...period, endsOn: period.end },
      pricing,
    )
  return {
    ...about,
    thisPeriod: trueUp && { amount: trueUp.amount, units: trueUp.quantity / quantityScale, on: period.end },
    nextPeriod: goesOn
      ? { ...(await advancesOf(tx, context, holder, { terms, previous, count, pricing })), on: period.end }
      : null,
  }
}

// Of a feature that the plan has no more: nothing of it is billed, and it can only become less.
async function previewOfGivingBack(
  tx: Tx,
  { org }: Context,
  { subscription, terms }: Seated,
  { featureCode: code, count }: ChosenSeats,
): Promise<Preview> {
  const inPlan = terms.filter(({ type, enabled }) => type === 'seats' && enabled)
  const lost = (await lostSeats(tx, org.id, subscription.id, inPlan)).find((one) => one.code === code)
  if (!lost) throw new Problem('feature_not_found', `There are no seats with the code ${code} in this plan.`)
  if (count > lost.current) throw notInPlan(code)
  return { code, name: lost.name, from: lost.current, to: count, thisPeriod: null, nextPeriod: null }
}

type Counted = {
  readonly terms: FeatureTerms
  readonly previous: bigint
  readonly count: bigint
  readonly pricing: HeldPricing
}

// What is billed in advance goes by the terms of then, as far as they are known: those of now, without what the window keeps.
async function advancesOf(
  tx: Tx,
  { org, now }: Context,
  { subscription, window }: Seated,
  { terms: { featureId }, previous, count, pricing }: Counted,
): Promise<{ before: bigint; after: bigint }> {
  const { id, planId } = subscription
  const sinceRevision = await revisionInForce(tx, org.id, now)
  const addons = (await findActiveAddons(tx, org.id, [id])).get(id) ?? []
  const scope = { sinceRevision, before: now, region: regionOf(subscription) }
  const terms = (await loadTerms(tx, org.id, { planId, addons }, scope)).find((one) => one.featureId === featureId)
  // A feature that has left the plan is not billed again.
  const advance = (held: bigint) => (terms && heldAdvance(terms, held, window, pricing)?.amount) ?? 0n
  return { before: advance(previous), after: advance(count) }
}
