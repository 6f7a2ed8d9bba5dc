import type { QuoteInput } from '#hosted/hosted.contract.ts'
import { Problem } from '#problem.ts'

/** Refuses a price that cannot be given. Nothing else to do yet: no price depends on the country or on a tax number. */
export function checkQuote({ promoCode }: Pick<QuoteInput, 'promoCode'>): void {
  if (promoCode === null) return
  throw new Problem('promo_code_not_found', `There is no promo code ${promoCode}. Check the spelling.`, {
    param: 'promoCode',
  })
}
