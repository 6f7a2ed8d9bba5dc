import assert from 'node:assert/strict'
import { lockCustomer } from '#customers/customers.store.ts'
import { type Db, inTransaction, type Tx } from '#database/transaction.ts'
import { newId } from '#id.ts'
import type { Context, Org } from '#organisations/org.ts'
import { settleRefund } from '#payments/actions/settle-refund.ts'
import { type Attempt, isInFlight } from '#payments/attempt.ts'
import { findStartedCollections } from '#payments/attempt-lists.store.ts'
import { findAttempt, lockAttempt } from '#payments/attempts.store.ts'
import { KeysRefused, type PaymentProvider, ProviderUnreachable, type RefundResult } from '#payments/provider.ts'
import type { Refund } from '#payments/refund.ts'
import { findRefundOf, insertRefund } from '#payments/refunds.store.ts'
import { type PaymentServices, providerOf } from '#payments/services.ts'
import { Problem } from '#problem.ts'
import { findChanging } from '#subscriptions/plan-changes.store.ts'
import { lockSubscription } from '#subscriptions/subscriptions.store.ts'

/**
 * Gives a charge back, all of it (payments.md, Transactions). Staged like a charge: recorded and committed before the provider
 * is asked. 404 transaction_not_found, 409 duplicate, charge_in_progress, invalid_subscription_status, provider_unsupported,
 * 402 payment_failed when the provider refuses.
 */
export async function refundTransaction(services: PaymentServices, context: Context, id: string): Promise<void> {
  const provider = await chargingProvider(services, context.org, id)
  const { refund, attempt } = await inTransaction(services.db, (tx) => beginRefund(tx, context, id))
  const ended = await performRefund(services, context, { provider, refund, attempt })
  if (ended instanceof KeysRefused) {
    const message = 'The payment provider does not accept the keys of this connection. The refund is made once it does.'
    throw new Problem('charge_in_progress', message)
  }
  if (ended instanceof ProviderUnreachable) {
    throw new Problem('charge_in_progress', 'The payment provider has not answered yet. Look again in a minute.')
  }
  if (ended.state !== 'failed') return
  throw new Problem('payment_failed', ended.failureMessage ?? 'The payment provider refused the refund.', {
    details: { failureCode: ended.failureCode },
  })
}

/**
 * Asks the provider for a committed refund and settles it; call it with no transaction open. Gives the error where it was not answered: the
 * sweeper asks again.
 */
export async function performRefund(
  services: PaymentServices,
  context: Context,
  { provider, refund, attempt }: Begun & { readonly provider: PaymentProvider },
): Promise<Refund | ProviderUnreachable> {
  await services.crashPoint?.('refund.recorded')
  const result = await askForRefund(provider, context.org, refund, attempt)
  if (result instanceof ProviderUnreachable) return result
  await services.crashPoint?.('refund.made')
  const ended = await inTransaction(services.db, (tx) =>
    settleRefund(tx, context, refund, result, services.settleRefund),
  )
  await services.crashPoint?.('refund.settled')
  return ended
}

// Also one that takes no new charges any more: what it charged, it can give back.
async function chargingProvider(services: PaymentServices, org: Org, id: string): Promise<PaymentProvider> {
  const attempt = await findAttempt(services.db, org.id, id)
  if (attempt?.kind !== 'charge') throw new Problem('transaction_not_found', `There is no transaction ${id}.`)
  const provider = await providerOf(services, org.id, attempt)
  if (provider) return provider
  throw new Problem('provider_unsupported', `The payment provider ${attempt.provider} is not connected here any more.`)
}

/** Asks the provider for a committed refund: the same request each time. Gives the error where it was not answered. */
export async function askForRefund(
  provider: PaymentProvider,
  org: Org,
  refund: Refund,
  attempt: Attempt,
): Promise<RefundResult | ProviderUnreachable> {
  assert(attempt.providerReference, `${attempt.id} is known to its provider`)
  try {
    return await provider.refund({
      idempotencyKey: refund.id,
      chargeReference: attempt.providerReference,
      amount: refund.amount,
      currency: refund.currency,
      metadata: { organisation: org.organisationId, mode: org.mode, transaction: attempt.id, refund: refund.id },
    })
  } catch (error) {
    if (error instanceof ProviderUnreachable) return error
    throw error
  }
}

/** A refund that is recorded, and the charge it gives back. */
export type Begun = { readonly refund: Refund; readonly attempt: Attempt }

async function beginRefund(tx: Tx, context: Context, id: string): Promise<Begun> {
  const { org } = context
  const attempt = await lockCharge(tx, org, id)
  await refuse(tx, org, attempt)
  const begun = await recordRefund(tx, context, attempt)
  assert(begun, `${id} is locked and has no refund`)
  return begun
}

/** Records that a locked charge that succeeded is to be given back. Undefined when it was, or is at this moment. */
export async function recordRefund(tx: Tx, { org, now }: Context, attempt: Attempt): Promise<Begun | undefined> {
  const refund = await insertRefund(tx, org.id, {
    id: newId('re'),
    transactionId: attempt.id,
    subscriptionId: attempt.subscriptionId,
    provider: attempt.provider,
    amount: attempt.amount,
    currency: attempt.currency,
    createdAt: now,
  })
  return refund && { refund, attempt }
}

// Customer, subscription, charge: the one order of locks.
async function lockCharge(tx: Tx, { id: orgId }: Org, id: string): Promise<Attempt> {
  const found = await findAttempt(tx, orgId, id)
  // Only charges are transactions: a set-up moves no money.
  if (found?.kind !== 'charge') throw new Problem('transaction_not_found', `There is no transaction ${id}.`)
  await lockCustomer(tx, orgId, found.customerId)
  if (found.subscriptionId !== null) await lockSubscription(tx, orgId, found.subscriptionId)
  const attempt = await lockAttempt(tx, orgId, id)
  assert(attempt, `transaction ${id} exists`)
  return attempt
}

async function refuse(tx: Tx, { id: orgId }: Org, { id, state, subscriptionId }: Attempt): Promise<void> {
  const earlier = await findRefundOf(tx, orgId, id)
  if (state === 'refunded' || earlier?.state === 'succeeded') {
    throw new Problem('duplicate', `The transaction ${id} was refunded before.`)
  }
  if (earlier || isInFlight(state)) {
    throw new Problem('charge_in_progress', `The transaction ${id} is not settled yet. Look again in a minute.`)
  }
  if (state !== 'succeeded') {
    throw new Problem(
      'invalid_subscription_status',
      `Only what succeeded is given back; the transaction ${id} is ${state}.`,
    )
  }
  if (subscriptionId !== null && (await isCharged(tx, orgId, subscriptionId))) {
    throw new Problem('charge_in_progress', 'The subscription is being charged at this moment. Try again in a minute.')
  }
}

// How that ends decides what the refund ends.
async function isCharged(db: Db, orgId: string, subscriptionId: string): Promise<boolean> {
  if ((await findStartedCollections(db, orgId, [subscriptionId])).length > 0) return true
  return (await findChanging(db, orgId, [subscriptionId])).size > 0
}
