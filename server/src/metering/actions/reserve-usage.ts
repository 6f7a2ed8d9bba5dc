import assert from 'node:assert/strict'
import type { Tx } from '#database/transaction.ts'
import { StaleOrganisation } from '#http/operation.ts'
import { newId } from '#id.ts'
import type { Running } from '#metering/access.ts'
import { expireHolds } from '#metering/actions/give-back.ts'
import { withinCap } from '#metering/actions/record-within-cap.ts'
import { decide, type UsageReport } from '#metering/actions/track-usage.ts'
import { deepestOverdraft } from '#metering/balance.ts'
import { addReserved, lockCounter } from '#metering/counters.store.ts'
import { heldIn } from '#metering/ledger.ts'
import { addReservedFunds, lockAccount } from '#metering/ledger-accounts.store.ts'
import type { Metering } from '#metering/metering.ts'
import { hasRoom, isSameHold, type Pool, type Reservation, type TokenCounts } from '#metering/reservation.ts'
import { findReservationByKey, insertReservation } from '#metering/reservations.store.ts'
import { refuseBeyond, refuseShort, unknownCustomer } from '#metering/usage-decision.ts'
import type { Candidate, Draw } from '#metering/usage-event.ts'
import { isStillTrue, openMissingCounter } from '#metering/usage-events.store.ts'
import { type Quantity, units } from '#money/quantity.ts'
import type { Context } from '#organisations/org.ts'
import { Problem } from '#problem.ts'

export type ReservationRequest = {
  /** Public or own id. */
  readonly customerId: string
  readonly featureCode: string
  readonly quantity: Quantity | undefined
  readonly tokens: TokenCounts | null
  readonly properties?: UsageReport['properties']
  readonly expiresInSeconds: number
  /** The reservation's own key: the same request under it is answered with the first reservation. */
  readonly ownKey: string | null
}

/** `isEarlier` when an earlier request under the same key made it. */
export type Reserved = { readonly reservation: Reservation; readonly isEarlier: boolean }

/**
 * Holds capacity for usage under way: what would be recorded now is kept free until it is committed, released or expires.
 * Refusals are those of recording it, in their order, with 409 duplicate for a key that another request used. Throws
 * StaleOrganisation when what it was decided with has changed meanwhile: nothing is written, and it may run again.
 */
export async function reserveUsage(
  tx: Tx,
  metering: Metering,
  context: Context,
  request: ReservationRequest,
): Promise<Reserved> {
  const { org, now } = context
  const access = await metering.reader.read(org.id, request.customerId)
  if (access.version !== org.version) throw new StaleOrganisation()
  const { customer, subscription } = access
  if (!customer) throw unknownCustomer(request.customerId)
  const earlier = request.ownKey === null ? undefined : await findReservationByKey(tx, org.id, request.ownKey)
  if (earlier) return answerEarlier(earlier, { ...request, customerId: customer.id })
  const report = reportOf(request)
  const decided = await decide(metering, { ...context, idempotency: null }, report, now, access)
  if (decided instanceof Problem) throw decided
  assert(subscription, 'what can be used is part of a subscription')
  const candidate = await prepareCounter(tx, org.id, decided, subscription)
  await takeHold(tx, context, candidate)
  const { draw, event } = candidate
  const reservation: Reservation = {
    id: newId('rsv'),
    customerId: candidate.customerId,
    subscriptionId: candidate.subscriptionId,
    featureId: candidate.featureId,
    featureCode: request.featureCode,
    windowNumber: candidate.windowNumber,
    model: draw?.model ?? 'metered',
    status: 'held',
    quantity: event.value,
    heldUnits: draw ? 0n : event.value,
    heldFunds: draw?.cost ?? 0n,
    tokens: request.tokens,
    ownKey: request.ownKey,
    expiresAt: now.add({ seconds: request.expiresInSeconds }),
    usageEventId: null,
    committed: null,
    settledAt: null,
    createdAt: now,
  }
  // Somebody else has just taken the key: what they made is the answer.
  if (!(await insertReservation(tx, org.id, reservation))) throw new StaleOrganisation()
  return { reservation, isEarlier: false }
}

