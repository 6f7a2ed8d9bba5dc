import assert from 'node:assert/strict'
import type { Db, Tx } from '#database/transaction.ts'
import { type ExchangeRate, exchangeRateToText, parseExchangeRate } from '#money/exchange.ts'

export type PlanExchangeRate = {
  readonly planId: string
  /** Lower case. */
  readonly currency: string
  readonly rate: ExchangeRate
}

/** Sets what a dollar is in a currency of a plan. The caller has moved the side's version. */
export async function saveExchangeRate(
  tx: Tx,
  orgId: string,
  { planId, currency, rate }: PlanExchangeRate,
  now: Temporal.Instant,
): Promise<void> {
  const values = { exchange_rate: exchangeRateToText(rate), updated_at: now }
  await tx
    .insertInto('plan_exchange_rate')
    .values({ org_id: orgId, plan_id: planId, currency, ...values })
    .onConflict((key) => key.columns(['org_id', 'plan_id', 'currency']).doUpdateSet(values))
    .execute()
}

/** What a dollar is in a currency of a plan; undefined where the plan has no rate for it. */
export async function findExchangeRate(
  db: Db,
  orgId: string,
  planId: string,
  currency: string,
): Promise<ExchangeRate | undefined> {
  const row = await db
    .selectFrom('plan_exchange_rate')
    .select('exchange_rate')
    .where('org_id', '=', orgId)
    .where('plan_id', '=', planId)
    .where('currency', '=', currency)
    .executeTakeFirst()
  if (!row) return undefined
  const rate = parseExchangeRate(row.exchange_rate)
  assert(rate !== undefined, `${row.exchange_rate} is an exchange rate`)
  return rate
}
