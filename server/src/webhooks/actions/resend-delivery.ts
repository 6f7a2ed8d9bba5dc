import assert from 'node:assert/strict'
import type { Tx } from '#database/transaction.ts'
import { newId } from '#id.ts'
import type { Context } from '#organisations/org.ts'
import { Problem } from '#problem.ts'
import { requireListening } from '#webhooks/actions/require-endpoint.ts'
import { type DeliveryRecord, findDelivery, insertDeliveries } from '#webhooks/deliveries.store.ts'
import { wakeEndpoints } from '#webhooks/endpoints.store.ts'
import { findEvent } from '#webhooks/events.store.ts'

/**
 * Tells the event of a delivery to its endpoint once more, as a delivery of its own with attempts of its own. 404 not_found for
 * a delivery nobody knows and for a test, whose event never happened; 422 while the endpoint is off.
 */
export async function resendDelivery(
  tx: Tx,
  { org }: Context,
  id: string,
  machineNow: Temporal.Instant,
): Promise<DeliveryRecord> {
  const delivery = await findDelivery(tx, org.id, id)
  if (!delivery) throw new Problem('not_found', `There is no delivery ${id}.`)
  const event = await findEvent(tx, org.id, delivery.eventId)
  if (!event) throw new Problem('not_found', `Delivery ${id} was a test, or its event is not kept any more.`)
  const { endpointId } = delivery
  await requireListening(tx, org.id, endpointId)
  const again = {
    id: newId('whd'),
    endpointId,
    eventId: event.id,
    type: event.type,
    lane: null,
    position: event.position,
  }
  await insertDeliveries(tx, org.id, [again], { cause: 'resend', replayId: null, now: machineNow })
  await wakeEndpoints(tx, org.id, [endpointId], machineNow)
  const written = await findDelivery(tx, org.id, again.id)
  assert(written, 'a delivery is there when it was written')
  return written
}
