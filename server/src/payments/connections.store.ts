import { type Selectable, sql } from 'kysely'
import type { PaymentConnectionTable } from '#database/tables.generated.ts'
import type { Db, Tx } from '#database/transaction.ts'
import type { Connection } from '#payments/connection.ts'
import type { ProviderName } from '#payments/provider.ts'

type Row = Selectable<PaymentConnectionTable> & { readonly countries: readonly string[] }

/** What opening a connection takes. */
export type SealedConnection = {
  readonly orgId: string
  readonly id: string
  readonly provider: ProviderName
  readonly sealed: string | null
  readonly isRemoved: boolean
}

/** The connections of a side with the countries routed to them, oldest first; removed ones too when asked. */
export async function listConnections(
  db: Db,
  orgId: string,
  { withRemoved = false }: { readonly withRemoved?: boolean } = {},
): Promise<Connection[]> {
  let query = db
    .selectFrom('payment_connection as connection')
    .selectAll('connection')
    .select(
      sql<string[]>`array(
        select country from payment_route route
        where route.org_id = connection.org_id and route.connection_id = connection.id order by country)`.as(
        'countries',
      ),
    )
    .where('connection.org_id', '=', orgId)
  if (!withRemoved) query = query.where('removed_at', 'is', null)
  const rows = await query.orderBy('connection.id').execute()
  return rows.map(connectionOf)
}

/** One connection as {@link listConnections} gives them, locked until the transaction ends. */
export async function lockConnection(tx: Tx, orgId: string, id: string): Promise<Connection | undefined> {
  await tx
    .selectFrom('payment_connection')
    .select('id')
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .forNoKeyUpdate()
    .execute()
  return (await listConnections(tx, orgId)).find((one) => one.id === id)
}

/** A connection with its sealed credentials. */
export async function findSealed(db: Db, orgId: string, id: string): Promise<SealedConnection | undefined> {
  const row = await db
    .selectFrom('payment_connection')
    .select(['org_id', 'id', 'provider', 'sealed', 'removed_at'])
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row && sealedOf(row)
}

/** Locks every connection that has credentials, of all organisations: for sealing them anew. */
export async function lockAllSealed(tx: Tx): Promise<SealedConnection[]> {
  const rows = await tx
    .selectFrom('payment_connection')
    .select(['org_id', 'id', 'provider', 'sealed', 'removed_at'])
    .where('sealed', 'is not', null)
    .orderBy('org_id')
    .orderBy('id')
    .forNoKeyUpdate()
    .execute()
  return rows.map(sealedOf)
}

export type NewConnection = Pick<Connection, 'id' | 'provider' | 'name' | 'isDefault' | 'createdAt'> & {
  readonly sealed: string | null
  readonly settings: Readonly<Record<string, string>>
}

/** False when an open connection of the side has this name. */
export async function insertConnection(tx: Tx, orgId: string, connection: NewConnection): Promise<boolean> {
  const row = await tx
    .insertInto('payment_connection')
    .values({
      org_id: orgId,
      id: connection.id,
      provider: connection.provider,
      name: connection.name,
      sealed: connection.sealed,
      settings: JSON.stringify(connection.settings),
      is_default: connection.isDefault,
      created_at: connection.createdAt,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/** Keeps credentials that were sealed anew, with what pages may show of them. */
export async function updateSealed(
  tx: Tx,
  { orgId, id }: Pick<SealedConnection, 'orgId' | 'id'>,
  sealed: string,
  settings?: Readonly<Record<string, string>>,
): Promise<void> {
  await tx
    .updateTable('payment_connection')
    .set({ sealed, ...(settings ? { settings: JSON.stringify(settings) } : {}) })
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .execute()
}

/** Makes a connection the side's default; null: none is. */
export async function setDefaultConnection(tx: Tx, orgId: string, id: string | null): Promise<void> {
  const connections = tx.updateTable('payment_connection').where('org_id', '=', orgId)
  await connections.set({ is_default: false }).where('is_default', '=', true).execute()
  if (id !== null) await connections.set({ is_default: true }).where('id', '=', id).execute()
}

/** Sends a country's customers to a connection; null: to the default again. */
export async function setRoute(tx: Tx, orgId: string, country: string, connectionId: string | null): Promise<void> {
  if (connectionId === null) {
    await tx.deleteFrom('payment_route').where('org_id', '=', orgId).where('country', '=', country).execute()
    return
  }
  await tx
    .insertInto('payment_route')
    .values({ org_id: orgId, country, connection_id: connectionId })
    .onConflict((conflict) => conflict.columns(['org_id', 'country']).doUpdateSet({ connection_id: connectionId }))
    .execute()
}

/** Takes a connection out of use with its routes. */
export async function markRemoved(tx: Tx, orgId: string, id: string, now: Temporal.Instant): Promise<void> {
  await tx.deleteFrom('payment_route').where('org_id', '=', orgId).where('connection_id', '=', id).execute()
  await tx
    .updateTable('payment_connection')
    .set({ removed_at: now, is_default: false })
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .execute()
}

/** What pages may show of a connection. */
export async function findPublicSettings(
  db: Db,
  orgId: string,
  id: string,
): Promise<{ readonly publishableKey?: string }> {
  const row = await db
    .selectFrom('payment_connection')
    .select('settings')
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .executeTakeFirst()
  return (row?.settings ?? {}) as { publishableKey?: string }
}

/** Stored cards that only this connection can charge. */
export async function countBoundMethods(db: Db, orgId: string, id: string): Promise<bigint> {
  const { count } = await db
    .selectFrom('payment_method')
    .select(sql<bigint>`count(*)`.as('count'))
    .where('org_id', '=', orgId)
    .where('connection_id', '=', id)
    .where('is_default', '=', true)
    .where('detached_at', 'is', null)
    .executeTakeFirstOrThrow()
  return count
}

function connectionOf(row: Row): Connection {
  return {
    orgId: row.org_id,
    id: row.id,
    provider: row.provider,
    name: row.name,
    isDefault: row.is_default,
    removedAt: row.removed_at,
    createdAt: row.created_at,
    countries: row.countries,
  }
}

function sealedOf(
  row: Pick<Row, 'org_id' | 'id' | 'provider' | 'sealed'> & { readonly removed_at: Temporal.Instant | null },
): SealedConnection {
  return {
    orgId: row.org_id,
    id: row.id,
    provider: row.provider,
    sealed: row.sealed,
    isRemoved: row.removed_at !== null,
  }
}
