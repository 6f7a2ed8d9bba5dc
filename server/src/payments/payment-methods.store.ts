import assert from 'node:assert/strict'
import { type Selectable, sql } from 'kysely'
import type { PaymentMethodTable } from '#database/tables.generated.ts'
import type { Db, Tx } from '#database/transaction.ts'
import { nextExpiryNotice } from '#payments/card-expiry.ts'
import type { PaymentMethod } from '#payments/payment-method.ts'
import type { Card, ProviderName } from '#payments/provider.ts'
import { utcDay } from '#time/period.ts'

/** The method that renewals charge, or undefined. */
export async function findDefaultMethod(db: Db, orgId: string, customerId: string): Promise<PaymentMethod | undefined> {
  const row = await db
    .selectFrom('payment_method')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('customer_id', '=', customerId)
    .where('is_default', '=', true)
    .where('detached_at', 'is', null)
    .executeTakeFirst()
  return row && methodOf(row)
}

/** The methods that renewals of some customers charge, by customer id. Customers without one are missing from the map. */
export async function findDefaultMethods(
  db: Db,
  orgId: string,
  customerIds: readonly string[],
): Promise<Map<string, PaymentMethod>> {
  const rows = await db
    .selectFrom('payment_method')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('customer_id', 'in', [...customerIds])
    .where('is_default', '=', true)
    .where('detached_at', 'is', null)
    .execute()
  return new Map(rows.map((row) => [row.customer_id, methodOf(row)]))
}

/** One method of a customer by its id, also one that is no longer the default. */
export async function findMethod(db: Db, orgId: string, id: string): Promise<PaymentMethod | undefined> {
  const row = await db
    .selectFrom('payment_method')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .where('detached_at', 'is', null)
    .executeTakeFirst()
  return row && methodOf(row)
}

/** The newest card that a customer has at a connection, also one that is not charged any more. */
export async function findMethodAt(
  db: Db,
  orgId: string,
  customerId: string,
  connectionId: string,
): Promise<PaymentMethod | undefined> {
  const row = await db
    .selectFrom('payment_method')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('customer_id', '=', customerId)
    .where('connection_id', '=', connectionId)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row && methodOf(row)
}

/** Cards stored at once for one customer: each try that is lost was lost to one that was stored. */
const tries = 50

/** Stores a method as the customer's default in place of the old one, which stays but is no longer charged. */
export async function insertDefaultMethod(
  tx: Tx,
  orgId: string,
  method: Omit<PaymentMethod, 'isDefault'>,
): Promise<PaymentMethod> {
  for (let attempt = 1; attempt <= tries; attempt++) {
    await retireDefault(tx, orgId, method.customerId)
    const row = await tx
      .insertInto('payment_method')
      .values({
        org_id: orgId,
        id: method.id,
        customer_id: method.customerId,
        provider: method.provider,
        connection_id: method.connectionId,
        provider_token: method.providerToken,
        brand: method.brand,
        last4: method.last4,
        exp_month: method.expMonth,
        exp_year: method.expYear,
        country: method.country,
        is_default: true,
        created_at: method.createdAt,
        expiry_notice_on: nextExpiryNotice(method, utcDay(method.createdAt)),
      })
      .onConflict((conflict) => conflict.doNothing())
      .returningAll()
      .executeTakeFirst()
    if (row) return methodOf(row)
  }
  assert.fail(`the default method of ${method.customerId} was replaced ${tries} times while it was being replaced`)
}

/**
 * Locks cards that are charged and whose end is to be told on `today` or before, the longest due first; those that somebody else
 * is at are passed over.
 */
export async function lockExpiring(
  tx: Tx,
  orgId: string,
  today: Temporal.PlainDate,
  limit: number,
): Promise<PaymentMethod[]> {
  const rows = await tx
    .selectFrom('payment_method')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('is_default', '=', true)
    .where('detached_at', 'is', null)
    .where('expiry_notice_on', '<=', today)
    .orderBy('expiry_notice_on')
    .orderBy('id')
    .limit(limit)
    .forNoKeyUpdate()
    .skipLocked()
    .execute()
  return rows.map(methodOf)
}

/**
 * Writes the details that a stored card has now, at each connection of its provider that knows it by this token; its end is told by
 * them. Nothing happens for a card that is not known here.
 */
export async function refreshCard(
  tx: Tx,
  orgId: string,
  { provider, token, card }: { readonly provider: ProviderName; readonly token: string; readonly card: Card },
  today: Temporal.PlainDate,
): Promise<void> {
  const details = { brand: card.brand, last4: card.last4, exp_month: card.expMonth, exp_year: card.expYear }
  await tx
    .updateTable('payment_method')
    .set({ ...details, country: card.country, expiry_notice_on: nextExpiryNotice(card, today) })
    .where('org_id', '=', orgId)
    .where('connection_id', 'in', (query) =>
      query.selectFrom('payment_connection').select('id').where('org_id', '=', orgId).where('provider', '=', provider),
    )
    .where('provider_token', '=', token)
    // Told again of what is known, the notices that were told stay told.
    .where(
      sql<boolean>`(brand, last4, exp_month, exp_year) is distinct from (${card.brand}, ${card.last4}, ${card.expMonth}::int, ${card.expYear}::int)`,
    )
    .execute()
}

/** Notes when the end of each of some cards is told next. */
export async function saveExpiryNotices(
  tx: Tx,
  orgId: string,
  notices: readonly { readonly id: string; readonly nextOn: Temporal.PlainDate | null }[],
): Promise<void> {
  await sql`
    update payment_method card set expiry_notice_on = told.next_on
    from unnest(${notices.map(({ id }) => id)}::text[], ${notices.map(({ nextOn }) => nextOn && String(nextOn))}::date[])
      as told (id, next_on)
    where card.org_id = ${orgId} and card.id = told.id`.execute(tx)
}

/** A customer's cards, the one that is charged first, then newest first. */
export async function listMethods(db: Db, orgId: string, customerId: string): Promise<PaymentMethod[]> {
  const rows = await db
    .selectFrom('payment_method')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('customer_id', '=', customerId)
    .where('detached_at', 'is', null)
    .orderBy('is_default', 'desc')
    .orderBy('id', 'desc')
    .limit(mostListed)
    .execute()
  return rows.map(methodOf)
}

const mostListed = 20

/** Makes a stored card the one that is charged. The caller holds the customer's lock. */
export async function makeDefault(
  tx: Tx,
  orgId: string,
  method: PaymentMethod,
  today: Temporal.PlainDate,
): Promise<void> {
  await retireDefault(tx, orgId, method.customerId)
  await tx
    .updateTable('payment_method')
    .set({ is_default: true, expiry_notice_on: nextExpiryNotice(method, today) })
    .where('org_id', '=', orgId)
    .where('id', '=', method.id)
    .executeTakeFirstOrThrow()
}

async function retireDefault(tx: Tx, orgId: string, customerId: string): Promise<void> {
  await tx
    .updateTable('payment_method')
    .set({ is_default: false })
    .where('org_id', '=', orgId)
    .where('customer_id', '=', customerId)
    .where('is_default', '=', true)
    .execute()
}

function methodOf(row: Selectable<PaymentMethodTable>): PaymentMethod {
  return {
    id: row.id,
    customerId: row.customer_id,
    provider: row.provider,
    connectionId: row.connection_id,
    providerToken: row.provider_token,
    brand: row.brand,
    last4: row.last4,
    expMonth: row.exp_month,
    expYear: row.exp_year,
    country: row.country,
    isDefault: row.is_default,
    createdAt: row.created_at,
  }
}
