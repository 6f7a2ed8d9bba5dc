import assert from 'node:assert/strict'
import { inTransaction, type Tx } from '#database/transaction.ts'
import { recordEventsIn } from '#metering/actions/record-events.ts'
import type { Capacity } from '#metering/capacity.ts'
import { readUsed } from '#metering/counters.store.ts'
import type { Metering } from '#metering/metering.ts'
import { KeyTakenMeanwhile } from '#metering/record-events.store.ts'
import { capsInForce, isShared, spentBesides } from '#metering/spend-cap.ts'
import { lockCaps } from '#metering/spend-caps.store.ts'
import { type CappedOffer, capacityBeside, ceilingOf, type Offer } from '#metering/usage-decision.ts'
import type { Candidate, Outcome } from '#metering/usage-event.ts'
import { currency } from '#money/currency.ts'

const mostRounds = 20

/** What became of an event; one at a time is always decided. */
type Decided = Exclude<Outcome, { kind: 'undecided' }>

/**
 * Hands an event to the batches, and one that several features' use of a spend cap may still have room for to
 * `recordWithinCap`. The outcome is durable.
 */
export async function submitUsage(metering: Metering, orgId: string, candidate: Candidate): Promise<Decided> {
  const outcome = await metering.batches.submit(orgId, candidate)
  const offer = candidate.spendCap?.shared
  if (outcome.kind !== 'refused' || !offer) return outcome
  return recordWithinCap(metering, orgId, candidate, offer)
}

/**
 * Records usage of a subscription whose features share a spend cap: the cap's rows are locked, so that whoever adds to the bill
 * of the window does so one after the other, and what the others have spent then is read from their counters. The statement
 * checks as ever that terms and caps are the ones this was decided with.
 */
async function recordWithinCap(
  metering: Metering,
  orgId: string,
  candidate: Candidate,
  offer: Offer,
): Promise<Decided> {
  for (let round = 0; round < mostRounds; round++) {
    try {
      return await inTransaction(metering.db, (tx) => recordOnce(tx, metering, orgId, candidate, offer))
    } catch (error) {
      if (!(error instanceof KeyTakenMeanwhile)) throw error
    }
  }
  throw new Error('the keys of a usage event are taken and given up again and again')
}

async function recordOnce(
  tx: Tx,
  metering: Metering,
  orgId: string,
  candidate: Candidate,
  offer: Offer,
): Promise<Decided> {
  const within = await withinCap(tx, orgId, candidate, offer)
  const [outcome] = await recordEventsIn(tx, orgId, [within], metering.machineNow())
  assert(outcome && outcome.kind !== 'undecided', 'an event alone is decided')
  return outcome.kind === 'refused' && within.spendCap ? { ...outcome, cap: within.spendCap.amount } : outcome
}

/** A candidate whose ceiling is what spend caps leave it, exactly, with the nearest of them: from here on they are locked. */
export async function withinCap<C extends Candidate>(tx: Tx, orgId: string, candidate: C, offer: Offer): Promise<C> {
  const caps = capsInForce(await lockCaps(tx, orgId, candidate.subscriptionId))
  const capacity = await capacityUnderLock(tx, orgId, { ...offer, running: { ...offer.running, caps } })
  const spendCap = candidate.spendCap ?? null
  const nearest = spendCap && capacity.kind === 'capped' ? { ...spendCap, amount: capacity.cap } : spendCap
  return { ...candidate, ceiling: ceilingOf(capacity), spendCap: nearest }
}

/** What an offer has room for while this transaction has its subscription's caps locked, exactly. */
export async function capacityUnderLock(tx: Tx, orgId: string, offer: CappedOffer): Promise<Capacity> {
  const { running, window, terms, features } = offer
  if (!isShared(running.caps, terms, features)) return capacityBeside(offer, 0n)
  const used = await readUsed(tx, orgId, running.subscriptionId, window.number)
  const usedOf = (featureId: string) => used.get(featureId) ?? 0n
  return capacityBeside(offer, spentBesides(terms, features, usedOf, currency(running.currency)))
}
