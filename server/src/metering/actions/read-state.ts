import assert from 'node:assert/strict'
import { loadTerms } from '#catalogue/actions/load-terms.ts'
import { revisionInForce } from '#catalogue/feature-terms.store.ts'
import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import { findPlansById } from '#catalogue/plans.store.ts'
import { regionOf } from '#catalogue/region.ts'
import { publicCustomerId } from '#customers/customer.ts'
import { findCustomersById } from '#customers/customers.store.ts'
import type { Db } from '#database/transaction.ts'
import { type Holder, holderOf } from '#metering/actions/find-holder.ts'
import { usageCapacity } from '#metering/capacity.ts'
import { readTotals } from '#metering/counters.store.ts'
import { type CustomerState, withoutAccess } from '#metering/customer-state.ts'
import { accessIn, type Possession } from '#metering/feature-access.ts'
import { findHeld } from '#metering/held.store.ts'
import { heldPeriod, markIn } from '#metering/held.ts'
import { type Account, emptyAccount } from '#metering/ledger.ts'
import { findAccounts } from '#metering/ledger-accounts.store.ts'
import { cappedCapacity, capsInForce, mostOverdraft, roomFor, spentBesides } from '#metering/spend-cap.ts'
import { findCaps } from '#metering/spend-caps.store.ts'
import { currency } from '#money/currency.ts'
import { units } from '#money/quantity.ts'
import type { Moment } from '#organisations/org.ts'
import { findActiveAddons } from '#subscriptions/addons.store.ts'
import type { WindowPlan } from '#subscriptions/schedule.ts'
import { findLiveSubscription, type SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'

/** Everything a customer has: subscription, plan, features, credits or balance. `customerId` is the public id. */
export async function readState(db: Db, moment: Moment, customerId: string): Promise<CustomerState> {
  const { org } = moment
  const customer = (await findCustomersById(db, org.id, [customerId])).get(customerId)
  assert(customer, `customer ${customerId} exists`)
  const shown = publicCustomerId(customer)
  const subscription = await findLiveSubscription(db, org.id, customerId)
  if (!subscription) return { customerId: shown, live: null }
  const plan = (await findPlansById(db, org.id, [subscription.planId])).get(subscription.planId)
  assert(plan, `plan ${subscription.planId} exists`)
  const account = (await findAccounts(db, org.id, [subscription.id])).get(subscription.id) ?? emptyAccount
  const holder = await holderOf(db, moment, customer, subscription)
  const features = holder.window
    ? await featuresIn(db, org.id, holder, holder.window, account)
    : (await promisedTerms(db, moment, subscription)).map(withoutAccess)
  return { customerId: shown, live: { subscription, plan, account, features } }
}

async function featuresIn(db: Db, orgId: string, holder: Holder, window: WindowPlan, account: Account) {
  const { subscription, circumstances, terms } = holder
  assert(subscription && circumstances, 'who is in a window has a subscription')
  const totals = await readTotals(db, orgId, subscription.id, window.number)
  const caps = capsInForce(await findCaps(db, orgId, [subscription.id]))
  const paidIn = currency(subscription.currency)
  const used = (featureId: string) => totals.get(featureId) ?? 0n
  const counts = await findHeld(db, orgId, subscription.id)
  const possession: Possession = {
    used,
    held: (featureId) => {
      const count = counts.get(featureId)
      if (!count) return { current: 0n, mark: 0n }
      return { current: units(count.current), mark: units(markIn(count, heldPeriod(window).start)) }
    },
    account,
    capacity: (feature) => {
      const room = roomFor(caps, feature.featureId, spentBesides(feature, terms, used, paidIn))
      return cappedCapacity(usageCapacity(feature, circumstances), feature, room, paidIn)
    },
    overdraftCap: caps.total === null || !account.mayOverdraw ? null : mostOverdraft(caps.total, paidIn),
  }
  return terms.map((feature) => ({ feature, access: accessIn(feature, circumstances, possession) }))
}

// What the plan, and add-ons of a trial that ended, will give once there is access.
async function promisedTerms(
  db: Db,
  { org, now }: Moment,
  subscription: SubscriptionRecord,
): Promise<readonly FeatureTerms[]> {
  const { id, planId } = subscription
  const sinceRevision = await revisionInForce(db, org.id, now)
  const addons = (await findActiveAddons(db, org.id, [id])).get(id) ?? []
  return loadTerms(db, org.id, { planId, addons }, { sinceRevision, region: regionOf(subscription) })
}
