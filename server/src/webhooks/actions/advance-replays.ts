import { type Db, inTransaction, type Tx } from '#database/transaction.ts'
import { newId } from '#id.ts'
import { insertDeliveries } from '#webhooks/deliveries.store.ts'
import { listensTo } from '#webhooks/endpoint.ts'
import { lockEndpoint, wakeEndpoints } from '#webhooks/endpoints.store.ts'
import { eventTypes } from '#webhooks/event-types.ts'
import {
  findQueueing,
  findReplayedEvents,
  lockQueueing,
  noteQueued,
  type ReplayRecord,
} from '#webhooks/replays.store.ts'

const eventsAtOnce = 500

/** What a turn writes at most: what happens meanwhile is not kept waiting for a replay of years. */
const partsAtOnce = 20

/**
 * Writes deliveries of replays that were asked for, part by part: each part and how far it got commit together. Gives whether
 * there may be more to write.
 */
export async function advanceReplays(db: Db, machineNow: () => Temporal.Instant): Promise<boolean> {
  for (let part = 0; part < partsAtOnce; part += 1) {
    if (!(await inTransaction(db, (tx) => advanceOne(tx, machineNow())))) return false
  }
  return true
}

async function advanceOne(tx: Tx, now: Temporal.Instant): Promise<boolean> {
  const found = await findQueueing(tx)
  if (!found) return false
  const { orgId, endpointId } = found
  // The endpoint first, like everybody who gives up on its replays.
  const endpoint = await lockEndpoint(tx, orgId, endpointId)
  const replay = await lockQueueing(tx, found)
  if (!replay) return true
  const types = endpoint ? replayedTypes(replay, endpoint.events) : []
  const range = { ...replay, types }
  const events = await findReplayedEvents(tx, orgId, range, { after: replay.reachedPosition, most: eventsAtOnce })
  const deliveries = events.map(({ id, type, customerId, position }) => ({
    id: newId('whd'),
    endpointId,
    eventId: id,
    type,
    // Beside what happens meanwhile, and in order among itself.
    lane: customerId === null ? null : `${replay.id} ${customerId}`,
    position,
  }))
  await insertDeliveries(tx, orgId, deliveries, { cause: 'replay', replayId: replay.id, now })
  const reached = events.at(-1)?.position ?? replay.lastPosition
  await noteQueued(tx, replay, { added: events.length, reached, isDone: events.length < eventsAtOnce }, now)
  if (events.length > 0) await wakeEndpoints(tx, orgId, [endpointId], now)
  return true
}

/** The types that a replay tells again: those that were asked for, or what the endpoint listens to. */
export function replayedTypes({ events }: Pick<ReplayRecord, 'events'>, listened: readonly string[]): string[] {
  return eventTypes.filter((type) => listensTo({ events: events ?? listened }, type))
}
