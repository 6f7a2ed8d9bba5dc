import assert from 'node:assert/strict'
import type { Tx } from '#database/transaction.ts'
import { StaleOrganisation } from '#http/operation.ts'
import type { Running } from '#metering/access.ts'
import { expireHolds, giveBack, lockHolds } from '#metering/actions/give-back.ts'
import { recordEventsIn } from '#metering/actions/record-events.ts'
import { prepareCounter, reportOf, sharesPool } from '#metering/actions/reserve-usage.ts'
import { decide, type UsageReport } from '#metering/actions/track-usage.ts'
import type { Metering } from '#metering/metering.ts'
import { type Reservation, refuseCommit, type TokenCounts } from '#metering/reservation.ts'
import { findReservation, settleReservation } from '#metering/reservations.store.ts'
import { refuseBeyond, refuseShort, withoutSubscription } from '#metering/usage-decision.ts'
import type { Candidate, UsageEvent } from '#metering/usage-event.ts'
import type { Quantity } from '#money/quantity.ts'
import type { Context } from '#organisations/org.ts'
import { Problem } from '#problem.ts'

/** What was really used; what was reserved where nothing is said. */
export type Used = {
  readonly id: string
  readonly quantity: Quantity | undefined
  readonly tokens: TokenCounts | null
  readonly properties?: UsageReport['properties']
}

/**
 * Records what was used in place of what was held, now and in the window of now: the hold ends and the event is recorded, or
 * neither. Using more than was held needs room for the rest. 404 not_found, no_active_subscription, 409 duplicate when it is
 * committed already, 409 invalid_subscription_status when it holds nothing any more, and the refusals of recording; with each of
 * them the hold stays as it was. Throws StaleOrganisation like reserving does.
 */
export async function commitReservation(tx: Tx, metering: Metering, context: Context, used: Used): Promise<UsageEvent> {
  const { org, now } = context
  const held = await findReservation(tx, org.id, used.id)
  if (!held) throw unknownReservation(used.id)
  const { running, decided } = await decideUsed(metering, context, held, used)
  const candidate = await prepareCounter(tx, org.id, decided, running)
  // The counter of now may be another one than that of the hold: both are locked, in their order.
  await lockHolds(tx, org.id, [held], { account: candidate.draw !== null, counters: [candidate] })
  const settlement = {
    status: 'committed',
    at: now,
    usageEventId: candidate.event.id,
    committed: candidate.event.value,
  }
  const settled = await settleReservation(tx, org.id, held.id, { ...settlement, status: 'committed' })
  // Somebody else has just ended it.
  if (!settled) throw new StaleOrganisation()
  await giveBack(tx, org.id, [settled])
  await record(tx, metering, context, candidate)
  return candidate.event
}

export function unknownReservation(id: string): Problem {
  return new Problem('not_found', `There is no reservation ${id}.`)
}

async function decideUsed(
  metering: Metering,
  context: Context,
  held: Reservation,
  used: Used,
): Promise<{ running: Running; decided: Candidate }> {
  const { org, now } = context
  if (held.status === 'committed') throw refuseCommit(held, now)
  const access = await metering.reader.read(org.id, held.customerId)
  if (access.version !== org.version) throw new StaleOrganisation()
  const running = access.subscription
  if (running?.subscriptionId !== held.subscriptionId) throw withoutSubscription(held.customerId)
  const refusal = refuseCommit(held, now)
  if (refusal) throw refusal
  const isSaid = used.quantity !== undefined || used.tokens !== null
  const { quantity, tokens } = isSaid ? used : held
  const { customerId, featureCode } = held
  const report = reportOf({ customerId, featureCode, quantity, tokens, properties: used.properties })
  const decided = await decide(metering, { ...context, idempotency: null }, report, now, access)
  if (decided instanceof Problem) throw decided
  return { running, decided }
}

async function record(tx: Tx, metering: Metering, { org, now }: Context, candidate: Candidate): Promise<void> {
  for (let isLast = false; ; isLast = true) {
    const [outcome] = await recordEventsIn(tx, org.id, [candidate], metering.machineNow())
    assert(outcome, 'one event has one outcome')
    if (outcome.kind === 'recorded') return
    if (outcome.kind !== 'refused' && outcome.kind !== 'short') throw new StaleOrganisation()
    if (!isLast && (await expireHolds(tx, org.id, candidate.subscriptionId, now, sharesPool(candidate))) > 0) continue
    const { feature, value } = candidate.event
    if (outcome.kind === 'refused') throw refuseBeyond(feature, candidate, outcome, value)
    throw refuseShort(feature, candidate, outcome.left)
  }
}
