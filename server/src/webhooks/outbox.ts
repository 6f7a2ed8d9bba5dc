import type { Tx } from '#database/transaction.ts'
import { newId } from '#id.ts'
import type { Moment } from '#organisations/org.ts'
import type { EventType } from '#webhooks/event-types.ts'

/** A value of an event's payload, already in its published form (numbers, ISO text). */
export type EventValue =
  | string
  | number
  | boolean
  | null
  | readonly EventValue[]
  | { readonly [key: string]: EventValue | undefined }
export type EventData = { readonly [key: string]: EventValue | undefined }

/** Something that happened; `customerId` is the public id of the customer it concerns. */
export type Happening = { readonly type: EventType; readonly customerId: string | null; readonly data: EventData }

/**
 * Records what happened, in the transaction that made it happen: no event without its effect, no effect without its event.
 * Deliveries keep the order of one customer's events.
 */
export function recordEvent(
  tx: Tx,
  context: Moment,
  type: EventType,
  customerId: string | null,
  data: EventData,
): Promise<void> {
  return recordEvents(tx, context, [{ type, customerId, data }])
}

/** Records several happenings of one moment, in their order. */
export async function recordEvents(tx: Tx, context: Moment, happenings: readonly Happening[]): Promise<void> {
  if (happenings.length === 0) return
  const rows = happenings.map(({ type, customerId, data }) => ({
    org_id: context.org.id,
    id: newId('whev'),
    type,
    customer_id: customerId,
    data: JSON.stringify(data),
    occurred_at: context.now,
    created_at: context.now,
  }))
  await tx.insertInto('event').values(rows).execute()
}
