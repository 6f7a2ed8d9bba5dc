import { type Db, inTransaction, type Tx } from '#database/transaction.ts'
import { insertOperatorMail } from '#mail/mail.store.ts'
import { type AttemptOutcome, saveOutcomes } from '#webhooks/deliveries.store.ts'
import { type EndpointRecord, lockEndpoint, noteFailures } from '#webhooks/endpoints.store.ts'
import { isWornOut, streakAfter } from '#webhooks/streak.ts'

/** An endpoint that fails is told of once in so long, however much of it fails. */
const hoursBetweenMails = 1

/** What is told of a delivery that has failed for good. */
export type Attempted = AttemptOutcome & { readonly eventId: string; readonly type: string }

export type Settled = {
  /** As it was when they were written down; undefined when it is deleted. */
  readonly endpoint: EndpointRecord | undefined
  /** It has now failed so often in a row that it has to be switched off. */
  readonly isTooMuch: boolean
}

/**
 * Writes down what attempts came to, and tells the operator of events that nobody will try to deliver any more. An outcome that
 * does not count any more is left out.
 */
export async function settleAttempts(
  db: Db,
  { orgId, id }: Pick<EndpointRecord, 'orgId' | 'id'>,
  outcomes: readonly Attempted[],
  now: Temporal.Instant,
): Promise<Settled> {
  return inTransaction(db, async (tx) => {
    const endpoint = await lockEndpoint(tx, orgId, id)
    const counted = new Set(await saveOutcomes(tx, orgId, outcomes))
    const counting = outcomes.filter(({ deliveryId }) => counted.has(deliveryId))
    if (!endpoint) return { endpoint, isTooMuch: false }
    const streak = streakAfter(
      endpoint.failedInARow,
      counting.map(({ state }) => state),
    )
    if (streak !== endpoint.failedInARow) await noteFailures(tx, orgId, id, streak)
    await mailFailures(tx, endpoint, counting, now)
    return { endpoint, isTooMuch: endpoint.isActive && isWornOut(streak) }
  })
}

async function mailFailures(
  tx: Tx,
  { orgId, id, url }: EndpointRecord,
  outcomes: readonly Attempted[],
  now: Temporal.Instant,
): Promise<void> {
  const [first, ...others] = outcomes.filter(({ state }) => state === 'failed')
  if (!first) return
  const { eventId, type: event, number: attempts, status, error } = first
  const about = { endpointId: id, url, event, eventId, attempts, reason: error ?? `HTTP ${status}` }
  const facts = { ...about, further: others.length }
  const quiet = { fact: 'endpointId', hours: hoursBetweenMails }
  await insertOperatorMail(tx, orgId, { kind: 'webhook_failed', facts }, now, quiet)
}
