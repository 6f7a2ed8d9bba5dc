import assert from 'node:assert/strict'
import { loadTerms } from '#catalogue/actions/load-terms.ts'
import { findPlansById } from '#catalogue/plans.store.ts'
import { regionOf } from '#catalogue/region.ts'
import { findCustomersById, publicCustomerId } from '#customers/customers.store.ts'
import type { Db } from '#database/transaction.ts'
import { findOpenCheckouts } from '#hosted/checkouts.store.ts'
import { readTotals } from '#metering/counters.store.ts'
import { findHeld } from '#metering/held.store.ts'
import { findAccounts } from '#metering/ledger-accounts.store.ts'
import { units } from '#money/quantity.ts'
import type { Context } from '#organisations/org.ts'
import { findActiveAddons } from '#subscriptions/addons.store.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'
import { type SubscriptionFacts, toApiSubscription } from '#subscriptions/subscriptions.view.ts'
import { findOpenWindow } from '#subscriptions/windows.store.ts'

/** Subscriptions as the API shows them in lists: a fixed number of queries, without usage per feature. */
export async function showSubscriptions(db: Db, context: Context, subscriptions: readonly SubscriptionRecord[]) {
  const facts = await gatherFacts(db, context, subscriptions)
  return facts.map(toApiSubscription)
}

/** One subscription as the API shows it, with its features and what was used of them. */
export async function showSubscription(db: Db, context: Context, subscription: SubscriptionRecord) {
  const [facts] = await gatherFacts(db, context, [subscription])
  assert(facts, 'one subscription has its facts')
  return toApiSubscription({ ...facts, features: await featuresOf(db, context, subscription) })
}

async function gatherFacts(
  db: Db,
  { org, today, links }: Context,
  subscriptions: readonly SubscriptionRecord[],
): Promise<SubscriptionFacts[]> {
  const planIds = subscriptions.flatMap(({ planId, scheduledPlanId }) => [planId, scheduledPlanId ?? planId])
  const plans = await findPlansById(db, org.id, [...new Set(planIds)])
  const customers = await findCustomersById(db, org.id, [...new Set(subscriptions.map(({ customerId }) => customerId))])
  const waiting = subscriptions.filter(({ status }) => status === 'pending_payment').map(({ id }) => id)
  const checkouts = await findOpenCheckouts(db, org.id, waiting)
  const drawing = subscriptions.filter(({ planId }) => plans.get(planId)?.consumptionModel !== 'metered')
  const accounts = await findAccounts(
    db,
    org.id,
    drawing.map(({ id }) => id),
  )
  return subscriptions.map((subscription) => {
    const plan = plans.get(subscription.planId)
    const customer = customers.get(subscription.customerId)
    assert(plan && customer, `subscription ${subscription.id} has its plan and customer`)
    const checkout = checkouts.get(subscription.id)
    const checkoutUrl = checkout ? links.checkout(org.id, checkout.id) : null
    const account = accounts.get(subscription.id)
    const customerId = publicCustomerId(customer)
    const scheduledPlan = plans.get(subscription.scheduledPlanId ?? '')
    return { subscription, plan, scheduledPlan, account, customerId, checkoutUrl, today, livemode: org.livemode }
  })
}

async function featuresOf(db: Db, { org }: Context, subscription: SubscriptionRecord) {
  const window = await findOpenWindow(db, org.id, subscription.id)
  // Before access begins, and after it ended, the plan is shown as it is sold today.
  const { id, planId } = subscription
  const addons = (await findActiveAddons(db, org.id, [id])).get(id) ?? []
  const scope = { sinceRevision: window?.termsRevision ?? org.version, region: regionOf(subscription) }
  const terms = await loadTerms(db, org.id, { planId, addons }, scope)
  const used = await readTotals(db, org.id, subscription.id, subscription.windowNumber)
  for (const [featureId, { current }] of await findHeld(db, org.id, subscription.id))
    used.set(featureId, units(current))
  return { terms, used }
}
