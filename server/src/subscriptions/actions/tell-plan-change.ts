import { tellRevoked } from '#billing/actions/revoke-plan-change.ts'
import { tellActivated } from '#billing/actions/settle-payment.ts'
import type { Plan } from '#catalogue/plan.ts'
import { publicCustomerId } from '#customers/customer.ts'
import type { Tx } from '#database/transaction.ts'
import { queueMail } from '#mail/outbox.ts'
import { tellState } from '#metering/actions/tell-state.ts'
import type { Context } from '#organisations/org.ts'
import type { SettledChange } from '#subscriptions/actions/apply-plan-change.ts'
import { planChangedData } from '#subscriptions/plan-change-events.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'
import { recordEvent } from '#webhooks/outbox.ts'

/** A change that took effect now: the subscription before and after it, and both plans. */
type Applied = SettledChange & { readonly before: SubscriptionRecord; readonly from: Plan; readonly to: Plan }

/** Everything that a change at once brings about: what it lifted, a trial that is over, a first payment, the new plan. */
export async function tellApplied(tx: Tx, context: Context, applied: Applied): Promise<void> {
  const { before, subscription, customer, change, invoice, from, to } = applied
  await tellRevoked(tx, context, before, customer)
  if (before.cancelRequestedAt !== null) await tellKept(tx, context, applied)
  if (before.status === 'trialing') await tellConverted(tx, context, applied)
  if (before.activatedAt === null && subscription.activatedAt !== null && invoice) {
    await tellActivated(tx, context, subscription, invoice)
  }
  await tellState(tx, context, customer.id, 'plan_change')
  const about = { subscription, customerId: publicCustomerId(customer) }
  const billing = { credit: change.credit, charge: change.charge, totalCharged: invoice?.total ?? 0n }
  const data = planChangedData(about, { previous: from, current: to }, billing)
  await recordEvent(tx, context, 'subscription.plan_changed', customer.id, data)
  await queueMail(tx, context, customer.id, 'subscription_changed', {
    from: from.name,
    to: to.name,
    effectiveOn: context.today.toString(),
    isScheduled: false,
  })
}

// Whoever changes to a plan that begins now does not want to leave.
async function tellKept(tx: Tx, context: Context, { subscription, customer }: Applied): Promise<void> {
  const { id: subscriptionId, status, periodEnd } = subscription
  const told = { subscriptionId, customerId: publicCustomerId(customer), status }
  await tellState(tx, context, customer.id, 'cancellation_revoked')
  await recordEvent(tx, context, 'subscription.cancellation_revoked', customer.id, {
    ...told,
    ...(periodEnd ? { currentPeriodEnd: `${periodEnd.toString()}T00:00:00.000Z` } : {}),
  })
  await recordEvent(tx, context, 'subscription.updated', customer.id, { ...told, cancelReason: null })
}

async function tellConverted(tx: Tx, context: Context, { subscription, customer, to }: Applied): Promise<void> {
  await tellState(tx, context, customer.id, 'trial_converted')
  await recordEvent(tx, context, 'trial.converted', customer.id, {
    subscriptionId: subscription.id,
    customerId: publicCustomerId(customer),
    status: subscription.status,
    planId: to.id,
    planName: to.name,
  })
}
