import type { PlanPrice } from '#catalogue/plan-price.ts'
import { type Region, regionOfCountry } from '#catalogue/region.ts'
import { localiseInRegion } from '#catalogue/regional-prices.store.ts'
import type { Db } from '#database/transaction.ts'

/** A price as a billing country pays it, and the region that is then settled: canonical dollars where it has no other. */
export async function priceInCountry(
  db: Db,
  orgId: string,
  price: PlanPrice,
  country: string | null,
): Promise<{ readonly region: Region; readonly price: PlanPrice }> {
  const region = regionOfCountry(country)
  const local = await localiseInRegion(db, orgId, price, region)
  return local ? { region, price: local } : { region: null, price }
}
