import assert from 'node:assert/strict'
import { type Selectable, sql } from 'kysely'
import type { PlanPrice } from '#catalogue/plan-price.ts'
import type { Region } from '#catalogue/region.ts'
import { localPrice, type ManualPrice } from '#catalogue/regional-price.ts'
import type { RegionalPricing } from '#catalogue/regional-pricing.ts'
import type { Tables } from '#database/tables.generated.ts'
import type { Db, Tx } from '#database/transaction.ts'
import type { RegionalOrigin } from '#invoicing/line-basis.ts'
import { type ExchangeRate, parseExchangeRate } from '#money/exchange.ts'
import type { Rate } from '#money/rate.ts'

/** When something of a currency was said: the side's version that the change moved to, and its moment. */
export type Said = { readonly revision: bigint; readonly effectiveAt: Temporal.Instant }

/** Keeps what is given by hand for a price in a currency from now on; it replaces what was given before. */
export async function saveManualPrice(
  tx: Tx,
  orgId: string,
  { priceId, currency }: { readonly priceId: string; readonly currency: string },
  manual: ManualPrice,
  said: Said,
): Promise<void> {
  await tx
    .insertInto('plan_price_regional')
    .values({
      org_id: orgId,
      price_id: priceId,
      currency,
      revision: said.revision,
      effective_at: said.effectiveAt,
      price: manual.price,
      included_balance: manual.includedBalance,
      intro_discount_type: manual.introOffer?.discountType ?? null,
      intro_discount_value: manual.introOffer?.discountValue ?? null,
      intro_duration_cycles: manual.introOffer?.durationCycles ?? null,
    })
    .execute()
}

/** Keeps the unit price that is given by hand for a plan's feature in a currency from now on; null: derived again. */
export async function saveManualUnitPrice(
  tx: Tx,
  orgId: string,
  { planId, featureId, currency }: { readonly planId: string; readonly featureId: string; readonly currency: string },
  unitPrice: Rate | null,
  said: Said,
): Promise<void> {
  await tx
    .insertInto('plan_feature_regional')
    .values({
      org_id: orgId,
      plan_id: planId,
      feature_id: featureId,
      currency,
      revision: said.revision,
      effective_at: said.effectiveAt,
      overage_unit_price: unitPrice,
    })
    .execute()
}

/** What some plans say in other currencies now, by plan id: three round trips, however many plans. */
export async function loadRegionalPricing(
  db: Db,
  orgId: string,
  planIds: readonly string[],
): Promise<Map<string, RegionalPricing>> {
  if (planIds.length === 0) return new Map()
  const { rows: rates } = await sql<{ plan_id: string; currency: string; exchange_rate: string }>`
    select distinct on (plan_id, currency) plan_id, currency, exchange_rate from plan_exchange_rate
    where org_id = ${orgId} and plan_id = any(${[...planIds]})
    order by plan_id, currency, revision desc`.execute(db)
  const { rows: prices } = await sql<PriceRow & { plan_id: string }>`
    select distinct on (m.price_id, m.currency) p.plan_id, m.* from plan_price_regional m
    join plan_price p on p.org_id = m.org_id and p.id = m.price_id
    where m.org_id = ${orgId} and p.plan_id = any(${[...planIds]})
    order by m.price_id, m.currency, m.revision desc`.execute(db)
  const { rows: features } = await sql<Selectable<Tables['plan_feature_regional']>>`
    select distinct on (plan_id, feature_id, currency) * from plan_feature_regional
    where org_id = ${orgId} and plan_id = any(${[...planIds]})
    order by plan_id, feature_id, currency, revision desc`.execute(db)
  return new Map(planIds.map((planId) => [planId, pricingOf(planId, rates, prices, features)]))
}

type PriceRow = Selectable<Tables['plan_price_regional']>

function pricingOf(
  planId: string,
  rates: readonly { plan_id: string; currency: string; exchange_rate: string }[],
  prices: readonly (PriceRow & { plan_id: string })[],
  features: readonly Selectable<Tables['plan_feature_regional']>[],
): RegionalPricing {
  const ofPlan = <Row extends { plan_id: string }>(rows: readonly Row[]) =>
    rows.filter(({ plan_id }) => plan_id === planId)
  const given = ofPlan(features).flatMap(({ overage_unit_price: price, ...row }) =>
    price === null ? [] : [{ ...row, price }],
  )
  return {
    rates: new Map(ofPlan(rates).map((row) => [row.currency, rateOf(row.exchange_rate)])),
    prices: byKeyAndCurrency(ofPlan(prices), ({ price_id }) => price_id, manualOf),
    features: byKeyAndCurrency(
      given,
      ({ feature_id }) => feature_id,
      ({ price }) => price,
    ),
  }
}

