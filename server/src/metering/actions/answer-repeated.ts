import assert from 'node:assert/strict'
import { type Access, shownCustomerId } from '#metering/access.ts'
import type { Tracked, UsageReport } from '#metering/actions/track-usage.ts'
import type { Metering } from '#metering/metering.ts'
import type { Outcome } from '#metering/usage-event.ts'
import { type EarlierKey, findEarlier, findEvent } from '#metering/usage-events.store.ts'
import type { Context } from '#organisations/org.ts'
import { Problem } from '#problem.ts'

/** What the database says about an event whose keys were used before. */
export type Repeated = Extract<Outcome, { kind: 'replay' | 'mismatch' | 'duplicate' }>

/**
 * The answer to usage that is refused. What was recorded before stays recorded, whatever changed since: a replay of the same
 * request is answered with its event, and a repeat of a recorded event with 409 duplicate, unless its customer is unknown.
 */
export async function answerRefused(
  metering: Metering,
  context: Context,
  report: UsageReport,
  access: Access,
  refusal: Problem,
): Promise<Tracked> {
  const { org, idempotency } = context
  const keys = { body: report.idempotencyKey ?? null, request: idempotency?.key ?? null }
  const repeated = repeatedOf(await findEarlier(metering.db, org.id, keys), idempotency?.fingerprint)
  if (!repeated || (repeated.kind === 'duplicate' && !access.customer)) throw refusal
  const customerId = access.customer ? shownCustomerId(access.customer) : report.customerId
  return answerRepeated(metering, context, report, customerId, repeated)
}

/** The recorded event for a replay; 409 idempotency_key_mismatch or 409 duplicate for the others. */
export async function answerRepeated(
  metering: Metering,
  { org }: Context,
  report: UsageReport,
  customerId: string,
  repeated: Repeated,
): Promise<Tracked> {
  switch (repeated.kind) {
    case 'replay': {
      const stored = await findEvent(metering.db, org.id, repeated.eventId, repeated.recordedAt)
      assert(stored, `event ${repeated.eventId} of a used key exists`)
      return { event: { ...stored, customerId, feature: report.feature }, isReplay: true }
    }
    case 'mismatch':
      throw new Problem(
        'idempotency_key_mismatch',
        'This Idempotency-Key was used for a different request. Use a new key for a new request.',
      )
    case 'duplicate':
      throw new Problem('duplicate', `An event with the idempotencyKey ${report.idempotencyKey} is recorded already.`, {
        param: 'idempotencyKey',
      })
    default:
      return repeated satisfies never
  }
}

function repeatedOf(earlier: readonly EarlierKey[], fingerprint: Buffer | undefined): Repeated | undefined {
  const request = earlier.find(({ kind }) => kind === 'request')
  if (request) {
    const isSame = fingerprint !== undefined && request.fingerprint?.equals(fingerprint)
    return isSame ? { kind: 'replay', eventId: request.eventId, recordedAt: request.recordedAt } : { kind: 'mismatch' }
  }
  return earlier.length > 0 ? { kind: 'duplicate' } : undefined
}
