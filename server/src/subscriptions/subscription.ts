/** Every status a subscription can have, in the order of its life. */
export const subscriptionStatuses = ['draft', 'pending_payment', 'trialing', 'active', 'past_due', 'canceled'] as const
export type SubscriptionStatus = (typeof subscriptionStatuses)[number]

/** What may follow what (subscriptions.md, Life cycle). */
export const transitions = {
  draft: ['pending_payment', 'active', 'canceled'],
  pending_payment: ['trialing', 'active', 'canceled'],
  trialing: ['active', 'past_due', 'pending_payment', 'canceled'],
  active: ['past_due', 'canceled'],
  past_due: ['active', 'canceled'],
  canceled: ['active'],
} as const satisfies Record<SubscriptionStatus, readonly SubscriptionStatus[]>

/** Whether one status may follow the other. */
export function mayBecome(from: SubscriptionStatus, to: SubscriptionStatus): boolean {
  const next: readonly SubscriptionStatus[] = transitions[from]
  return next.includes(to)
}

/** Statuses in which the customer may use what the plan gives. */
export const statusesWithAccess = ['trialing', 'active', 'past_due'] as const satisfies readonly SubscriptionStatus[]

export function hasAccess(status: SubscriptionStatus): boolean {
  return (statusesWithAccess as readonly SubscriptionStatus[]).includes(status)
}

/** What happens when a subscription in this status is canceled without `immediate` (subscriptions.md, Canceling). */
export function cancelsAtPeriodEnd(status: SubscriptionStatus): boolean {
  return status === 'active' || status === 'trialing'
}
