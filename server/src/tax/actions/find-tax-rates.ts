import type { Db } from '#database/transaction.ts'
import { shippedRates } from '#tax/shipped-rates.ts'
import { allRates, type RatesInForce } from '#tax/tax-rate.ts'
import { loadOwnRates } from '#tax/tax-rates.store.ts'

/** The rates in force on a UTC day, by country and region, of one country where it is given. */
export async function findTaxRates(
  db: Db,
  orgId: string,
  { on, country }: { readonly on: Temporal.PlainDate; readonly country?: string | undefined },
): Promise<RatesInForce[]> {
  const all = allRates(on, await loadOwnRates(db, orgId), shippedRates)
  return country === undefined ? all : all.filter((rates) => rates.country === country)
}
