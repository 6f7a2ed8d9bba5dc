import type { OpenedPortal } from '#hosted/portal-access.ts'
import type { LeadsTo } from '#hosted/portal-once.ts'
import { ConfirmationNeeded } from '#subscriptions/actions/finish-purchase.ts'

/** Buys something; leads to the bank's page where the bank asks for it. */
export async function orConfirm(portal: OpenedPortal, buy: () => Promise<void>): Promise<LeadsTo> {
  try {
    await buy()
    return null
  } catch (error) {
    if (error instanceof ConfirmationNeeded) return confirmationUrl(portal, error.attemptId)
    throw error
  }
}

/** Where a customer confirms a charge of something they bought in their portal. */
export function confirmationUrl(
  { context: { links, org }, id }: Pick<OpenedPortal, 'context' | 'id'>,
  attemptId: string,
) {
  return `${links.portal(org.id, id)}/authenticate/${attemptId}`
}
