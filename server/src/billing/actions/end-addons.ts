import assert from 'node:assert/strict'
import { changeAccess } from '#billing/actions/change-access.ts'
import { fitsPlan } from '#catalogue/addon.ts'
import { findAddonsById, type NamedAddon } from '#catalogue/addons.store.ts'
import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import type { Plan } from '#catalogue/plan.ts'
import { type CustomerRecord, publicCustomerId } from '#customers/customer.ts'
import type { Tx } from '#database/transaction.ts'
import { tellState } from '#metering/actions/tell-state.ts'
import type { Context } from '#organisations/org.ts'
import { endActivation, findActiveAddons, type SubscriptionAddon } from '#subscriptions/addons.store.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'
import { recordEvent } from '#webhooks/outbox.ts'

/** Whose add-ons end, and in which of their windows: what was used in it so far is billed when it ends. */
export type EndingAddons = {
  readonly subscription: Pick<SubscriptionRecord, 'id'>
  readonly customer: CustomerRecord
  readonly windowNumber: number
}

/**
 * Ends active add-ons now (catalogue.md, Add-ons): their features are gone, nothing is refunded. Each is told with the state
 * before it. The caller holds the subscription's lock.
 */
export async function endAddons(
  tx: Tx,
  context: Context,
  { subscription, customer, windowNumber }: EndingAddons,
  addons: readonly SubscriptionAddon[],
): Promise<SubscriptionAddon[]> {
  const { org, now } = context
  const known = await namesOf(tx, org.id, addons)
  const ended: SubscriptionAddon[] = []
  for (const one of addons) {
    ended.push(await endActivation(tx, org.id, one, { window: windowNumber, now }))
    await changeAccess(tx, org.id, subscription.id, { updatedAt: now })
    await tellState(tx, context, customer.id, 'addon_deactivated')
    await tellEnd(tx, context, subscription.id, customer, known(one))
  }
  return ended
}

/** Ends the add-ons of a subscription that has ended: each is told with the state before it. Whoever ended it wrote its access. */
export async function endAllAddons(tx: Tx, context: Context, ending: EndingAddons): Promise<void> {
  const { org, now } = context
  const { subscription, customer, windowNumber } = ending
  const addons = (await findActiveAddons(tx, org.id, [subscription.id])).get(subscription.id) ?? []
  const known = await namesOf(tx, org.id, addons)
  for (const one of addons) {
    await endActivation(tx, org.id, one, { window: windowNumber, now })
    await tellState(tx, context, customer.id, 'addon_deactivated')
    await tellEnd(tx, context, subscription.id, customer, known(one))
  }
}

/**
 * Ends those add-ons that have no place beside another plan: it has their feature itself, or draws on something else. `terms`
 * are those of the plan's own features. Called once the subscription is on that plan, in its first window there.
 */
export async function endCoveredAddons(
  tx: Tx,
  context: Context,
  ending: EndingAddons,
  plan: Pick<Plan, 'consumptionModel'> & { readonly terms: readonly FeatureTerms[] },
): Promise<void> {
  const { org } = context
  const active = (await findActiveAddons(tx, org.id, [ending.subscription.id])).get(ending.subscription.id) ?? []
  const known = await namesOf(tx, org.id, active)
  const covered = active.filter((one) => isCovered(known(one), plan))
  await endAddons(tx, context, ending, covered)
}

/** Whether an add-on has no place beside a plan. `terms` are those of the plan's own features. */
export function isCovered(
  addon: NamedAddon,
  plan: Pick<Plan, 'consumptionModel'> & { readonly terms: readonly FeatureTerms[] },
): boolean {
  const hasFeature = plan.terms.some(({ featureId, enabled }) => enabled && featureId === addon.featureId)
  return hasFeature || !fitsPlan(addon.consumptionModel, plan.consumptionModel)
}

async function namesOf(tx: Tx, orgId: string, addons: readonly SubscriptionAddon[]) {
  const found = await findAddonsById(
    tx,
    orgId,
    addons.map(({ addonId }) => addonId),
  )
  return ({ addonId }: SubscriptionAddon): NamedAddon => {
    const addon = found.get(addonId)
    assert(addon, `add-on ${addonId} exists`)
    return addon
  }
}

function tellEnd(
  tx: Tx,
  context: Context,
  subscriptionId: string,
  customer: CustomerRecord,
  { id, name, featureCode }: NamedAddon,
): Promise<void> {
  return recordEvent(tx, context, 'addon.deactivated', customer.id, {
    subscriptionId,
    customerId: publicCustomerId(customer),
    addon: { id, name },
    featureCode,
  })
}
