import assert from 'node:assert/strict'
import { endAddons } from '#billing/actions/end-addons.ts'
import { requireAddon } from '#catalogue/actions/save-addon.ts'
import type { Tx } from '#database/transaction.ts'
import { refuseWhileChanging } from '#metering/actions/refuse-while-changing.ts'
import { windowAt } from '#metering/usage-window.ts'
import type { Context } from '#organisations/org.ts'
import { Problem } from '#problem.ts'
import { lockWithCustomer } from '#subscriptions/actions/cancel-subscription.ts'
import { findLiveActivation, type SubscriptionAddon } from '#subscriptions/addons.store.ts'
import { hasAccess } from '#subscriptions/subscription.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'
import { findOpenWindow, windowPlanOf } from '#subscriptions/windows.store.ts'

/**
 * Deactivates an add-on now (catalogue.md, Add-ons): nothing is refunded, usage so far is billed at the window's end. Possible
 * while past due as well: nobody is held to what they do not want. 404 subscription_not_found and addon_not_found, 400
 * addon_not_active, 409 subscription_not_active and, while its charge is under way, charge_in_progress.
 */
export async function deactivateAddon(
  tx: Tx,
  context: Context,
  input: { readonly id: string; readonly addon: string },
): Promise<SubscriptionAddon> {
  const { org } = context
  const { subscription, customer } = await lockWithCustomer(tx, context, input.id)
  const addon = await requireAddon(tx, org.id, input.addon)
  const live = await findLiveActivation(tx, org.id, subscription.id, addon.id)
  if (!live) {
    throw new Problem('addon_not_active', `The subscription ${subscription.id} does not have the add-on ${addon.slug}.`)
  }
  if (live.state === 'pending') {
    throw new Problem('charge_in_progress', `The add-on ${addon.slug} is being charged. Try again in a minute.`)
  }
  if (!hasAccess(subscription.status)) {
    throw new Problem('subscription_not_active', `The subscription ${subscription.id} is ${subscription.status}.`)
  }
  await refuseWhileChanging(tx, org, subscription.id)
  const windowNumber = await windowOfNow(tx, context, subscription)
  const [ended] = await endAddons(tx, context, { subscription, customer, windowNumber }, [live])
  assert(ended, 'one add-on ends')
  return ended
}

// While past due, windows go by that billing has not opened.
async function windowOfNow(
  tx: Tx,
  { org, now }: Context,
  { id, anchor, billingInterval, trialEndsOn, cancelEffectiveOn, windowNumber }: SubscriptionRecord,
): Promise<number> {
  const open = await findOpenWindow(tx, org.id, id)
  assert(open && anchor, `subscription ${id} gives access in a window`)
  const course = { window: windowPlanOf(open), anchor, billingInterval, trialEndsOn, cancelEffectiveOn }
  return windowAt(course, now)?.number ?? windowNumber
}
