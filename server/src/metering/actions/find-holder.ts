import assert from 'node:assert/strict'
import { loadTerms } from '#catalogue/actions/load-terms.ts'
import { revisionInForce } from '#catalogue/feature-terms.store.ts'
import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import { findPlansById } from '#catalogue/plans.store.ts'
import { regionOf } from '#catalogue/region.ts'
import { type CustomerRecord, customerNotFound } from '#customers/customer.ts'
import { resolveCustomer } from '#customers/customers.store.ts'
import type { Db, Tx } from '#database/transaction.ts'
import type { Circumstances } from '#metering/capacity.ts'
import { windowAt } from '#metering/usage-window.ts'
import type { Context, Moment } from '#organisations/org.ts'
import { findActiveAddons } from '#subscriptions/addons.store.ts'
import type { WindowPlan } from '#subscriptions/schedule.ts'
import { hasAccess } from '#subscriptions/subscription.ts'
import { findLiveSubscription, lockSubscription, type SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'
import { findOpenWindow, windowPlanOf } from '#subscriptions/windows.store.ts'
import { startInstant } from '#time/period.ts'

/** A customer with what they may hold now: without access there is neither subscription nor window, and no terms. */
export type Holder = {
  readonly customer: CustomerRecord
  readonly subscription: SubscriptionRecord | null
  /** The window of now, which the billing engine may not have opened yet. */
  readonly window: WindowPlan | null
  readonly circumstances: Circumstances | null
  readonly terms: readonly FeatureTerms[]
}

/** Reads a holder. 404 customer_not_found. */
export async function findHolder(db: Db, context: Context, reference: string): Promise<Holder> {
  const customer = await customerOf(db, context, reference)
  const live = await findLiveSubscription(db, context.org.id, customer.id)
  return holderOf(db, context, customer, live)
}

/** The same with the subscription locked: changes of what it holds, and its billing, go one after the other. */
export async function lockHolder(tx: Tx, context: Context, reference: string): Promise<Holder> {
  const customer = await customerOf(tx, context, reference)
  const live = await findLiveSubscription(tx, context.org.id, customer.id)
  return holderOf(tx, context, customer, live && (await lockSubscription(tx, context.org.id, live.id)))
}

async function customerOf(db: Db, { org }: Context, reference: string): Promise<CustomerRecord> {
  const customer = await resolveCustomer(db, org.id, reference)
  if (!customer) throw customerNotFound(reference)
  return customer
}

/** What a customer may hold of their live subscription. */
export async function holderOf(
  db: Db,
  { org, now }: Moment,
  customer: CustomerRecord,
  subscription: SubscriptionRecord | undefined,
): Promise<Holder> {
  const nothing = { customer, subscription: null, window: null, circumstances: null, terms: [] }
  if (!subscription || !hasAccess(subscription.status)) return nothing
  const { anchor, billingInterval, trialEndsOn, cancelEffectiveOn } = subscription
  const open = await findOpenWindow(db, org.id, subscription.id)
  assert(open && anchor, `subscription ${subscription.id} gives access in a window`)
  const course = { window: windowPlanOf(open), anchor, billingInterval, trialEndsOn, cancelEffectiveOn }
  const window = windowAt(course, now)
  if (!window) return nothing
  const plan = (await findPlansById(db, org.id, [subscription.planId])).get(subscription.planId)
  assert(plan, `plan ${subscription.planId} exists`)
  const sinceRevision =
    window.number === open.number
      ? open.termsRevision
      : await revisionInForce(db, org.id, startInstant(window.startsOn))
  const addons = (await findActiveAddons(db, org.id, [subscription.id])).get(subscription.id) ?? []
  return {
    customer,
    subscription,
    window,
    circumstances: { model: plan.consumptionModel, status: subscription.status, windowKind: window.kind },
    terms: await loadTerms(
      db,
      org.id,
      { planId: subscription.planId, addons },
      { sinceRevision, region: regionOf(subscription) },
    ),
  }
}
