import type * as z from 'zod'
import { changePromoCode, createPromoCode, requirePromoCode } from '#catalogue/actions/save-promo-code.ts'
import { pageOf } from '#catalogue/page.ts'
import type { PromoCode } from '#catalogue/promo-code.ts'
import * as contract from '#catalogue/promo-codes.contract.ts'
import { listPromoCodes } from '#catalogue/promo-codes.store.ts'
import { type Route, route } from '#http/operation.ts'

export const promoCodeRoutes: Route[] = [
  route(contract.createPromoCodeOperation, async (tx, context, { body }) => {
    const { durationCycles = null, billingInterval = null, maxRedemptions = null, expiresAt = null } = body
    const limits = { durationCycles, billingInterval, maxRedemptions, expiresAt, planIds: body.planIds ?? null }
    const { code, discountType, discountValue } = body
    const promo = await createPromoCode(tx, context, { code, discountType, discountValue, ...limits, isActive: true })
    return toApiPromoCode(promo, context.org.livemode)
  }),
  route(contract.getPromoCodeOperation, async (db, { org }, { params }) =>
    toApiPromoCode(await requirePromoCode(db, org.id, params.id), org.livemode),
  ),
  route(contract.listPromoCodesOperation, async (db, { org }, { query }) => {
    const promos = await listPromoCodes(db, org.id, { limit: query.limit + 1, after: query.cursor })
    return pageOf(promos, query.limit, (promo) => toApiPromoCode(promo, org.livemode))
  }),
  route(contract.updatePromoCodeOperation, async (tx, context, { params, body }) => {
    const { active, ...changes } = body
    const promo = await changePromoCode(tx, context, { id: params.id, changes: { ...changes, isActive: active } })
    return toApiPromoCode(promo, context.org.livemode)
  }),
]

function toApiPromoCode(promo: PromoCode, livemode: boolean): z.output<typeof contract.PromoCode> {
  const { held: _held, redeemed, honoured, planIds, createdAt, updatedAt, ...shown } = promo
  return {
    ...shown,
    redemptionCount: redeemed + honoured,
    createdAt,
    updatedAt,
    object: 'promo_code',
    livemode,
    planIds: planIds === null ? null : [...planIds],
  }
}
