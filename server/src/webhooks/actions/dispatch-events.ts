import { type Db, inTransaction, type Tx } from '#database/transaction.ts'
import { newId } from '#id.ts'
import { insertDeliveries } from '#webhooks/deliveries.store.ts'
import { fanOut } from '#webhooks/endpoint.ts'
import { findAudience, tryLockFanOut, wakeEndpoints } from '#webhooks/endpoints.store.ts'
import { findPendingEvents, findPendingSides, markDispatched } from '#webhooks/events.store.ts'

const sidesAtOnce = 1_000
const eventsAtOnce = 500
/** What a turn does at most for a side, so that sides which become busy meanwhile have theirs. */
const partsAtOnce = 20

/**
 * Finds out whom to tell of every event that nobody has looked at yet, and writes down the deliveries. One process of all works
 * on a side at a time, in the order of its events, so that deliveries become visible in that order too. Sides take turns: much on
 * one does not keep the others waiting. Gives whether there may be more.
 */
export async function dispatchEvents(db: Db, machineNow: () => Temporal.Instant): Promise<boolean> {
  let sides = await findPendingSides(db, sidesAtOnce)
  for (let part = 0; part < partsAtOnce && sides.length > 0; part += 1) {
    const unfinished: string[] = []
    for (const orgId of sides) {
      if (await inTransaction(db, (tx) => dispatchSome(tx, orgId, machineNow()))) unfinished.push(orgId)
    }
    sides = unfinished
  }
  return sides.length > 0
}

/** Whether there may be more. */
async function dispatchSome(tx: Tx, orgId: string, now: Temporal.Instant): Promise<boolean> {
  if (!(await tryLockFanOut(tx, orgId))) return false
  const events = await findPendingEvents(tx, orgId, eventsAtOnce)
  if (events.length === 0) return false
  const told = fanOut(events, await findAudience(tx, orgId))
  const deliveries = told.map(({ event, endpointId }) => ({
    id: newId('whd'),
    endpointId,
    eventId: event.id,
    type: event.type,
    lane: event.customerId,
    position: event.position,
  }))
  await insertDeliveries(tx, orgId, deliveries, { cause: 'event', replayId: null, now })
  const ids = events.map(({ id }) => id)
  await markDispatched(tx, orgId, ids, now)
  await wakeEndpoints(tx, orgId, [...new Set(told.map(({ endpointId }) => endpointId))], now)
  return events.length === eventsAtOnce
}
