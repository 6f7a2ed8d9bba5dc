import { type Route, route } from '#http/operation.ts'
import { readDeliveries, readEvents, requireEvent } from '#webhooks/actions/read-log.ts'
import { readReplay, replayEvents } from '#webhooks/actions/replay-events.ts'
import { resendDelivery } from '#webhooks/actions/resend-delivery.ts'
import * as contract from '#webhooks/event-log.contract.ts'
import type { EventType } from '#webhooks/event-types.ts'
import { readData } from '#webhooks/events.contract.ts'
import type { EventRecord } from '#webhooks/events.store.ts'
import type { WebhookServices } from '#webhooks/webhook-services.ts'
import { toApiDelivery, toApiEvent, toApiReplay } from '#webhooks/webhooks.view.ts'

/** The log of events and deliveries. None of it is known to the public client. */
export function eventLogRoutes({ machineNow }: Pick<WebhookServices, 'machineNow'>): Route[] {
  return [
    route(contract.listEventsOperation, async (db, { org }, { query }) => {
      const { limit, cursor: after, event: type, customerId: customer } = query
      const { entries, next } = await readEvents(db, org.id, { type, customer }, { limit, after })
      return { items: entries.map((event) => shown(event, org.livemode)), next }
    }),
    route(contract.getEventOperation, async (db, { org }, { params }) =>
      shown(await requireEvent(db, org.id, params.id), org.livemode),
    ),
    route(contract.listDeliveriesOperation, async (db, { org }, { params, query }) => {
      const { limit, cursor: after, status: state, event: type, eventId } = query
      const asked = { endpointId: params.id, state, type, eventId }
      const { entries, next } = await readDeliveries(db, org.id, asked, { limit, after })
      return { items: entries.map(({ delivery, attempts }) => toApiDelivery(delivery, attempts, org.livemode)), next }
    }),
    route(contract.resendDeliveryOperation, async (tx, context, { params }) => {
      const delivery = await resendDelivery(tx, context, params.id, machineNow())
      return toApiDelivery(delivery, [], context.org.livemode)
    }),
    route(contract.replayOperation, async (tx, context, { params, body }) => {
      // Until now means: with what happens now. A test clock may stand still for long.
      const { from, to = context.now.add({ milliseconds: 1 }), events = null } = body
      const asked = { endpointId: params.id, from, to, events }
      return toApiReplay(await replayEvents(tx, context, asked, machineNow()), context.org.livemode)
    }),
    route(contract.getReplayOperation, async (db, { org }, { params }) =>
      toApiReplay(await readReplay(db, org.id, { endpointId: params.id, id: params.replayId }), org.livemode),
    ),
  ]
}

function shown(event: EventRecord, livemode: boolean) {
  const read = readData(event.type as EventType, event.data)
  return toApiEvent(event, 'data' in read ? read.data : event.data, livemode)
}
