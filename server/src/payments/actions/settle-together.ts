import type { Tx } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import { type Attempt, judge } from '#payments/attempt.ts'
import { lockAttempts, succeedAttempts } from '#payments/attempts.store.ts'
import type { KnownResult } from '#payments/provider.ts'
import type { Settled, SettledTogether, Settlements } from '#payments/services.ts'
import { lockFreeSubscriptions } from '#subscriptions/subscriptions.store.ts'

/** An attempt with the provider's answer to it. */
export type Answered = { readonly attempt: Attempt; readonly result: KnownResult }

/**
 * Settles what is plain of some answers in one transaction: charges that succeeded, of subscriptions that nobody else holds, for
 * purposes that have a common settlement. Gives them by id as they are then; whoever is missing is settled by itself
 * (`settleAttempt`), and waits for nobody here.
 */
export async function settleTogether(
  tx: Tx,
  context: Context,
  answered: readonly Answered[],
  settlements: Settlements,
): Promise<ReadonlyMap<string, Attempt>> {
  const plain = plainOf(answered, settlements)
  if (plain.length === 0) return new Map()
  const { org, now } = context
  const subscriptions = await lockFreeSubscriptions(
    tx,
    org.id,
    plain.map(({ subscriptionId }) => subscriptionId),
  )
  const free = plain.filter(({ subscriptionId }) => subscriptions.has(subscriptionId))
  const locked = await lockAttempts(
    tx,
    org.id,
    free.map(({ id }) => id),
  )
  const open = free.filter(({ id, result }) => {
    const attempt = locked.get(id)
    return attempt !== undefined && judge(attempt, result) === 'succeeded'
  })
  const moved = await succeedAttempts(
    tx,
    org.id,
    open.map(({ id, result }) => ({ id, reference: result.reference, card: result.card, token: result.token })),
    now,
  )
  const settled = moved.map((attempt) => ({ attempt, subscription: subscriptions.get(attempt.subscriptionId ?? '') }))
  for (const [settle, those] of bySettlement(settled, settlements)) await settle(tx, context, those)
  return new Map(moved.map((attempt) => [attempt.id, attempt]))
}

type Plain = {
  readonly id: string
  readonly subscriptionId: string
  readonly result: Extract<KnownResult, { outcome: 'succeeded' }>
}

// One of each subscription: what the first changes of it, a second would have to read anew.
function plainOf(answered: readonly Answered[], settlements: Settlements): Plain[] {
  const plain = new Map<string, Plain>()
  for (const { attempt, result } of answered) {
    const { id, subscriptionId, purpose } = attempt
    if (result.outcome !== 'succeeded' || subscriptionId === null || !settlements[purpose].allSucceeded) continue
    if (!plain.has(subscriptionId)) plain.set(subscriptionId, { id, subscriptionId, result })
  }
  return [...plain.values()]
}

function bySettlement(settled: readonly Settled[], settlements: Settlements): Map<SettledTogether, Settled[]> {
  const groups = new Map<SettledTogether, Settled[]>()
  for (const one of settled) {
    const settle = settlements[one.attempt.purpose].allSucceeded
    if (settle) groups.set(settle, [...(groups.get(settle) ?? []), one])
  }
  return groups
}
