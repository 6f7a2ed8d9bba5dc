import type { Mode } from '#organisations/org.ts'

/** Whose event it is, as the envelope says it. */
export type Origin = { readonly organisationId: string; readonly mode: Mode }

/** What happened, as it was recorded. */
export type ToldEvent = {
  readonly id: string
  readonly type: string
  /** The organisation's time. */
  readonly occurredAt: Temporal.Instant
  readonly data: unknown
}

export function timestampOf({ occurredAt }: Pick<ToldEvent, 'occurredAt'>): string {
  return occurredAt.toString({ smallestUnit: 'millisecond', roundingMode: 'floor' })
}

/** The body of a delivery: the same bytes for every attempt and for every endpoint of a version. */
export function bodyOf(event: ToldEvent, { organisationId, mode }: Origin, apiVersion: string): string {
  return JSON.stringify({
    id: event.id,
    event: event.type,
    timestamp: timestampOf(event),
    organizationId: organisationId,
    mode,
    apiVersion,
    data: event.data,
  })
}
