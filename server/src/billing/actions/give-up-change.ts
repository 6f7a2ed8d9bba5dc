import { listDueWhileChanging } from '#billing/due.store.ts'
import type { Context, Org } from '#organisations/org.ts'
import { supersedeAction } from '#payments/actions/supersede-action.ts'
import { isInFlight } from '#payments/attempt.ts'
import { findInvoiceAttempt } from '#payments/attempts.store.ts'
import type { PaymentServices } from '#payments/services.ts'
import { Problem } from '#problem.ts'
import { findOpenChange } from '#subscriptions/plan-changes.store.ts'

/**
 * Ends a change of plan whose customer has not answered their bank yet, so that what else is to happen to the subscription can: the
 * step is ended at the provider first, and where it had been passed meanwhile, the change takes effect. False while nobody knows how
 * its charge ends. Call it with no transaction open.
 */
export async function giveUpChange(
  services: PaymentServices,
  context: Context,
  subscriptionId: string,
): Promise<boolean> {
  const { org } = context
  const change = await findOpenChange(services.db, org.id, subscriptionId)
  if (change?.state !== 'charging' || change.invoiceId === null) return true
  const attempt = await findInvoiceAttempt(services.db, org.id, change.invoiceId)
  // Settled a moment ago.
  if (!attempt || !isInFlight(attempt.state)) return true
  try {
    await supersedeAction(services, context, attempt)
    return true
  } catch (error) {
    if (error instanceof Problem && error.code === 'charge_in_progress') return false
    throw error
  }
}

/** The same for every subscription of which something is due: what has its time does not wait for an answer. */
export async function giveUpDueChanges(services: PaymentServices, org: Org, until: Temporal.Instant): Promise<void> {
  const context = services.contextFor(org, until)
  for (const id of await listDueWhileChanging(services.db, { orgId: org.id, until })) {
    await giveUpChange(services, context, id)
  }
}
