import type { Db } from '#database/transaction.ts'
import type { ConfirmInput } from '#hosted/hosted.contract.ts'
import { failureBody } from '#http/envelope.ts'
import { completeStaged, type RequestKey, requestKey, reserveStaged, type StoredAnswer } from '#http/idempotency.ts'
import type { Context } from '#organisations/org.ts'
import { isPassing, Problem } from '#problem.ts'

export type ConfirmRequest = {
  readonly checkoutId: string
  readonly key: string | undefined
  readonly input: ConfirmInput
}

/**
 * Runs a confirmation once per Idempotency-Key: the same request again gets the answer of the first time. Answers that only
 * say "not yet" are not kept, so that asking again with the same key finds out more.
 */
export async function confirmOnce(
  services: { readonly db: Db; readonly machineNow: () => Temporal.Instant },
  context: Context,
  request: ConfirmRequest,
  confirm: () => Promise<StoredAnswer>,
): Promise<StoredAnswer & { readonly replayed: boolean }> {
  const key = keyOf(request)
  if (!key) return { ...(await confirm()), replayed: false }
  const stored = await reserveStaged(services.db, context.org.id, key, services.machineNow)
  if (stored) return { ...stored, replayed: true }
  try {
    const answer = await refusalsAsAnswers(context, confirm)
    await completeStaged(services.db, context.org.id, key, answer)
    return { ...answer, replayed: false }
  } catch (error) {
    await completeStaged(services.db, context.org.id, key, null)
    throw error
  }
}

/**
 * The key as it is stored: of this checkout only, and never one that a caller of the API could send (no header has a "›").
 * Of the card the fingerprint has what may be kept of it anyway, so that no number can be guessed from it.
 */
export function keyOf({ checkoutId, key, input }: ConfirmRequest): RequestKey | null {
  const { card, ...rest } = input
  const kept = card && {
    last4: card.number.replace(/\D/g, '').slice(-4),
    expMonth: card.expMonth,
    expYear: card.expYear,
  }
  const given = requestKey(key, 'POST', `/checkout/${checkoutId}/confirm`, JSON.stringify({ ...rest, card: kept }))
  return given && { ...given, key: `${checkoutId}›${given.key}` }
}

async function refusalsAsAnswers(context: Context, confirm: () => Promise<StoredAnswer>): Promise<StoredAnswer> {
  try {
    return await confirm()
  } catch (error) {
    if (!(error instanceof Problem) || isPassing(error)) throw error
    return { status: error.status, body: JSON.stringify(failureBody(error, context.links.errorPage(error.code))) }
  }
}