/**
 * What has to be locked before accounts and counters: a counter that is opened takes a share of the subscription, and spend caps
 * that several features share are locked. Gives the candidate with the ceiling that is left of them.
 */
export async function prepareCounter(
  tx: Tx,
  orgId: string,
  candidate: Candidate,
  { counted }: Running,
): Promise<Candidate> {
  const isOpen = counted.some(
    ({ featureId, windowNumber }) => featureId === candidate.featureId && windowNumber === candidate.windowNumber,
  )
  if (!isOpen) await openMissingCounter(tx, orgId, candidate)
  const offer = candidate.spendCap?.shared
  return offer ? withinCap(tx, orgId, candidate, offer) : candidate
}

function answerEarlier(earlier: Reservation, request: ReservationRequest): Reserved {
  const wanted = { ...request, quantity: request.quantity ?? units(1) }
  if (isSameHold(earlier, wanted)) return { reservation: earlier, isEarlier: true }
  throw new Problem('duplicate', `Another reservation was made with the idempotencyKey ${request.ownKey}.`, {
    param: 'idempotencyKey',
  })
}

/** Usage as it would be reported. */
export function reportOf(
  request: Pick<ReservationRequest, 'customerId' | 'featureCode' | 'quantity' | 'tokens' | 'properties'>,
): UsageReport {
  const { customerId, featureCode: feature, quantity, tokens, properties } = request
  return { customerId, feature, properties, ...(tokens ?? { value: quantity ?? units(1) }) }
}

// Those of the same pool that have run out are given back before anybody is refused.
async function takeHold(tx: Tx, { org, now }: Context, candidate: Candidate): Promise<void> {
  const { subscriptionId, draw, event } = candidate
  const amount = draw ? draw.cost : event.value
  let pool = await lockPool(tx, org.id, candidate)
  if (!hasRoom(pool, amount) && (await expireHolds(tx, org.id, subscriptionId, now, sharesPool(candidate))) > 0) {
    pool = await lockPool(tx, org.id, candidate)
  }
  if (!hasRoom(pool, amount)) throw refusal(candidate, pool)
  if (draw) await addReservedFunds(tx, org.id, subscriptionId, draw.cost)
  else await addReserved(tx, org.id, candidate, event.value)
}

/** Whether a reservation is held of what a candidate is taken from. */
export function sharesPool({ draw, featureId, windowNumber }: Candidate): (hold: Reservation) => boolean {
  return draw
    ? (hold) => hold.model !== 'metered'
    : (hold) => hold.model === 'metered' && hold.featureId === featureId && hold.windowNumber === windowNumber
}

async function lockPool(tx: Tx, orgId: string, candidate: Candidate): Promise<Pool> {
  const pool = candidate.draw
    ? await lockFunds(tx, orgId, candidate.subscriptionId, candidate.draw)
    : await lockUnits(tx, orgId, candidate)
  if (!pool || !(await isStillTrue(tx, orgId, candidate))) throw new StaleOrganisation()
  return pool
}

async function lockUnits(tx: Tx, orgId: string, candidate: Candidate): Promise<Pool | null> {
  const counter = await lockCounter(tx, orgId, candidate)
  if (!counter || counter.closed || counter.epoch > candidate.epoch) return null
  return { used: counter.total + counter.reserved, edge: candidate.ceiling }
}

async function lockFunds(
  tx: Tx,
  orgId: string,
  subscriptionId: string,
  { model, cost, overdraftCap }: Draw,
): Promise<Pool | null> {
  const account = await lockAccount(tx, orgId, subscriptionId)
  if (account?.model !== model) return null
  // What costs nothing is never too much, however deep an overdraft may be.
  const deepest = cost === 0n ? deepestOverdraft : (overdraftCap ?? deepestOverdraft)
  const edge = model === 'balance' && account.mayOverdraw ? deepest : 0n
  return { used: account.reserved - heldIn(model, account), edge }
}

function refusal(candidate: Candidate, { used }: Pool): Problem {
  const { draw, event } = candidate
  return draw
    ? refuseShort(event.feature, candidate, -used)
    : refuseBeyond(event.feature, candidate, { used }, event.value)
}
