import assert from 'node:assert/strict'
import { missingRegionalPrice } from '#catalogue/actions/convert-amount.ts'
import { priceInCountry } from '#catalogue/actions/price-in-country.ts'
import { compareRank, type Plan } from '#catalogue/plan.ts'
import type { PlanPrice } from '#catalogue/plan-price.ts'
import { findPlan, findPlansById } from '#catalogue/plans.store.ts'
import { listPrices } from '#catalogue/prices.store.ts'
import { type Region, regionOf } from '#catalogue/region.ts'
import { localiseInRegion } from '#catalogue/regional-prices.store.ts'
import type { CustomerRecord } from '#customers/customer.ts'
import type { Db, Tx } from '#database/transaction.ts'
import { hasPaidInvoice } from '#invoicing/invoices.store.ts'
import type { Context } from '#organisations/org.ts'
import { hasOpenDispute } from '#payments/disputes.store.ts'
import { invalidField, Problem } from '#problem.ts'
import { heldSeats, refuseSeats } from '#subscriptions/actions/held-seats.ts'
import {
  type ChangeTarget,
  type ChangeTiming,
  chooseInterval,
  decideTiming,
  type HeldSeats,
  isRefusal,
  type PlacedPlan,
  type PlanPlace,
  type Refusal,
  type Running,
  refusePlan,
  refuseStanding,
} from '#subscriptions/plan-change.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'
import type { BillingInterval } from '#time/interval.ts'

/** What is asked for: another plan (id or code), another interval, or both. */
export type WantedChange = {
  readonly planId: string | undefined
  readonly billingInterval: BillingInterval | undefined
  /** What the request calls the plan and the interval. */
  readonly fields: { readonly plan: string; readonly interval: string }
}

/** A change that is possible, and when. Nothing is priced yet. */
export type DecidedChange = {
  readonly from: Plan
  readonly to: Plan
  readonly target: ChangeTarget
  /** The region it is paid in, and the price there; null for a free plan. */
  readonly region: Region
  readonly price: PlanPrice | null
  readonly timing: Exclude<ChangeTiming, Refusal>
  /** Whether the target is later in the group, or for the same plan the interval longer. */
  readonly isUpgrade: boolean
  /** Seats that are held; none where the plan stays and only the interval changes. */
  readonly seats: readonly HeldSeats[]
}

/**
 * Decides about a change of plan (subscriptions.md, Changing plan), reading only. Refuses with 404 plan_not_found, 409
 * subscription_not_active and subscription_has_open_dispute, 400 plans_not_in_same_group, 404 price_not_found, 409 no_prices_configured, 400
 * no_change_requested, 422 between one-time and recurring, 409 already_scheduled, 400 seat_limit_exceeded,
 * missing_regional_price, in this order.
 */
export async function decidePlanChange(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  customer: CustomerRecord,
  wanted: WantedChange,
): Promise<DecidedChange> {
  const { org } = context
  const from = (await findPlansById(tx, org.id, [subscription.planId])).get(subscription.planId)
  assert(from, `subscription ${subscription.id} has its plan`)
  const running = await runningOf(tx, org.id, subscription, from)
  const to = await targetPlan(tx, org.id, from, wanted)
  refuse(refuseStanding(running), wanted)
  const placed = placeOf(to, from)
  refuse(refusePlan(running, placed), wanted)
  const price = to.isFree ? null : await choosePrice(tx, org.id, running, to, wanted)
  const place: PlanPlace = { ...placed, billingInterval: price?.billingInterval ?? null }
  const timing = decideTiming(running, place)
  if (isRefusal(timing)) throw refusal(timing, wanted)
  const seats = to.id === from.id ? [] : await heldSeats(tx, context, subscription, to, regionOf(subscription))
  if (timing.kind !== 'period_end') refuseSeats(seats, to)
  const { region, price: local } = await priceOfChange(tx, org.id, { subscription, customer }, to, price)
  const isUpgrade = to.id === from.id ? timing.kind === 'now' : compareRank(to, from) > 0
  return { from, to, target: targetOf(to, local), region, price: local, timing, isUpgrade, seats }
}

