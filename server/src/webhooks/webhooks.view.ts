import type * as z from 'zod'
import type { ReplayProgress } from '#webhooks/actions/replay-events.ts'
import type { TestOutcome } from '#webhooks/actions/test-endpoint.ts'
import type { AttemptRecord, DeliveryRecord } from '#webhooks/deliveries.store.ts'
import type { WebhookEndpoint, WebhookEndpointCreated, WebhookTestResult } from '#webhooks/endpoints.contract.ts'
import type { EndpointRecord } from '#webhooks/endpoints.store.ts'
import type { LoggedEvent, WebhookDelivery, WebhookReplay } from '#webhooks/event-log.contract.ts'
import type { EventType } from '#webhooks/event-types.ts'
import type { EventRecord } from '#webhooks/events.store.ts'

export function toApiEndpoint(endpoint: EndpointRecord, livemode: boolean): z.output<typeof WebhookEndpoint> {
  const { id, url, events, description, isActive, apiVersion, createdAt, failedInARow, previousSecrets } = endpoint
  return {
    id,
    object: 'webhook',
    livemode,
    url,
    events: [...events],
    description,
    isActive,
    apiVersion,
    createdAt,
    failedInARow,
    previousSecretExpiresAt: newestEnd(previousSecrets),
  }
}

// The newest has the latest end; it stays to be read until it is forgotten.
function newestEnd([newest]: EndpointRecord['previousSecrets']): Temporal.Instant | null {
  return newest ? Temporal.Instant.from(newest.until) : null
}

/** The one answer that holds the secret. */
export function toApiCreatedEndpoint(
  { endpoint, secret }: { readonly endpoint: EndpointRecord; readonly secret: string },
  livemode: boolean,
): z.output<typeof WebhookEndpointCreated> {
  return { ...toApiEndpoint(endpoint, livemode), secretKey: secret }
}

export function toApiTest(outcome: TestOutcome): z.output<typeof WebhookTestResult> {
  const { isDelivered, deliveryId, deliveredAt, type, reply, durationMs, response } = outcome
  return {
    success: isDelivered,
    deliveryId,
    deliveredAt,
    event: type,
    status: 'status' in reply ? reply.status : null,
    error: 'error' in reply ? reply.error : null,
    durationMs,
    response,
  }
}

/** `data` is the payload in its published order. */
export function toApiEvent(event: EventRecord, data: unknown, livemode: boolean): z.output<typeof LoggedEvent> {
  const { id, type, occurredAt, customerId } = event
  return { id, object: 'event', livemode, event: type as EventType, timestamp: occurredAt, customerId, data }
}

export function toApiDelivery(
  delivery: DeliveryRecord,
  attempts: readonly AttemptRecord[],
  livemode: boolean,
): z.output<typeof WebhookDelivery> {
  const { id, endpointId, eventId, type, cause, state, nextAttemptAt, createdAt, finishedAt } = delivery
  return {
    id,
    object: 'webhook_delivery',
    livemode,
    webhookId: endpointId,
    eventId,
    event: type,
    cause,
    status: state,
    attempts: attempts.map(({ orgId: _org, deliveryId: _delivery, ...attempt }) => attempt),
    nextAttemptAt,
    createdAt,
    finishedAt,
  }
}

export function toApiReplay({ replay, counts }: ReplayProgress, livemode: boolean): z.output<typeof WebhookReplay> {
  const { id, endpointId, startsAt, endsAt, events, state, total, queued, createdAt } = replay
  const isOver = state === 'queued' && counts.waiting === 0
  return {
    id,
    object: 'webhook_replay',
    livemode,
    webhookId: endpointId,
    from: startsAt,
    to: endsAt,
    events: events && [...events],
    status: state === 'canceled' ? 'canceled' : isOver ? 'done' : 'running',
    total,
    progress: { queued, ...counts },
    createdAt,
  }
}
