import assert from 'node:assert/strict'
import { isCovered } from '#billing/actions/end-addons.ts'
import { loadTerms } from '#catalogue/actions/load-terms.ts'
import { findAddonsById } from '#catalogue/addons.store.ts'
import { loadPlanTerms, revisionInForce } from '#catalogue/feature-terms.store.ts'
import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import type { Plan } from '#catalogue/plan.ts'
import { findPlansById } from '#catalogue/plans.store.ts'
import { type Region, regionOf } from '#catalogue/region.ts'
import type { Db } from '#database/transaction.ts'
import { findHeld } from '#metering/held.store.ts'
import { includedUnits } from '#metering/held.ts'
import type { Context } from '#organisations/org.ts'
import { Problem } from '#problem.ts'
import { findActiveAddons } from '#subscriptions/addons.store.ts'
import { type HeldSeats, seatsBeyond } from '#subscriptions/plan-change.ts'
import { findChangeOfInvoice } from '#subscriptions/plan-changes.store.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'
import { findOpenWindow } from '#subscriptions/windows.store.ts'

/**
 * Seats a subscription holds, beside what it would have of each kind on a plan: every kind it has now or would have there, by plan
 * or add-on. Seats that neither gives lie idle before and after, and keep nobody from changing.
 */
export async function heldSeats(
  db: Db,
  { org, now }: Context,
  subscription: SubscriptionRecord,
  to: Plan,
  region: Region,
): Promise<HeldSeats[]> {
  const { id, planId } = subscription
  const held = await findHeld(db, org.id, id)
  if (held.size === 0) return []
  const inForce = await revisionInForce(db, org.id, now)
  const active = (await findActiveAddons(db, org.id, [id])).get(id) ?? []
  const window = await findOpenWindow(db, org.id, id)
  const running = { sinceRevision: window?.termsRevision ?? inForce, region: regionOf(subscription) }
  const before = await loadTerms(db, org.id, { planId, addons: active }, running)
  const scope = { sinceRevision: inForce, region }
  const own = await loadPlanTerms(db, org.id, to.id, scope)
  const addons = await findAddonsById(
    db,
    org.id,
    active.map(({ addonId }) => addonId),
  )
  const kept = active.filter(({ addonId }) => {
    const addon = addons.get(addonId)
    assert(addon, `add-on ${addonId} exists`)
    return !isCovered(addon, { ...to, terms: own })
  })
  const after = await loadTerms(db, org.id, { planId: to.id, addons: kept }, scope)
  return seatsIn(before, after, to).flatMap((seats) => {
    const count = held.get(seats.featureId)?.current ?? 0n
    return count === 0n ? [] : [{ ...seats, held: count }]
  })
}

type SeatsOfPlan = Omit<HeldSeats, 'held'> & { readonly featureId: string }

// In the order of the running plan; behind them what only the other one has.
function seatsIn(before: readonly FeatureTerms[], after: readonly FeatureTerms[], to: Plan): SeatsOfPlan[] {
  const offered = new Map(after.filter(({ enabled }) => enabled).map((terms) => [terms.featureId, terms]))
  const known = new Map([...before, ...after].map((terms) => [terms.featureId, terms]))
  return [...known.values()]
    .filter(({ type }) => type === 'seats')
    .map(({ featureId, code, name }) => {
      const terms = offered.get(featureId)
      return {
        featureId,
        code,
        name,
        included: terms ? includedUnits(terms) : 0n,
        isUnlimited: terms?.unlimited ?? false,
        isSoldBeyond: !to.isFree && (terms?.overageEnabled ?? false),
      }
    })
}

/** 400 seat_limit_exceeded where more seats are held than a plan includes and none are sold beyond. */
export function refuseSeats(seats: readonly HeldSeats[], to: Plan): void {
  const beyond = seatsBeyond(seats, true)
  if (!beyond) return
  const { code, held, included } = beyond
  const message = `${held} seats of ${code} are held. The plan ${to.name} includes ${included} and sells none beyond: remove ${held - included} first.`
  const details = { featureCode: code, currentSeats: Number(held), included: Number(included) }
  throw new Problem('seat_limit_exceeded', message, { details })
}

/**
 * The same for a free customer's change that waits for its checkout, before it is paid: seats may have been added since it was
 * offered. `subscription` is the one that runs.
 */
export async function refuseSeatsOfOffer(
  db: Db,
  context: Context,
  subscription: SubscriptionRecord,
  invoiceId: string,
): Promise<void> {
  const change = await findChangeOfInvoice(db, context.org.id, invoiceId)
  if (change?.state !== 'awaiting') return
  const to = (await findPlansById(db, context.org.id, [change.toPlanId])).get(change.toPlanId)
  assert(to, `the change ${change.id} has its plan`)
  refuseSeats(await heldSeats(db, context, subscription, to, regionOf(change)), to)
}
