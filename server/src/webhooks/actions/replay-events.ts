import type { Db, Tx } from '#database/transaction.ts'
import { newId } from '#id.ts'
import type { Context } from '#organisations/org.ts'
import { invalidField, Problem } from '#problem.ts'
import { replayedTypes } from '#webhooks/actions/advance-replays.ts'
import { requireListening } from '#webhooks/actions/require-endpoint.ts'
import { countByState } from '#webhooks/deliveries.store.ts'
import type { DeliveryState } from '#webhooks/delivery.ts'
import { nextPosition } from '#webhooks/endpoints.store.ts'
import { countEvents, findReplay, insertReplay, type ReplayRecord } from '#webhooks/replays.store.ts'

export type ReplayInput = {
  readonly endpointId: string
  /** In the organisation's time, the end excluded. */
  readonly from: Temporal.Instant
  readonly to: Temporal.Instant
  readonly events: readonly string[] | null
}

/** A replay, and how many of its deliveries stand where. */
export type ReplayProgress = { readonly replay: ReplayRecord; readonly counts: Readonly<Record<DeliveryState, number>> }

/** Tells an endpoint again what happened in a time. 404 webhook_not_found, 422 for a time that ends before it begins. */
export async function replayEvents(
  tx: Tx,
  { org }: Context,
  { endpointId, from, to, events }: ReplayInput,
  machineNow: Temporal.Instant,
): Promise<ReplayProgress> {
  if (Temporal.Instant.compare(from, to) >= 0) throw invalidField('to', 'Must be after from.')
  const endpoint = await requireListening(tx, org.id, endpointId)
  const lastPosition = await nextPosition(tx)
  const range = { startsAt: from, endsAt: to, lastPosition }
  const total = await countEvents(tx, org.id, {
    ...range,
    types: replayedTypes({ events: events && [...events] }, endpoint.events),
  })
  const replay = await insertReplay(
    tx,
    org.id,
    { id: newId('whr'), endpointId, ...range, events: events && [...events], total },
    machineNow,
  )
  return { replay, counts: { waiting: 0, delivered: 0, failed: 0, canceled: 0 } }
}

/** How far a replay is. 404 not_found. */
export async function readReplay(
  db: Db,
  orgId: string,
  asked: { readonly endpointId: string; readonly id: string },
): Promise<ReplayProgress> {
  const replay = await findReplay(db, orgId, asked)
  if (!replay) throw new Problem('not_found', `There is no replay ${asked.id} of ${asked.endpointId}.`)
  return { replay, counts: await countByState(db, orgId, replay.id) }
}
