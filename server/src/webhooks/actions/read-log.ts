import { resolveCustomer } from '#customers/customers.store.ts'
import type { Db } from '#database/transaction.ts'
import { Problem } from '#problem.ts'
import { requireEndpoint } from '#webhooks/actions/require-endpoint.ts'
import {
  type AttemptRecord,
  type DeliveryFilter,
  type DeliveryRecord,
  findAttempts,
  listDeliveries,
} from '#webhooks/deliveries.store.ts'
import { type EventRecord, findEvent, listEvents } from '#webhooks/events.store.ts'

/** A page: how many at most, behind which id. */
export type LogPage = { readonly limit: number; readonly after: string | undefined }

/** A part of a list, and where the rest begins. */
export type LogPart<Entry> = { readonly entries: readonly Entry[]; readonly next: string | null }

export type LogFilter = {
  readonly type: string | undefined
  /** Public or own id; nothing has happened to a customer whom nobody knows. */
  readonly customer: string | undefined
}

/** What has happened on a side, newest first. */
export async function readEvents(
  db: Db,
  orgId: string,
  { type, customer }: LogFilter,
  page: LogPage,
): Promise<LogPart<EventRecord>> {
  const customerId = customer === undefined ? undefined : (await resolveCustomer(db, orgId, customer))?.id
  if (customer !== undefined && customerId === undefined) return { entries: [], next: null }
  return partOf(await listEvents(db, orgId, { type, customerId }, { ...page, limit: page.limit + 1 }), page)
}

/** One event, or 404 not_found. */
export async function requireEvent(db: Db, orgId: string, id: string): Promise<EventRecord> {
  const event = await findEvent(db, orgId, id)
  if (!event) throw new Problem('not_found', `There is no event ${id}.`)
  return event
}

export type LoggedDelivery = { readonly delivery: DeliveryRecord; readonly attempts: readonly AttemptRecord[] }

/** The deliveries to an endpoint with their attempts, newest first. 404 webhook_not_found. */
export async function readDeliveries(
  db: Db,
  orgId: string,
  { endpointId, ...filter }: DeliveryFilter & { readonly endpointId: string },
  page: LogPage,
): Promise<LogPart<LoggedDelivery>> {
  await requireEndpoint(db, orgId, endpointId)
  const found = await listDeliveries(db, { orgId, endpointId }, filter, { ...page, limit: page.limit + 1 })
  const { entries, next } = partOf(found, page)
  const ids = entries.map(({ id }) => id)
  const attempts = Map.groupBy(await findAttempts(db, orgId, ids), ({ deliveryId }) => deliveryId)
  return { entries: entries.map((delivery) => ({ delivery, attempts: attempts.get(delivery.id) ?? [] })), next }
}

function partOf<Entry extends { readonly id: string }>(found: readonly Entry[], { limit }: LogPage): LogPart<Entry> {
  const entries = found.slice(0, limit)
  return { entries, next: found.length > limit ? (entries.at(-1)?.id ?? null) : null }
}
