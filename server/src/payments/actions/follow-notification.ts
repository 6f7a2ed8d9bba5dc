import { inTransaction } from '#database/transaction.ts'
import { isId } from '#id.ts'
import type { Org } from '#organisations/org.ts'
import { findOrg } from '#organisations/sides.store.ts'
import { receiveProviderEvent } from '#payments/actions/receive-provider-event.ts'
import { reviewAttempt } from '#payments/actions/review-attempt.ts'
import { reviewCard } from '#payments/actions/review-card.ts'
import { reviewPayout } from '#payments/actions/review-payout.ts'
import { reviewRefund } from '#payments/actions/review-refund.ts'
import { tellAvailable } from '#payments/actions/tell-available.ts'
import { findAttempt } from '#payments/attempts.store.ts'
import type { Notification } from '#payments/notification.ts'
import { ProviderUnreachable } from '#payments/provider.ts'
import { noteEvent } from '#payments/provider-events.store.ts'
import type { PaymentServices } from '#payments/services.ts'

/**
 * Acts on what a provider told and notes that it was acted on. A notification is a hint to ask; what it says is not believed. False
 * while the provider does not answer, or its charge is not settled here: it waits for its next look.
 */
export async function followNotification(services: PaymentServices, notification: Notification): Promise<boolean> {
  const org = await findOrg(services.db, notification.orgId)
  if (org) {
    try {
      if (!(await actOn(services, org, notification))) return false
    } catch (error) {
      if (!(error instanceof ProviderUnreachable)) throw error
      return false
    }
  }
  await services.crashPoint?.('notification.followed')
  const { orgId } = notification
  await inTransaction(services.db, (tx) => noteEvent(tx, orgId, notification, services.machineNow()))
  return true
}

// False: too early, it has to be looked at again.
async function actOn(services: PaymentServices, org: Org, notification: Notification): Promise<boolean> {
  const { attemptId, disputeId, payoutId, cardReference, isOfRefund, isOfBalance } = notification.told
  if (cardReference !== undefined) await reviewCard(services, org, notification, cardReference)
  if (payoutId !== undefined && isId('po', payoutId)) return reviewPayout(services, org, payoutId)
  if (isOfBalance) return tellAvailable(services, org, notification)
  if (isOfRefund) return reviewRefund(services, org, notification.told)
  if (attemptId !== undefined && isId('txn', attemptId)) await reviewAttempt(services, org, attemptId)
  return disputeId === undefined || hearDispute(services, org, notification, disputeId)
}

async function hearDispute(
  services: PaymentServices,
  org: Org,
  { connectionId, provider, id, told: { attemptId } }: Notification,
  disputeId: string,
): Promise<boolean> {
  const heard = await disputeAt(services, org, connectionId, { disputeId, attemptId })
  const disputed = heard && (await findAttempt(services.db, org.id, heard.charge.transactionId))
  if (!disputed?.connectionId) return true
  // An account that was removed and connected again tells its new place alone: the place of the charge is asked.
  const isOwn = disputed.connectionId === connectionId
  const about = isOwn
    ? heard
    : await disputeAt(services, org, disputed.connectionId, { disputeId, attemptId: disputed.id })
  if (about?.charge.transactionId !== disputed.id) return true
  const type = about.dispute.outcome === null ? 'dispute.opened' : 'dispute.closed'
  return (await receiveProviderEvent(services, { provider, id, type, ...about })) !== 'too_early'
}

/** What an account says of a dispute. It says itself whose charge it was: of no other side than the one that it is connected to. */
async function disputeAt(
  services: PaymentServices,
  org: Org,
  connectionId: string,
  { disputeId, attemptId }: { readonly disputeId: string; readonly attemptId: string | undefined },
) {
  const about = await (await services.connections.open(org.id, connectionId))?.findDispute?.(disputeId, attemptId)
  return about?.charge.organisationId === org.organisationId && about.charge.mode === org.mode ? about : undefined
}
