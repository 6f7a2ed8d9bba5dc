/**
 * The kept rows that a line was made from, where its own fields do not name them. It is stored with the line, so that the line
 * can be computed again however often prices change. Numbers only: it is kept as JSON.
 */
export type LineBasis =
  /** A base price as it was listed: `plan_price_revision`. */
  | ({ readonly kind: 'price' } & ListedPrice)
  /** Which billing period of a discount this is; `cycles` null: it lasts for ever. */
  | { readonly kind: 'cycle'; readonly cycle: number; readonly cycles: number | null }
  /** An advance: the revision its terms were in force at, the last change of the count, the windows of its period. */
  | { readonly kind: 'held'; readonly termsRevision: number; readonly heldEvent: number; readonly windows: number }
  /** A true-up: the step above the high-water mark, and the windows of its period. */
  | { readonly kind: 'step'; readonly step: number; readonly windows: number }
  /** Customer credit that was used: `customer_credit_use` of the invoice. */
  | { readonly kind: 'customer_credit' }
  /** An add-on's base as it was listed: `addon_revision`; `part` where it was activated: how many days of the period. */
  | {
      readonly kind: 'addon'
      readonly addonId: string
      readonly revision: number
      readonly part: { readonly days: number; readonly of: number } | null
      /** The rate of the plan at which its dollars became another currency: `plan_exchange_rate`. */
      readonly rate?: AddonRate
    }
  /** What a plan change gives back: the window whose base and discount it is of, and the days it is counted from. */
  | {
      readonly kind: 'unused_base'
      readonly baseWindow: number
      readonly daysLeft: number
      readonly periodDays: number
    }

export type AddonRate = { readonly planId: string; readonly currency: string; readonly revision: number }

/** How the description of a line says that it is for some days of a period, behind the name: ` (15 of 30 days)`. */
export function partSuffix(part: { readonly days: number; readonly of: number } | null): string {
  return part && part.days < part.of ? ` (${part.days} of ${part.of} days)` : ''
}

/** A price as it was listed: what a base is charged from. */
export type ListedPrice = {
  readonly priceId: string
  readonly revision: number
  /** In another currency than canonical dollars. */
  readonly regional?: RegionalOrigin
}

/** How a price got its amount in a currency: derived at a rate (`plan_exchange_rate`), or by hand (`plan_price_regional`). */
export type RegionalOrigin = {
  readonly currency: string
  readonly from: 'rate' | 'hand'
  /** Of the row it is from. */
  readonly revision: number
}

/** A price as it is listed now. */
export function listedOf(price: {
  readonly id: string
  readonly revision: number
  readonly regional?: RegionalOrigin
}): ListedPrice {
  const { id: priceId, revision, regional } = price
  return { priceId, revision, ...(regional ? { regional } : {}) }
}
