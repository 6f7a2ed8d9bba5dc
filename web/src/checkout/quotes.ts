import type { CheckoutValues } from './form-values.ts'
import type { CheckoutDescription } from './render.types.ts'

const parts = ['country', 'state', 'postalCode', 'promoCode', 'taxDocument'] as const

/** What a price depends on. */
export type PriceFacts = Readonly<Record<(typeof parts)[number], string>>

export function priceFacts({ country, state, postalCode, promoCode, taxDocument }: CheckoutValues): PriceFacts {
  return { country, state, postalCode, promoCode, taxDocument }
}

export function samePriceFacts(one: PriceFacts, other: PriceFacts): boolean {
  return parts.every((part) => one[part] === other[part])
}

/** Whether two descriptions ask the customer for the same money, today and later. */
export function samePrice(one: CheckoutDescription, other: CheckoutDescription): boolean {
  return (
    one.currency === other.currency &&
    one.total === other.total &&
    one.renewal?.amount === other.renewal?.amount &&
    one.renewal?.on === other.renewal?.on &&
    one.renewal?.later?.amount === other.renewal?.later?.amount &&
    one.renewal?.later?.on === other.renewal?.later?.on
  )
}
