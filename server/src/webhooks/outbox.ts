import { sql } from 'kysely'
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

/**
 * Records several happenings of one moment, in their order. Where nobody listens, nobody has to look at them again. (Who begins
 * to listen meanwhile hears of what is recorded afterwards.)
 */
export async function recordEvents(tx: Tx, { org, now }: Moment, happenings: readonly Happening[]): Promise<void> {
  if (happenings.length === 0) return
  const column = (of: (happening: Happening) => string | null) => sql`${happenings.map(of)}::text[]`
  await sql`
    insert into event (org_id, id, type, customer_id, data, occurred_at, created_at, pending)
    select ${org.id}, new.id, new.type, new.customer_id, new.data::jsonb, ${now}, ${now},
      exists (select from webhook_endpoint where org_id = ${org.id} and is_active)
    from unnest(${column(() => newId('whev'))}, ${column(({ type }) => type)},
      ${column(({ customerId }) => customerId)}, ${column(({ data }) => JSON.stringify(data))}
    ) with ordinality as new (id, type, customer_id, data, place)
    order by new.place`.execute(tx)
}
