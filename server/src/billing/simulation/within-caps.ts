import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import { isBilledBeyond, type KeptCap, mostUnits, overageAmount, roomFor } from '#metering/spend-cap.ts'
import type { Currency } from '#money/currency.ts'
import type { Quantity } from '#money/quantity.ts'

/**
 * Recorded usage as far as it would have been accepted under other terms: beyond what is included only where that is sold, and
 * only as far as the spend caps of the window go. Features share a cap in the order of their terms.
 */
export function withinCaps(
  terms: readonly FeatureTerms[],
  used: ReadonlyMap<string, Quantity>,
  caps: readonly KeptCap[],
  currency: Currency,
): { readonly terms: readonly FeatureTerms[]; readonly used: ReadonlyMap<string, Quantity>; readonly refused: number } {
  const inForce = {
    total: lowest(caps.filter(({ featureId }) => featureId === null)),
    byFeature: new Map(
      [...Map.groupBy(caps, ({ featureId }) => featureId)].flatMap(([featureId, own]) => {
        const amount = lowest(own)
        return featureId === null || amount === null ? [] : [[featureId, amount] as const]
      }),
    ),
  }
  const accepted = new Map(used)
  let refused = 0
  let spent = 0n
  for (const one of terms) {
    if (one.type !== 'usage' || one.unlimited) continue
    const wanted = used.get(one.featureId) ?? 0n
    const most = mostOf(one, roomFor(inForce, one.featureId, spent)?.left ?? null, currency)
    if (most !== null && wanted > most) {
      accepted.set(one.featureId, most)
      refused += 1
    }
    spent += overageAmount(one, accepted.get(one.featureId) ?? 0n, currency)
  }
  return { terms, used: accepted, refused }
}

function mostOf(terms: FeatureTerms, left: bigint | null, currency: Currency): Quantity | null {
  if (!terms.overageEnabled) return terms.includedAmount
  if (!isBilledBeyond(terms) || left === null) return null
  const units = mostUnits(left, terms.overageUnitPrice, currency)
  return units === null ? null : terms.includedAmount + units
}

function lowest(caps: readonly KeptCap[]): bigint | null {
  return caps.reduce<bigint | null>((low, { amount }) => (low === null || amount < low ? amount : low), null)
}
