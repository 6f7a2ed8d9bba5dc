/** What the catalogue says of a feature on a plan. Quantities in millionths of a unit, prices in rate scale. */
export type ModelTerms = {
  readonly enabled: boolean
  readonly included: bigint
  readonly unlimited: boolean
  readonly overage: boolean
  readonly price: bigint
  /** Credits for one unit. */
  readonly credits: bigint
}

/** A feature may also be taken off the plan. */
export type CatalogueState = ModelTerms | 'absent'

export type CatalogueChange = { readonly at: number; readonly state: CatalogueState }

/** The last state before a moment. */
export function stateBefore(changes: readonly CatalogueChange[], ms: number): CatalogueState {
  return changes.filter(({ at }) => at < ms).at(-1)?.state ?? 'absent'
}

/**
 * The terms of a window [start, end), from the table in the catalogue's specification: of everything that was on offer in it,
 * each part as it was best for the customer, because what is kinder holds at once and what is harsher only from the next window.
 * `isAlwaysPriced`: units cost the unit price whether overage is on or not (usage of balance plans).
 */
export function termsIn(
  changes: readonly CatalogueChange[],
  { start, end }: { start: number; end: number },
  isAlwaysPriced: boolean,
): CatalogueState {
  const states = [
    stateBefore(changes, start),
    ...changes.filter(({ at }) => at >= start && at < end).map((c) => c.state),
  ]
  const present = states.filter((state) => state !== 'absent')
  const offered = present.filter(({ enabled }) => enabled)
  const last = present.at(-1)
  if (!last) return 'absent'
  const lastOffered = offered.at(-1)
  if (!lastOffered) return last
  const sold = offered.filter(({ overage }) => overage || isAlwaysPriced)
  return {
    enabled: true,
    included: most(offered.map(({ included }) => included)),
    unlimited: offered.some(({ unlimited }) => unlimited),
    overage: offered.some(({ overage }) => overage),
    price: sold.length > 0 ? least(sold.map(({ price }) => price)) : lastOffered.price,
    credits: least(offered.map(({ credits }) => credits)),
  }
}

export const most = (values: readonly bigint[]): bigint => values.reduce((a, b) => (a > b ? a : b))
export const least = (values: readonly bigint[]): bigint => values.reduce((a, b) => (a < b ? a : b))

/** Rounded half away from zero; both positive. */
export const rounded = (numerator: bigint, denominator: bigint): bigint =>
  (2n * numerator + denominator) / (2n * denominator)

/** Rounded up; both positive. */
export const roundedUp = (numerator: bigint, denominator: bigint): bigint =>
  (numerator + denominator - 1n) / denominator
