import assert from 'node:assert/strict'
import type { Db, Tx } from '#database/transaction.ts'
import { type ExchangeRate, exchangeRateToText, parseExchangeRate } from '#money/exchange.ts'

export type PlanExchangeRate = {
  readonly planId: string
  /** Lower case. */
  readonly currency: string
  readonly rate: ExchangeRate
}

/** Sets what a dollar is in a currency of a plan from now on. `revision` is what the caller moved the side's version to. */
export async function saveExchangeRate(
  tx: Tx,
  orgId: string,
  { planId, currency, rate }: PlanExchangeRate,
  said: { readonly revision: bigint; readonly effectiveAt: Temporal.Instant },
): Promise<void> {
  await tx
    .insertInto('plan_exchange_rate')
    .values({
      org_id: orgId,
      plan_id: planId,
      currency,
      revision: said.revision,
      effective_at: said.effectiveAt,
      exchange_rate: exchangeRateToText(rate),
    })
    .execute()
}

/** What a dollar is in a currency of a plan; undefined where the plan has no rate for it. */
export async function findExchangeRate(
  db: Db,
  orgId: string,
  planId: string,
  currency: string,
): Promise<ExchangeRate | undefined> {
  return (await findRateInForce(db, orgId, planId, currency))?.rate
}

/** A rate and the change of the catalogue that said it. */
export type SaidRate = { readonly rate: ExchangeRate; readonly revision: bigint }

/** The same with the change that said it, by a moment (by now when absent). */
export async function findRateInForce(
  db: Db,
  orgId: string,
  planId: string,
  currency: string,
  at?: Temporal.Instant,
): Promise<SaidRate | undefined> {
  const said = ratesOf(db, orgId, planId, currency)
  const known = at === undefined ? said : said.where('effective_at', '<=', at)
  const row = await known.orderBy('revision', 'desc').limit(1).executeTakeFirst()
  return row && saidRate(row)
}

/** What a dollar is in some currencies of some plans now, by `planId currency`. */
export async function findExchangeRates(
  db: Db,
  orgId: string,
  planIds: readonly string[],
  currencies: readonly string[],
): Promise<ReadonlyMap<string, ExchangeRate>> {
  if (planIds.length === 0 || currencies.length === 0) return new Map()
  const rows = await db
    .selectFrom('plan_exchange_rate')
    .select(['plan_id', 'currency', 'exchange_rate', 'revision'])
    .distinctOn(['plan_id', 'currency'])
    .where('org_id', '=', orgId)
    .where('plan_id', 'in', [...planIds])
    .where('currency', 'in', [...currencies])
    .orderBy('plan_id')
    .orderBy('currency')
    .orderBy('revision', 'desc')
    .execute()
  return new Map(rows.map((row) => [`${row.plan_id} ${row.currency}`, saidRate(row).rate]))
}

/** What a dollar is in some currencies by what was said last of it for whichever plan. A currency of no plan is missing. */
export async function findLatestExchangeRates(
  db: Db,
  orgId: string,
  currencies: readonly string[],
): Promise<ReadonlyMap<string, ExchangeRate>> {
  const rows = await db
    .selectFrom('plan_exchange_rate')
    .select(['currency', 'exchange_rate', 'revision'])
    .distinctOn('currency')
    .where('org_id', '=', orgId)
    .where('currency', 'in', [...currencies])
    .orderBy('currency')
    .orderBy('revision', 'desc')
    .orderBy('plan_id')
    .execute()
  return new Map(rows.map((row) => [row.currency, saidRate(row).rate]))
}

/** What a change of the catalogue said a dollar is. */
export async function findRateSaid(
  db: Db,
  orgId: string,
  { planId, currency, revision }: { readonly planId: string; readonly currency: string; readonly revision: bigint },
): Promise<ExchangeRate | undefined> {
  const row = await ratesOf(db, orgId, planId, currency).where('revision', '=', revision).executeTakeFirst()
  return row && saidRate(row).rate
}

function ratesOf(db: Db, orgId: string, planId: string, currency: string) {
  return db
    .selectFrom('plan_exchange_rate')
    .select(['exchange_rate', 'revision'])
    .where('org_id', '=', orgId)
    .where('plan_id', '=', planId)
    .where('currency', '=', currency)
}

function saidRate({ exchange_rate, revision }: { exchange_rate: string; revision: bigint }): SaidRate {
  const rate = parseExchangeRate(exchange_rate)
  assert(rate !== undefined, `${exchange_rate} is an exchange rate`)
  return { rate, revision }
}
