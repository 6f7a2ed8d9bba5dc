import type { EventType } from '#webhooks/event-types.ts'

/** How many endpoints one side may have. */
export const mostEndpoints = 20
/** How many deliveries that failed for good, one after the other, switch an endpoint off. */
export const failuresUntilOff = 3
/** How long the secret before a rotation is still signed with. */
export const overlapHours = 24

/** A sealed secret of before a rotation, and when it is not signed with any more (ISO 8601). */
export type PreviousSecret = { readonly secret: string; readonly until: string }

/** Those of the secrets before that still hold at a moment of real time. */
export function stillHolding(previous: readonly PreviousSecret[], at: Temporal.Instant): PreviousSecret[] {
  return previous.filter(({ until }) => Temporal.Instant.compare(at, Temporal.Instant.from(until)) < 0)
}

/** What an endpoint listens to: names of events, or `*` for all but `usage.recorded`, which has to be named. */
export type Listening = { readonly events: readonly string[] }

/** Whether an endpoint wants to hear of events of a type. */
export function listensTo({ events }: Listening, type: EventType | string): boolean {
  return events.includes(type) || (events.includes('*') && type !== 'usage.recorded')
}

/** An endpoint as the fan-out knows it. */
export type Audience = Listening & { readonly id: string; readonly sincePosition: bigint }

/** An event that nobody has been told of yet. */
export type PendingEvent = {
  readonly id: string
  readonly type: string
  readonly customerId: string | null
  readonly position: bigint
}

/** Whom to tell of an event: one pair for each endpoint that was there when it was recorded and listens to it. */
export function fanOut<Event extends PendingEvent>(
  events: readonly Event[],
  endpoints: readonly Audience[],
): { readonly event: Event; readonly endpointId: string }[] {
  return endpoints.flatMap((endpoint) =>
    events
      .filter((event) => event.position > endpoint.sincePosition && listensTo(endpoint, event.type))
      .map((event) => ({ event, endpointId: endpoint.id })),
  )
}

/** The list without repetitions, in the order it was given. */
export function listenedEvents(events: readonly string[]): string[] {
  return [...new Set(events)]
}