async function runningOf(tx: Tx, orgId: string, subscription: SubscriptionRecord, from: Plan): Promise<Running> {
  const { id, status, billingInterval, cancelRequestedAt, scheduledPlanId, scheduledInterval, priceId } = subscription
  return {
    ...placeOf(from, from),
    isFree: priceId === null,
    status,
    billingInterval,
    hasOpenDispute: await hasOpenDispute(tx, orgId, id),
    isCancellationScheduled: cancelRequestedAt !== null,
    scheduled: scheduledPlanId === null ? null : { planId: scheduledPlanId, billingInterval: scheduledInterval },
  }
}

// Places are only compared with each other: the running plan is at 0.
function placeOf(plan: Plan, from: Plan): PlacedPlan {
  const { id: planId, planGroupId: groupId, isFree } = plan
  return { planId, groupId, place: compareRank(plan, from), isFree }
}

async function targetPlan(tx: Tx, orgId: string, from: Plan, wanted: WantedChange): Promise<Plan> {
  const found = await findPlan(tx, orgId, wanted.planId ?? from.id)
  if (found) return found
  const message =
    wanted.planId === undefined
      ? `The plan ${from.code} is not offered any more: its interval cannot change. Name another plan of its group.`
      : `There is no plan ${wanted.planId}.`
  throw new Problem('plan_not_found', message, { param: wanted.fields.plan })
}

async function choosePrice(
  tx: Tx,
  orgId: string,
  running: Running,
  to: Plan,
  wanted: WantedChange,
): Promise<PlanPrice> {
  const prices = (await listPrices(tx, orgId, [to.id])).get(to.id) ?? []
  const chosen = chooseInterval(running, wanted.billingInterval, prices)
  if (isRefusal(chosen)) throw refusal(chosen, wanted)
  return chosen
}

/** Whether the currency of a subscription is still to be settled by its first payment: it is free, and never cost anything. */
export async function hasOpenCurrency(
  db: Db,
  orgId: string,
  { id, priceId, activatedAt }: SubscriptionRecord,
): Promise<boolean> {
  return priceId === null && activatedAt === null && !(await hasPaidInvoice(db, orgId, id))
}

/**
 * A price of a plan as a customer would pay it: in the subscription's currency, which for somebody who never paid follows the
 * billing country. 400 missing_regional_price where the plan has none in it.
 */
export async function priceOfChange(
  tx: Tx,
  orgId: string,
  { subscription, customer: { address } }: { subscription: SubscriptionRecord; customer: CustomerRecord },
  to: Plan,
  price: PlanPrice | null,
): Promise<{ readonly region: Region; readonly price: PlanPrice | null }> {
  if (price && (await hasOpenCurrency(tx, orgId, subscription)))
    return priceInCountry(tx, orgId, price, address?.country ?? null)
  const region = regionOf(subscription)
  if (!price) return { region, price }
  const local = await localiseInRegion(tx, orgId, price, region)
  if (!local) throw missingRegionalPrice(`The plan ${to.code}`, subscription.currency)
  return { region, price: local }
}

function targetOf(to: Plan, price: PlanPrice | null): ChangeTarget {
  return {
    planId: to.id,
    planName: to.name,
    priceId: price?.id ?? null,
    billingInterval: price?.billingInterval ?? null,
    basePrice: price?.price ?? 0n,
  }
}

function refuse(found: Refusal | null, wanted: WantedChange): void {
  if (found) throw refusal(found, wanted)
}

function refusal({ code, message }: Refusal, { fields }: WantedChange): Problem {
  if (code === 'validation_error') return invalidField(fields.plan, message)
  return new Problem(code, message, code === 'price_not_found' ? { param: fields.interval } : {})
}
