import { runDue } from '#billing/actions/run-due.ts'
import { inTransaction } from '#database/transaction.ts'
import type { OpenedPortal, PortalServices } from '#hosted/portal-access.ts'
import { shownSubscription } from '#hosted/portal-payments.ts'
import type { RequestKey } from '#http/idempotency.ts'
import type { Context } from '#organisations/org.ts'
import { beginActivation } from '#subscriptions/actions/begin-activation.ts'
import { deactivateAddon as endAddon } from '#subscriptions/actions/deactivate-addon.ts'
import { finishPurchase } from '#subscriptions/actions/finish-purchase.ts'

/** Activates an add-on with the stored card, once per key: a form that is sent twice charges once. */
export async function activateAddon(
  services: PortalServices,
  portal: OpenedPortal,
  addon: string,
  key: RequestKey | null,
): Promise<void> {
  const { id } = await shownSubscription(services, portal)
  const context: Context = { ...portal.context, idempotency: key, isCustomerPresent: true }
  // The period that is paid for is that of now.
  await runDue(services, context.org, id, context.now)
  const input = { id, addon, requestedAt: services.machineNow() }
  await finishPurchase(services, context, (tx) => beginActivation(tx, context, input))
}

/** Deactivates an add-on now. */
export async function deactivateAddon(services: PortalServices, portal: OpenedPortal, addon: string): Promise<void> {
  const { context } = portal
  const { id } = await shownSubscription(services, portal)
  await runDue(services, context.org, id, context.now)
  await inTransaction(services.db, (tx) => endAddon(tx, context, { id, addon }))
}
