import * as z from 'zod'
import { livemode, pageQuery, reference, time } from '#http/fields.contract.ts'
import { operation } from '#http/operation.ts'
import { deliveryCauses, deliveryStates } from '#webhooks/delivery.ts'
import { eventTypes } from '#webhooks/event-types.ts'

export const LoggedEvent = z
  .object({
    id: z.string().meta({ description: 'Public id, starts with `whev_`; the one that endpoints are told.' }),
    object: z.literal('event'),
    livemode,
    event: z.enum(eventTypes),
    timestamp: time.meta({ description: "When it happened, in the organisation's time." }),
    customerId: z.string().nullable().meta({ description: 'The public id of the customer it concerns.' }),
    data: z.unknown().meta({ description: 'The payload, as it is sent.' }),
  })
  .meta({ id: 'Event', description: 'Something that happened.' })

const Attempt = z
  .object({
    number: z.int(),
    startedAt: time,
    durationMs: z.int(),
    status: z.int().nullable().meta({ description: 'The HTTP status; null without an answer.' }),
    error: z.string().nullable().meta({ description: 'Why there was no answer.' }),
    response: z.string().nullable().meta({ description: 'The first 2 KB of the answer.' }),
  })
  .meta({ id: 'WebhookAttempt', description: 'One attempt to tell an endpoint, in real time.' })

export const WebhookDelivery = z
  .object({
    id: z.string().meta({ description: 'Public id, starts with `whd_`.' }),
    object: z.literal('webhook_delivery'),
    livemode,
    webhookId: z.string(),
    eventId: z.string(),
    event: z.string(),
    cause: z.enum(deliveryCauses),
    status: z.enum(deliveryStates),
    attempts: z.array(Attempt),
    nextAttemptAt: time.nullable(),
    createdAt: time,
    finishedAt: time.nullable(),
  })
  .meta({ id: 'WebhookDelivery', description: 'One event on its way to one endpoint. Times are real ones.' })

export const WebhookReplay = z
  .object({
    id: z.string().meta({ description: 'Public id, starts with `whr_`.' }),
    object: z.literal('webhook_replay'),
    livemode,
    webhookId: z.string(),
    from: time,
    to: time,
    events: z.array(z.string()).nullable(),
    status: z.enum(['running', 'done', 'canceled']).meta({ description: 'done: no delivery of it waits any more.' }),
    total: z.int().meta({ description: 'Events that are told again.' }),
    progress: z
      .object({ queued: z.int(), waiting: z.int(), delivered: z.int(), failed: z.int(), canceled: z.int() })
      .meta({ description: 'Deliveries that were written so far, and where they stand.' }),
    createdAt: time,
  })
  .meta({ id: 'WebhookReplay', description: 'The events of a time, told again.' })

const addition = 'An addition of Halley.'
const byId = z.object({ id: reference })

export const listEventsOperation = operation({
  id: 'Events.list',
  method: 'GET',
  path: '/events',
  kind: 'read',
  list: true,
  summary: 'List what has happened, newest first.',
  description: `${addition} \`usage.recorded\` is there only while an endpoint names it, and for 30 days.`,
  query: z.object({
    ...pageQuery,
    event: z.enum(eventTypes).optional(),
    customerId: reference.optional(),
  }),
  data: z.array(LoggedEvent),
})

export const getEventOperation = operation({
  id: 'Events.get',
  method: 'GET',
  path: '/events/{id}',
  kind: 'read',
  summary: 'Read one event.',
  description: addition,
  params: byId,
  data: LoggedEvent,
})

export const listDeliveriesOperation = operation({
  id: 'Webhooks.listDeliveries',
  method: 'GET',
  path: '/webhooks/{id}/deliveries',
  kind: 'read',
  list: true,
  summary: 'List the deliveries to an endpoint with their attempts, newest first. They are kept for 30 days.',
  description: addition,
  params: byId,
  query: z.object({
    ...pageQuery,
    status: z.enum(deliveryStates).optional(),
    event: z.enum(eventTypes).optional(),
    eventId: reference.optional(),
  }),
  data: z.array(WebhookDelivery),
  problems: ['webhook_not_found'],
})

export const resendDeliveryOperation = operation({
  id: 'Webhooks.resend',
  method: 'POST',
  path: '/webhooks/deliveries/{id}/resend',
  kind: 'write',
  status: 201,
  summary: 'Send the event of a delivery to its endpoint again, as a new delivery with the same event id.',
  description: addition,
  params: byId,
  data: WebhookDelivery,
  problems: ['webhook_not_found'],
})

export const replayOperation = operation({
  id: 'Webhooks.replay',
  method: 'POST',
  path: '/webhooks/{id}/replay',
  kind: 'write',
  status: 201,
  summary: 'Send the events of a time to an endpoint again.',
  description: `${addition} The time is that of the events' timestamps, its end excluded; the events are those the endpoint listens to, unless they are named. They are delivered in order for each customer, beside what happens meanwhile.`,
  params: byId,
  body: z.object({
    from: time,
    to: time.optional().meta({ description: 'Absent: all until now.' }),
    events: z
      .array(z.enum([...eventTypes, '*'], { error: 'Must be the name of an event, or *.' }))
      .min(1, { error: 'Must name at least one event, or *.' })
      .max(100, { error: 'Must be at most 100 names.' })
      .optional(),
  }),
  data: WebhookReplay,
  problems: ['webhook_not_found'],
})

export const getReplayOperation = operation({
  id: 'Webhooks.getReplay',
  method: 'GET',
  path: '/webhooks/{id}/replays/{replayId}',
  kind: 'read',
  summary: 'Tell how far a replay is.',
  description: addition,
  params: z.object({ id: reference, replayId: reference }),
  data: WebhookReplay,
})
