import assert from 'node:assert/strict'
import type { Tx } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import { type Attempt, judge } from '#payments/attempt.ts'
import { type AttemptChanges, lockAttempt, moveAttempt } from '#payments/attempts.store.ts'
import type { KnownResult } from '#payments/provider.ts'
import type { Settlements } from '#payments/services.ts'
import { lockSubscription } from '#subscriptions/subscriptions.store.ts'

/**
 * Writes the provider's answer to an attempt and what follows from it, in one transaction. Whoever comes second finds the
 * attempt settled and changes nothing. Gives the attempt as it is now.
 */
export async function settleAttempt(
  tx: Tx,
  context: Context,
  { id, subscriptionId }: Pick<Attempt, 'id' | 'subscriptionId'>,
  result: KnownResult,
  settlements: Settlements,
): Promise<Attempt> {
  // The subscription first, as everybody else does: a renewal that holds it may be about to look at this very attempt.
  const subscription = subscriptionId === null ? undefined : await lockSubscription(tx, context.org.id, subscriptionId)
  const attempt = await lockAttempt(tx, context.org.id, id)
  assert(attempt, `there is no attempt ${id}`)
  assert.equal(attempt.subscriptionId, subscriptionId, 'an attempt belongs to one subscription for ever')
  const verdict = judge(attempt, result)
  if (verdict === 'nothing') return attempt
  const moved = await moveAttempt(tx, attempt, { updatedAt: context.now, ...changesOf(result, context.now) })
  const { succeeded, failed } = settlements[moved.purpose]
  if (verdict === 'succeeded') await succeeded(tx, context, moved, subscription)
  if (verdict === 'failed') await failed(tx, context, moved, subscription)
  return moved
}

function changesOf(result: KnownResult, now: Temporal.Instant): Omit<AttemptChanges, 'updatedAt'> {
  switch (result.outcome) {
    case 'succeeded':
      return {
        state: 'succeeded',
        providerReference: result.reference,
        card: result.card,
        ...(result.token === undefined ? {} : { providerToken: result.token }),
        paidAt: now,
        lookAgainAt: null,
      }
    case 'declined':
      return {
        state: 'failed',
        ...(result.reference === null ? {} : { providerReference: result.reference }),
        failureCode: result.code,
        failureMessage: result.message,
        lookAgainAt: null,
      }
    case 'requires_action':
      // The next look has its time already; from here on it is the customer who takes theirs.
      return { state: 'requires_action', providerReference: result.reference, actionReference: result.actionReference }
    default:
      return result satisfies never
  }
}
