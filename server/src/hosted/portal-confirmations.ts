import type { OpenedPortal, PortalServices } from '#hosted/portal-access.ts'
import type { PortalActionName } from '#hosted/portal-actions.contract.ts'
import type { LeadsTo } from '#hosted/portal-once.ts'
import type { Context } from '#organisations/org.ts'
import { supersedeAction } from '#payments/actions/supersede-action.ts'
import { type Attempt, holdsUp, type Purpose } from '#payments/attempt.ts'
import { listUnconfirmed } from '#payments/attempt-lists.store.ts'
import { ConfirmationNeeded } from '#subscriptions/actions/confirmation-needed.ts'
import { utcDay } from '#time/period.ts'

/** What a customer asked for in their portal when the charge began that now waits for their bank. */
export const actionOfPurpose: Partial<Record<Purpose, PortalActionName>> = {
  credit_purchase: 'credit-packs',
  balance_topup: 'top-up',
  addon_activation: 'activate-addon',
  plan_change: 'change-plan',
  renewal: 'retry',
  reactivation: 'retry',
}

/** Actions that a charge which everything else waits for holds up in nothing. */
const besides: readonly PortalActionName[] = [
  'billing-details',
  'email',
  'drop-email',
  'payment-method',
  'use-card',
  'spend-cap',
]

/** Asks for a charge with the customer there; leads to the bank's page where the bank asks for them. */
export async function orConfirm(portal: OpenedPortal, ask: () => Promise<void>): Promise<LeadsTo> {
  try {
    await ask()
    return null
  } catch (error) {
    if (error instanceof ConfirmationNeeded) return confirmationUrl(portal, error.attemptId)
    throw error
  }
}

/** Where a customer confirms a charge of something they asked for in their portal. */
export function confirmationUrl(
  { context: { links, org }, id }: Pick<OpenedPortal, 'context' | 'id'>,
  attemptId: string,
) {
  return `${links.portal(org.id, id)}/authenticate/${attemptId}`
}

/**
 * Whoever asks for something else has given up a change of plan or a payment that their bank still asks them about: its step is ended
 * at the provider. Gives the page that says so where it had been passed meanwhile, which is to be seen before anything else is done;
 * null where the way is free. 409 charge_in_progress while nobody knows.
 */
export async function giveUpSteps(
  services: PortalServices,
  { context, session, id }: OpenedPortal,
  asked: PortalActionName,
): Promise<LeadsTo> {
  if (besides.includes(asked)) return null
  const { org, links } = context
  for (const attempt of await listUnconfirmed(services.db, org.id, session.customerId)) {
    if (!holdsUp(attempt)) continue
    const ended = await supersedeAction(services, context, attempt)
    const done = actionOfPurpose[ended.purpose]
    if (ended.state === 'succeeded' && done) return `${links.portal(org.id, id)}?done=${done}`
  }
  return null
}

/** Whether a change of plan was priced on an earlier day than today, by the days that were left then. */
export function isOutdated({ purpose, state, createdAt }: Attempt, { today }: Context): boolean {
  return purpose === 'plan_change' && state === 'requires_action' && !utcDay(createdAt).equals(today)
}
