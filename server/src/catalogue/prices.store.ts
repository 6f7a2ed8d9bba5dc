import { type Selectable, sql } from 'kysely'
import type { PlanPrice, PriceSettings } from '#catalogue/plan-price.ts'
import type { Tables } from '#database/tables.generated.ts'
import type { Db, Tx } from '#database/transaction.ts'
import type { BillingInterval } from '#time/interval.ts'

export type NewPrice = Omit<PlanPrice, 'revision' | 'deletedAt' | 'createdAt' | 'updatedAt'>

/** Writes a price. The plan must have no other live price of this interval, and no other default if this is one. */
export async function insertPrice(tx: Tx, orgId: string, price: NewPrice, now: Temporal.Instant): Promise<PlanPrice> {
  const row = await tx
    .insertInto('plan_price')
    .values({
      org_id: orgId,
      id: price.id,
      plan_id: price.planId,
      billing_interval: price.billingInterval,
      is_default: price.isDefault,
      ...columnsOf(price),
      created_at: now,
      updated_at: now,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  await keepAmount(tx, row, now)
  return priceOf(row)
}

// An invoice says which revision it charged, and a window is given what held at its own instant: amounts are kept, not only the last.
async function keepAmount(tx: Tx, row: Selectable<Tables['plan_price']>, now: Temporal.Instant): Promise<void> {
  const { org_id, id: price_id, revision: number, price, included_credits, included_balance } = row
  await tx
    .insertInto('plan_price_revision')
    .values({ org_id, price_id, number, price, included_credits, included_balance, effective_at: now })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** A price of a plan by public id, if it is not deleted. */
export async function findPrice(db: Db, orgId: string, planId: string, id: string): Promise<PlanPrice | undefined> {
  const row = await livePrices(db, orgId, [planId]).where('id', '=', id).executeTakeFirst()
  return row && priceOf(row)
}

/** A price by public id, also after it was deleted. */
export async function findPriceById(db: Db, orgId: string, id: string): Promise<PlanPrice | undefined> {
  const row = await db
    .selectFrom('plan_price')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row && priceOf(row)
}

/** The intervals of every price a plan ever had, by public id. */
export async function priceIntervals(db: Db, orgId: string, planId: string): Promise<Map<string, BillingInterval>> {
  const rows = await db
    .selectFrom('plan_price')
    .select(['id', 'billing_interval'])
    .where('org_id', '=', orgId)
    .where('plan_id', '=', planId)
    .execute()
  return new Map(rows.map((row) => [row.id, row.billing_interval]))
}

/** The live price of a plan for an interval. */
export async function findPriceByInterval(
  db: Db,
  orgId: string,
  planId: string,
  interval: BillingInterval,
): Promise<PlanPrice | undefined> {
  const row = await livePrices(db, orgId, [planId]).where('billing_interval', '=', interval).executeTakeFirst()
  return row && priceOf(row)
}

/** The default price of a plan; undefined only when it has no price. */
export async function defaultPrice(db: Db, orgId: string, planId: string): Promise<PlanPrice | undefined> {
  const row = await livePrices(db, orgId, [planId]).where('is_default', '=', true).executeTakeFirst()
  return row && priceOf(row)
}

/** The live prices of some plans in the order of their creation, by plan id. Plans without prices are absent. */
export async function listPrices(db: Db, orgId: string, planIds: readonly string[]): Promise<Map<string, PlanPrice[]>> {
  if (planIds.length === 0) return new Map()
  const rows = await livePrices(db, orgId, planIds).orderBy('id').execute()
  return Map.groupBy(rows.map(priceOf), (price) => price.planId)
}

/**
 * Locks a live price so that it cannot be deleted until the transaction ends: call it where a subscription is about to
 * refer to it. Undefined when it is deleted.
 */
export async function holdPrice(tx: Tx, orgId: string, planId: string, id: string): Promise<PlanPrice | undefined> {
  const row = await livePrices(tx, orgId, [planId]).where('id', '=', id).forShare().executeTakeFirst()
  return row && priceOf(row)
}

/** Locks a live price to change or delete it. */
export async function lockPrice(tx: Tx, orgId: string, planId: string, id: string): Promise<PlanPrice | undefined> {
  const row = await livePrices(tx, orgId, [planId]).where('id', '=', id).forUpdate().executeTakeFirst()
  return row && priceOf(row)
}

/** Replaces what may change of a price; another amount, of its price or of what it includes, is a revision of it. */
export async function updatePrice(
  tx: Tx,
  orgId: string,
  id: string,
  settings: PriceSettings,
  now: Temporal.Instant,
): Promise<PlanPrice> {
  const row = await tx
    .updateTable('plan_price')
    .set({
      ...columnsOf(settings),
      revision: sql`revision + case when (price, included_credits, included_balance) is not distinct from
        (${settings.price}::bigint, ${settings.includedCredits}::bigint, ${settings.includedBalance}::bigint) then 0 else 1 end`,
      updated_at: now,
    })
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
  await keepAmount(tx, row, now)
  return priceOf(row)
}

/** Makes way for another default price of the plan. */
export async function unsetDefaultPrice(tx: Tx, orgId: string, planId: string, now: Temporal.Instant): Promise<void> {
  await tx
    .updateTable('plan_price')
    .set({ is_default: false, updated_at: now })
    .where('org_id', '=', orgId)
    .where('plan_id', '=', planId)
    .where('is_default', '=', true)
    .where('deleted_at', 'is', null)
    .execute()
}

/** Marks a price as its plan's default; the old one must be unset. */
export async function setDefaultPrice(tx: Tx, orgId: string, id: string, now: Temporal.Instant): Promise<void> {
  await tx
    .updateTable('plan_price')
    .set({ is_default: true, updated_at: now })
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .execute()
}

/** Takes a price off its plan; the row stays for the invoices that were made from it. */
export async function deletePrice(tx: Tx, orgId: string, id: string, now: Temporal.Instant): Promise<void> {
  await tx
    .updateTable('plan_price')
    .set({ deleted_at: now, is_default: false, updated_at: now })
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .execute()
}

/** Whether a subscription that is not canceled pays this price. */
export async function isPriceInUse(db: Db, orgId: string, id: string): Promise<boolean> {
  const row = await db
    .selectFrom('subscription')
    .select('id')
    .where('org_id', '=', orgId)
    .where((is) => is.or([is('price_id', '=', id), is('scheduled_price_id', '=', id)]))
    .where('status', '<>', 'canceled')
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** Whether a subscription that is not canceled pays this price in a region. */
export async function isPriceInUseIn(
  db: Db,
  orgId: string,
  id: string,
  { currency, hasUsPricing }: { readonly currency: string; readonly hasUsPricing: boolean },
): Promise<boolean> {
  const row = await db
    .selectFrom('subscription')
    .select('id')
    .where('org_id', '=', orgId)
    .where('price_id', '=', id)
    .where('currency', '=', currency)
    .where('has_us_pricing', '=', hasUsPricing)
    .where('status', '<>', 'canceled')
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

function livePrices(db: Db, orgId: string, planIds: readonly string[]) {
  return db
    .selectFrom('plan_price')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('plan_id', 'in', planIds)
    .where('deleted_at', 'is', null)
}

function columnsOf(settings: PriceSettings) {
  return {
    price: settings.price,
    trial_days: settings.trialDays,
    included_balance: settings.includedBalance,
    included_credits: settings.includedCredits,
    intro_enabled: settings.introOffer.enabled,
    intro_discount_type: settings.introOffer.discountType,
    intro_discount_value: settings.introOffer.discountValue,
    intro_duration_cycles: settings.introOffer.durationCycles,
  }
}

function priceOf(row: Selectable<Tables['plan_price']>): PlanPrice {
  return {
    id: row.id,
    planId: row.plan_id,
    billingInterval: row.billing_interval,
    isDefault: row.is_default,
    revision: row.revision,
    price: row.price,
    trialDays: row.trial_days,
    includedBalance: row.included_balance,
    includedCredits: row.included_credits,
    introOffer: {
      enabled: row.intro_enabled,
      discountType: row.intro_discount_type,
      discountValue: row.intro_discount_value,
      durationCycles: row.intro_duration_cycles,
    },
    deletedAt: row.deleted_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
