import { publicCustomerId } from '#customers/customer.ts'
import { findCustomersById } from '#customers/customers.store.ts'
import { inTransaction, type Tx } from '#database/transaction.ts'
import { newId } from '#id.ts'
import { findInvoice } from '#invoicing/invoices.store.ts'
import type { Context } from '#organisations/org.ts'
import { findSide } from '#organisations/sides.store.ts'
import { mailDispute } from '#payments/actions/mail-dispute.ts'
import { type Begun, performRefund, recordRefund } from '#payments/actions/refund-transaction.ts'
import { type Attempt, isInFlight } from '#payments/attempt.ts'
import { findAttempt, lockAttempt, moveAttempt } from '#payments/attempts.store.ts'
import { type Dispute, mayEnd } from '#payments/dispute.ts'
import { findDispute, insertDispute, resolveDispute } from '#payments/disputes.store.ts'
import type { ProviderEvent } from '#payments/provider.ts'
import { noteEvent } from '#payments/provider-events.store.ts'
import { type PaymentServices, providerOf } from '#payments/services.ts'
import { lockSubscription } from '#subscriptions/subscriptions.store.ts'
import { isOwedByWithdrawal } from '#subscriptions/withdrawals.store.ts'
import { organisationNow } from '#time/clock.ts'
import { type EventData, recordEvent } from '#webhooks/outbox.ts'

/** `too_early`: its charge is not settled here yet; the provider has to tell it again. `unknown`: about nothing of ours. */
export type Hearing = 'recorded' | 'heard_before' | 'too_early' | 'unknown'

/**
 * Hears what happened at a provider by itself: the one way in for what webhooks tell and what is asked for. Twice is once, and
 * an end that comes before its beginning brings the beginning along; the beginning is then no news any more. What the seller wins
 * of a contract that its customer had withdrawn from is given back; its refund is the sweeper's where this process dies.
 */
export async function receiveProviderEvent(services: PaymentServices, event: ProviderEvent): Promise<Hearing> {
  const { organisationId, mode, transactionId } = event.charge
  const org = await findSide(services.db, organisationId, mode)
  const known = org && (await findAttempt(services.db, org.id, transactionId))
  if (!org || known?.provider !== event.provider) return 'unknown'
  const context = services.contextFor(org, organisationNow(org.simulatedTime, services.machineNow()))
  const provider = await providerOf(services, org.id, known)
  const { hearing, refund } = await inTransaction(services.db, async (tx): Promise<Heard> => {
    if (known.subscriptionId !== null) await lockSubscription(tx, org.id, known.subscriptionId)
    const attempt = await lockAttempt(tx, org.id, transactionId)
    if (!attempt || isInFlight(attempt.state)) return { hearing: 'too_early' }
    if (!(await noteEvent(tx, org.id, event, services.machineNow()))) return { hearing: 'heard_before' }
    return { hearing: 'recorded', refund: await hearDispute(tx, context, event, attempt, provider !== undefined) }
  })
  if (refund && provider) await performRefund(services, context, { ...refund, provider })
  return hearing
}

type Heard = { readonly hearing: Hearing; readonly refund?: Begun | undefined }

async function hearDispute(
  tx: Tx,
  context: Context,
  event: ProviderEvent,
  attempt: Attempt,
  isReachable: boolean,
): Promise<Begun | undefined> {
  const { org, now } = context
  const { reference, outcome } = event.dispute
  const known = await findDispute(tx, org.id, event.provider, reference)
  const opened = known ?? (await open(tx, context, event, attempt))
  if (outcome === null || !mayEnd(opened.state, outcome)) return undefined
  const dispute = await resolveDispute(tx, opened, outcome, now)
  const current = await lockAttempt(tx, org.id, attempt.id)
  // Lost, it stays disputed: the money is gone, unless it is won after all.
  const isBack = outcome === 'won' && current?.state === 'disputed'
  if (isBack) await moveAttempt(tx, current, { state: 'succeeded', updatedAt: now })
  const isOwed = isBack && (await isOwedByWithdrawal(tx, org.id, attempt))
  const told = await toldOf(tx, context, attempt, dispute)
  await recordEvent(tx, context, 'payment.dispute_resolved', attempt.customerId, { ...told, outcome })
  const refund = isOwed && isReachable ? await recordRefund(tx, context, attempt) : undefined
  await mailDispute(tx, context, attempt, dispute, isOwed ? { isReturned: refund !== undefined } : undefined)
  return refund
}

async function open(tx: Tx, context: Context, event: ProviderEvent, attempt: Attempt): Promise<Dispute> {
  const { org, now } = context
  const { reference, amount, currency, reason } = event.dispute
  const dispute = await insertDispute(tx, org.id, {
    id: newId('dp'),
    transactionId: attempt.id,
    subscriptionId: attempt.subscriptionId,
    provider: event.provider,
    providerReference: reference,
    amount,
    currency,
    reason,
    openedAt: now,
  })
  if (attempt.state === 'succeeded') await moveAttempt(tx, attempt, { state: 'disputed', updatedAt: now })
  const told = await toldOf(tx, context, attempt, dispute)
  await recordEvent(tx, context, 'payment.disputed', attempt.customerId, told)
  await mailDispute(tx, context, attempt, dispute)
  return dispute
}

async function toldOf(tx: Tx, { org }: Context, attempt: Attempt, dispute: Dispute): Promise<EventData> {
  const { invoiceId, customerId } = attempt
  const invoice = invoiceId === null ? undefined : await findInvoice(tx, org.id, invoiceId)
  const customer = (await findCustomersById(tx, org.id, [customerId])).get(customerId)
  return {
    paymentTransactionId: attempt.id,
    provider: attempt.provider,
    paymentLinkId: attempt.purpose === 'payment_link' ? attempt.paymentId : null,
    invoiceId,
    invoiceNumber: invoice?.number ?? null,
    customerId: customer ? publicCustomerId(customer) : customerId,
    subscriptionId: attempt.subscriptionId,
    disputeAmount: Number(dispute.amount),
    currency: dispute.currency,
    disputeReason: dispute.reason,
  }
}
