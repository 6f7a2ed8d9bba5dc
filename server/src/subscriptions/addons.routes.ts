import type * as z from 'zod'
import { runDue } from '#billing/actions/run-due.ts'
import type { BillingServices } from '#billing/actions/take-steps.ts'
import { findAddonsById } from '#catalogue/addons.store.ts'
import { resolveCustomer } from '#customers/customers.store.ts'
import { inTransaction } from '#database/transaction.ts'
import { type Route, route } from '#http/operation.ts'
import { Problem } from '#problem.ts'
import { type Activation, beginActivation } from '#subscriptions/actions/begin-activation.ts'
import { deactivateAddon } from '#subscriptions/actions/deactivate-addon.ts'
import { finishPurchase } from '#subscriptions/actions/finish-purchase.ts'
import {
  type ActiveAddon,
  activateAddonOperation,
  deactivateAddonOperation,
  listActiveAddonsOperation,
} from '#subscriptions/addons.contract.ts'
import { findActiveAddons } from '#subscriptions/addons.store.ts'
import { findLiveSubscription } from '#subscriptions/subscriptions.store.ts'

const listActive = route(listActiveAddonsOperation, async (db, { org }, { query }) => {
  const customer = await resolveCustomer(db, org.id, query.customerId)
  if (!customer)
    throw new Problem('customer_not_found', `There is no customer ${query.customerId}.`, { param: 'customerId' })
  const live = await findLiveSubscription(db, org.id, customer.id)
  const active = live ? ((await findActiveAddons(db, org.id, [live.id])).get(live.id) ?? []) : []
  const addons = await findAddonsById(
    db,
    org.id,
    active.map(({ addonId }) => addonId),
  )
  return active.flatMap(({ addonId, activatedAt }): z.output<typeof ActiveAddon>[] => {
    const addon = addons.get(addonId)
    if (!addon || !activatedAt) return []
    const { slug, name, basePrice, featureCode, featureName, featureType, consumptionModel } = addon
    const about = { slug, name, basePrice, featureCode, featureName, featureType, consumptionModel, activatedAt }
    return [{ ...about, object: 'addon', livemode: org.livemode }]
  })
})

const activate = (services: BillingServices) =>
  route(activateAddonOperation, async (_, context, { params, body }) => {
    // The period that is paid for is that of now.
    await runDue(services, context.org, params.id, context.now)
    const input = { id: params.id, addon: body.addonId, requestedAt: services.machineNow() }
    let begun: Activation | undefined
    const proratedCharge = await finishPurchase(services, context, async (tx) => {
      begun = await beginActivation(tx, context, input)
      return begun
    })
    const addonId = begun?.addonId ?? body.addonId
    return {
      addonId,
      status: 'active' as const,
      proratedCharge,
      object: 'subscription' as const,
      livemode: context.org.livemode,
    }
  })

const deactivate = (services: BillingServices) =>
  route(deactivateAddonOperation, async (db, context, { params }) => {
    // A renewal that was due before it still bills the add-on.
    await runDue(services, context.org, params.id, context.now)
    const input = { id: params.id, addon: params.addonId }
    const { addonId, deactivatedAt } = await inTransaction(db, (tx) => deactivateAddon(tx, context, input))
    const { livemode } = context.org
    return { id: addonId, status: 'inactive' as const, deactivatedAt, object: 'subscription' as const, livemode }
  })

export const subscriptionAddonRoutes = (services: BillingServices): Route[] => [
  listActive,
  activate(services),
  deactivate(services),
]
