import { type Selectable, sql } from 'kysely'
import { fromRow, type RecordOf } from '#database/records.ts'
import type { Tables } from '#database/tables.generated.ts'
import type { Db, Tx } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'

/** An activation of an add-on. `charge`: what its remaining days cost, minor units of the subscription's currency, before tax. */
export type SubscriptionAddon = Omit<RecordOf<Selectable<Tables['subscription_addon']>>, 'orgId'>

/** The request that asked for it: its Idempotency-Key, if it has one, and when it came (machine time). */
export type ActivationRequest = { readonly key: Context['idempotency']; readonly at: Temporal.Instant }

export type NewActivation = Pick<
  SubscriptionAddon,
  'subscriptionId' | 'addonId' | 'charge' | 'invoiceId' | 'termsRevision' | 'sinceWindow'
> & { readonly request: ActivationRequest }

/** How long a request is known by its key (http.md, Idempotency). */
const keyIsKept = Temporal.Duration.from({ hours: 24 })

/** Writes an activation whose charge is under way. The caller holds the subscription's lock. */
export async function insertActivation(
  tx: Tx,
  orgId: string,
  activation: NewActivation,
  now: Temporal.Instant,
): Promise<SubscriptionAddon> {
  const { subscriptionId, request } = activation
  const row = await tx
    .insertInto('subscription_addon')
    .values({
      org_id: orgId,
      subscription_id: subscriptionId,
      number: sql<number>`(
        select coalesce(max(number), 0) + 1 from subscription_addon
        where org_id = ${orgId} and subscription_id = ${subscriptionId}
      )`,
      addon_id: activation.addonId,
      state: 'pending',
      charge: activation.charge,
      invoice_id: activation.invoiceId,
      terms_revision: activation.termsRevision,
      since_window: activation.sinceWindow,
      request_key: request.key?.key ?? null,
      request_fingerprint: request.key?.fingerprint ?? null,
      requested_at: request.at,
      created_at: now,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  return recordOf(row)
}

/** The activation that an earlier delivery of the same request began; undefined when there is none. */
export async function findActivationBegunBy(
  tx: Tx,
  orgId: string,
  { key, at }: ActivationRequest,
): Promise<SubscriptionAddon | undefined> {
  if (key === null) return undefined
  const row = await ofSide(tx, orgId)
    .where('request_key', '=', key.key)
    .where('request_fingerprint', '=', key.fingerprint)
    .where('requested_at', '>', at.subtract(keyIsKept))
    .orderBy('requested_at', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row && recordOf(row)
}

export async function findActivationOfInvoice(
  db: Db,
  orgId: string,
  invoiceId: string,
): Promise<SubscriptionAddon | undefined> {
  const row = await ofSide(db, orgId).where('invoice_id', '=', invoiceId).executeTakeFirst()
  return row && recordOf(row)
}

/** The pending or active activation of an add-on on a subscription. */
export async function findLiveActivation(
  db: Db,
  orgId: string,
  subscriptionId: string,
  addonId: string,
): Promise<SubscriptionAddon | undefined> {
  const row = await ofSide(db, orgId)
    .where('subscription_id', '=', subscriptionId)
    .where('addon_id', '=', addonId)
    .where('state', 'in', ['pending', 'active'])
    .executeTakeFirst()
  return row && recordOf(row)
}

/**
 * What some subscriptions had of add-ons in their window `since` and later, by subscription id in the order of activation:
 * those that are active, and those that ended in it or since.
 */
export async function findAddonsSince(
  db: Db,
  orgId: string,
  windows: readonly { readonly subscriptionId: string; readonly since: number }[],
): Promise<ReadonlyMap<string, readonly SubscriptionAddon[]>> {
  if (windows.length === 0) return new Map()
  const { rows } = await sql<Row>`
    select had.*
    from unnest(
      ${windows.map(({ subscriptionId }) => subscriptionId)}::text[], ${windows.map(({ since }) => since)}::int[]
    ) as wanted (subscription_id, since)
    join subscription_addon had on had.org_id = ${orgId} and had.subscription_id = wanted.subscription_id
    where had.state in ('active', 'ended') and (had.until_window is null or had.until_window >= wanted.since)
    order by had.subscription_id, had.number`.execute(db)
  return Map.groupBy(rows.map(recordOf), ({ subscriptionId }) => subscriptionId)
}

/** The active add-ons of some subscriptions, by subscription id in the order of activation. */
export async function findActiveAddons(
  db: Db,
  orgId: string,
  subscriptionIds: readonly string[],
): Promise<ReadonlyMap<string, readonly SubscriptionAddon[]>> {
  if (subscriptionIds.length === 0) return new Map()
  const rows = await ofSide(db, orgId)
    .where('subscription_id', 'in', [...subscriptionIds])
    .where('state', '=', 'active')
    .orderBy('subscription_id')
    .orderBy('number')
    .execute()
  return Map.groupBy(rows.map(recordOf), ({ subscriptionId }) => subscriptionId)
}

/** Subscriptions that have an add-on, or are being charged for it. */
export async function countActivations(db: Db, orgId: string, addonId: string): Promise<number> {
  const { count } = await db
    .selectFrom('subscription_addon')
    .select((is) => is.fn.countAll<bigint>().as('count'))
    .where('org_id', '=', orgId)
    .where('addon_id', '=', addonId)
    .where('state', 'in', ['pending', 'active'])
    .executeTakeFirstOrThrow()
  return Number(count)
}

type Key = Pick<SubscriptionAddon, 'subscriptionId' | 'number'>

/** A pending activation comes into force in a window. Undefined when it is not pending any more. */
export async function startActivation(
  tx: Tx,
  orgId: string,
  key: Key,
  { window, now }: { readonly window: number; readonly now: Temporal.Instant },
): Promise<SubscriptionAddon | undefined> {
  const row = await changing(tx, orgId, key)
    .set({ state: 'active', since_window: window, activated_at: now })
    .where('state', '=', 'pending')
    .returningAll()
    .executeTakeFirst()
  return row && recordOf(row)
}

/** The charge of a pending activation was declined. */
export async function refuseActivation(tx: Tx, orgId: string, key: Key): Promise<void> {
  await changing(tx, orgId, key).set({ state: 'refused' }).where('state', '=', 'pending').execute()
}

/** An active add-on ends in a window. */
export async function endActivation(
  tx: Tx,
  orgId: string,
  key: Key,
  { window, now }: { readonly window: number; readonly now: Temporal.Instant },
): Promise<SubscriptionAddon> {
  const row = await changing(tx, orgId, key)
    .set({ state: 'ended', until_window: window, deactivated_at: now })
    .where('state', '=', 'active')
    .returningAll()
    .executeTakeFirstOrThrow()
  return recordOf(row)
}

type Row = Selectable<Tables['subscription_addon']>

function ofSide(db: Db, orgId: string) {
  return db.selectFrom('subscription_addon').selectAll().where('org_id', '=', orgId)
}

function changing(tx: Tx, orgId: string, { subscriptionId, number }: Key) {
  return tx
    .updateTable('subscription_addon')
    .where('org_id', '=', orgId)
    .where('subscription_id', '=', subscriptionId)
    .where('number', '=', number)
}

function recordOf(row: Row): SubscriptionAddon {
  const { orgId: _org, ...record } = fromRow(row)
  return record
}
