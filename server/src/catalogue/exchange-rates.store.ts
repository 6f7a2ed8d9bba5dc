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
  const row = await db
    .selectFrom('plan_exchange_rate')
    .select('exchange_rate')
    .where('org_id', '=', orgId)
    .where('plan_id', '=', planId)
    .where('currency', '=', currency)
    .orderBy('revision', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (!row) return undefined
  const rate = parseExchangeRate(row.exchange_rate)
  assert(rate !== undefined, `${row.exchange_rate} is an exchange rate`)
  return rate
}
