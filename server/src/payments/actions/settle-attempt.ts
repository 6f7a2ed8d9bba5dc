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
  const attempt = await lockInOrder(tx, context, id, subscriptionId)
  const verdict = judge(attempt, result)
  if (verdict === 'nothing') return attempt
  const moved = await moveAttempt(tx, attempt, { updatedAt: context.now, ...changesOf(result, context.now) })
  if (verdict === 'succeeded') await settlements[moved.purpose].succeeded(tx, context, moved)
  if (verdict === 'failed') await settlements[moved.purpose].failed(tx, context, moved)
  return moved
}

// The subscription first, as everybody else does: a renewal that holds it may be about to look at this very attempt.
async function lockInOrder(tx: Tx, { org }: Context, id: string, subscriptionId: string | null): Promise<Attempt> {
  if (subscriptionId !== null) await lockSubscription(tx, org.id, subscriptionId)
  const attempt = await lockAttempt(tx, org.id, id)
  assert(attempt, `there is no attempt ${id}`)
  assert.equal(attempt.subscriptionId, subscriptionId, 'an attempt belongs to one subscription for ever')
  return attempt
}

function changesOf(result: KnownResult, now: Temporal.Instant): Omit<AttemptChanges, 'updatedAt'> {
  switch (result.outcome) {
    case 'succeeded':
      return {
        state: 'succeeded',
        providerReference: result.reference,
        card: result.card,
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
