import { type PromoCode, refusalOf } from '#catalogue/promo-code.ts'
import { findPromoCodeByCode } from '#catalogue/promo-codes.store.ts'
import type { Db } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import { invalidField, Problem } from '#problem.ts'
import { findRedemption } from '#subscriptions/promo-redemptions.store.ts'
import type { BillingInterval } from '#time/interval.ts'

export type WantedUse = {
  readonly customerId: string
  readonly planId: string
  readonly billingInterval: BillingInterval | null
  readonly hasIntroOffer: boolean
}

/** A code by what was typed, in any case; 404 promo_code_not_found. */
export async function requireCode(db: Db, { org }: Context, typed: string): Promise<PromoCode> {
  const promo = await findPromoCodeByCode(db, org.id, typed.trim().toUpperCase())
  if (promo) return promo
  throw new Problem('promo_code_not_found', `There is no promo code ${typed}. Check the spelling.`, {
    param: 'promoCode',
  })
}

/**
 * Refuses a code that this customer cannot use for this plan (catalogue.md, Promo codes): 409 promo_code_expired, else 422 on
 * `promoCode` whose message is the reason. Counts nothing: the cap is decided when a payment begins.
 */
export async function refuseUnusable(db: Db, { org, now }: Context, promo: PromoCode, use: WantedUse): Promise<void> {
  const own = await findRedemption(db, org.id, { promoCodeId: promo.id, customerId: use.customerId })
  const refusal = refusalOf(promo, { ...use, now, own: own?.state ?? null })
  if (refusal === null) return
  if (refusal !== 'expired') throw invalidField('promoCode', refusal)
  const on = promo.expiresAt?.toString().slice(0, 10)
  throw new Problem('promo_code_expired', `The promo code ${promo.code} expired on ${on}.`, { param: 'promoCode' })
}
