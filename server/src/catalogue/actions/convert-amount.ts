import { findExchangeRate } from '#catalogue/exchange-rates.store.ts'
import type { Region } from '#catalogue/region.ts'
import type { Db } from '#database/transaction.ts'
import { type ExchangeRate, exchangeMinor } from '#money/exchange.ts'
import { Problem } from '#problem.ts'

/**
 * What costs an amount of US cents, in the minor unit of a region, half up at its plan's rate: credit packs and add-ons are
 * priced in dollars (catalogue.md, Regional pricing). 400 missing_regional_price where the plan has no rate.
 */
export async function convertAmount(
  db: Db,
  orgId: string,
  { planId, region, cents, what }: { planId: string; region: Region; cents: bigint; what: string },
): Promise<bigint> {
  if (region === null) return cents
  return convertAt(await findExchangeRate(db, orgId, planId, region), { region, cents, what })
}

/** The same where the rate is known already; undefined is none. */
export function convertAt(
  rate: ExchangeRate | undefined,
  { region, cents, what }: { region: Region; cents: bigint; what: string },
): bigint {
  if (region === null) return cents
  if (rate === undefined) throw missingRegionalPrice(what, region)
  return exchangeMinor(cents, rate, region)
}

/** 400 missing_regional_price: `what` is named as in "The credit pack Small". */
export function missingRegionalPrice(what: string, currency: string): Problem {
  return new Problem(
    'missing_regional_price',
    `${what} has no price in ${currency.toUpperCase()}. Give the plan an exchange rate for it with PUT /plans/{id}/regional.`,
  )
}