function byKeyAndCurrency<Row extends { currency: string }, Value>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
  readValue: (row: Row) => Value,
): Map<string, Map<string, Value>> {
  const grouped = Map.groupBy(rows, keyOf)
  return new Map(
    [...grouped].map(([key, some]) => [key, new Map(some.map((row) => [row.currency, readValue(row)]))] as const),
  )
}

/**
 * A price as it is paid in a region, with what was said of it there by a moment (by now when absent); undefined where it has none.
 * One round trip, none for canonical dollars.
 */
export async function localiseInRegion(
  db: Db,
  orgId: string,
  price: PlanPrice,
  region: Region,
  at?: Temporal.Instant,
): Promise<PlanPrice | undefined> {
  if (region === null) return price
  const isSaid = at ? sql`effective_at <= ${at}` : sql`true`
  const { rows } = await sql<{ exchange_rate: string | null; rate_revision: bigint | null } & Partial<PriceRow>>`
    select rate.exchange_rate, rate.revision as rate_revision, manual.*
    from (select 1) one
    left join lateral (
      select exchange_rate, revision from plan_exchange_rate
      where org_id = ${orgId} and plan_id = ${price.planId} and currency = ${region} and ${isSaid}
      order by revision desc limit 1
    ) rate on true
    left join lateral (
      select * from plan_price_regional
      where org_id = ${orgId} and price_id = ${price.id} and currency = ${region} and ${isSaid}
      order by revision desc limit 1
    ) manual on true`.execute(db)
  const [row] = rows
  assert(row, 'one row answers')
  const rate = row.exchange_rate === null ? undefined : rateOf(row.exchange_rate)
  const manual = row.price_id ? manualOf(row as PriceRow) : undefined
  const local = localPrice(price, { currency: region, rate, manual })
  if (!local) return undefined
  const byHand = manual?.price != null
  const revision = Number((byHand ? row.revision : row.rate_revision) ?? 0n)
  return { ...local, regional: { currency: region, from: byHand ? 'hand' : 'rate', revision } }
}

/** The row that a price's amount in a currency is from: the rate it was derived at, or the amount given by hand. */
export async function findRegionalOrigin(
  db: Db,
  orgId: string,
  { priceId, regional }: { readonly priceId: string; readonly regional: RegionalOrigin },
): Promise<{ readonly rate: ExchangeRate } | { readonly price: bigint } | undefined> {
  const revision = BigInt(regional.revision)
  if (regional.from === 'rate') {
    const row = await db
      .selectFrom('plan_exchange_rate as rate')
      .innerJoin('plan_price as price', (join) =>
        join.onRef('price.org_id', '=', 'rate.org_id').onRef('price.plan_id', '=', 'rate.plan_id'),
      )
      .select('rate.exchange_rate')
      .where('rate.org_id', '=', orgId)
      .where('price.id', '=', priceId)
      .where('rate.currency', '=', regional.currency)
      .where('rate.revision', '=', revision)
      .executeTakeFirst()
    return row && { rate: rateOf(row.exchange_rate) }
  }
  const row = await db
    .selectFrom('plan_price_regional')
    .select('price')
    .where('org_id', '=', orgId)
    .where('price_id', '=', priceId)
    .where('currency', '=', regional.currency)
    .where('revision', '=', revision)
    .executeTakeFirst()
  return row?.price == null ? undefined : { price: row.price }
}

function manualOf(row: PriceRow): ManualPrice {
  const { intro_discount_type: discountType, intro_discount_value: discountValue } = row
  return {
    price: row.price,
    includedBalance: row.included_balance,
    introOffer:
      discountType === null || discountValue === null
        ? null
        : { discountType, discountValue, durationCycles: row.intro_duration_cycles },
  }
}

function rateOf(text: string): ExchangeRate {
  const rate = parseExchangeRate(text)
  assert(rate !== undefined, `${text} is an exchange rate`)
  return rate
}
