import assert from 'node:assert/strict'
import { inTransaction } from '#database/transaction.ts'
import { isId } from '#id.ts'
import type { Org } from '#organisations/org.ts'
import { findOrg } from '#organisations/sides.store.ts'
import { askForRefund } from '#payments/actions/refund-transaction.ts'
import { settleRefund } from '#payments/actions/settle-refund.ts'
import { findAttempt } from '#payments/attempts.store.ts'
import type { Told } from '#payments/notification.ts'
import { KeysRefused, ProviderUnreachable } from '#payments/provider.ts'
import type { Refund } from '#payments/refund.ts'
import { findRefund, findRefundOf } from '#payments/refunds.store.ts'
import { type PaymentServices, providerOf } from '#payments/services.ts'

/** Asks how a refund stands that the provider told something about. False: it has not decided, and has to be asked again. */
export async function reviewRefund(
  services: PaymentServices,
  org: Org,
  { attemptId, refundId }: Pick<Told, 'attemptId' | 'refundId'>,
): Promise<boolean> {
  const named = refundId !== undefined && isId('re', refundId) ? findRefund(services.db, org.id, refundId) : undefined
  const isCharge = attemptId !== undefined && isId('txn', attemptId)
  const refund = (await named) ?? (isCharge ? await findRefundOf(services.db, org.id, attemptId) : undefined)
  return refund?.state !== 'started' || lookAtRefund(services, refund)
}

/**
 * Asks for a refund again under its key, which gives nothing back twice, and settles it; false while nobody says. It counts with the
 * time at which it was asked for. Throws {@link KeysRefused} where the connection's keys are not taken.
 */
export async function lookAtRefund(services: PaymentServices, refund: Refund): Promise<boolean> {
  const { db } = services
  const org = await findOrg(db, refund.orgId)
  const attempt = await findAttempt(db, refund.orgId, refund.transactionId)
  assert(org && attempt, 'a refund has an organisation and a charge')
  const provider = await providerOf(services, org.id, attempt)
  if (!provider) return false
  const result = await askForRefund(provider, org, refund, attempt)
  // Nobody but the operator can end that: it is told, and asked again.
  if (result instanceof KeysRefused) throw result
  if (result instanceof ProviderUnreachable) return false
  const context = services.contextFor(org, refund.createdAt)
  await inTransaction(db, (tx) => settleRefund(tx, context, refund, result, services.settleRefund))
  return true
}
