import type { CheckoutValues } from './form-values.ts'
import type { CheckoutDescription } from './render.types.ts'

/** What a price depends on. */
export type PriceFacts = { country: string; promoCode: string; taxDocument: string }

export function priceFacts({ country, promoCode, taxDocument }: CheckoutValues): PriceFacts {
  return { country, promoCode, taxDocument }
}

export function samePriceFacts(one: PriceFacts, other: PriceFacts): boolean {
  return one.country === other.country && one.promoCode === other.promoCode && one.taxDocument === other.taxDocument
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
