import * as z from 'zod'
import { discountTypes, maxDurationCycles } from '#catalogue/plan-price.ts'
import { count, livemode, pageQuery, reference, time } from '#http/fields.contract.ts'
import { operation } from '#http/operation.ts'
import { billingIntervals } from '#time/interval.ts'

const whole = (most: number) => {
  const error = 'Must be a whole number, 1 or more.'
  return z.int({ error }).min(1, { error }).max(most, { error })
}
const maxRedemptions = whole(2_147_483_647)
const billingInterval = z.enum(billingIntervals).nullable()
const planIds = z.array(reference).max(500, { error: 'Must be at most 500 plans.' })

export const PromoCode = z
  .object({
    id: z.string().meta({ description: 'Public id, starts with `pro_`.' }),
    code: z.string(),
    discountType: z.enum(discountTypes),
    discountValue: count.meta({ description: 'Basis points, or minor units of USD.' }),
    durationCycles: z
      .int()
      .nullable()
      .meta({ description: 'Billing periods; null = as long as the subscription lives.' }),
    billingInterval: z.enum(billingIntervals).nullable(),
    maxRedemptions: z.int().nullable(),
    expiresAt: time.nullable(),
    isActive: z.boolean(),
    redemptionCount: z.int().meta({ description: 'Checkouts that were completed with it.' }),
    createdAt: time,
    updatedAt: time,
    object: z.literal('promo_code'),
    livemode,
    planIds: z
      .array(z.string())
      .nullable()
      .meta({ description: 'An addition: the plans it is for; null = every plan.' }),
  })
  .meta({ id: 'PromoCode', description: 'A discount on the plan base that customers type in the checkout.' })

const byId = z.object({ id: reference })

export const createPromoCodeOperation = operation({
  id: 'PromoCodes.create',
  method: 'POST',
  path: '/promo-codes',
  kind: 'write',
  status: 201,
  summary: 'Create a promo code. It is written in capital letters, however it is sent.',
  body: z.object({
    code: z
      .string()
      .trim()
      .toUpperCase()
      .regex(/^[A-Z0-9-]{1,50}$/, { error: 'Must be 1 to 50 letters, digits or hyphens.' }),
    discountType: z.enum(discountTypes),
    discountValue: count.refine((value) => value >= 1n, { error: 'Must be at least 1.' }),
    durationCycles: whole(maxDurationCycles).nullable().optional(),
    billingInterval: billingInterval.optional(),
    maxRedemptions: maxRedemptions.nullable().optional(),
    expiresAt: time.nullable().optional(),
    planIds: planIds.optional(),
  }),
  data: PromoCode,
  problems: ['duplicate', 'plan_not_found'],
})

export const getPromoCodeOperation = operation({
  id: 'PromoCodes.get',
  method: 'GET',
  path: '/promo-codes/{id}',
  kind: 'read',
  summary: 'Read one promo code.',
  params: byId,
  data: PromoCode,
  problems: ['promo_code_not_found'],
})

export const listPromoCodesOperation = operation({
  id: 'PromoCodes.list',
  method: 'GET',
  path: '/promo-codes',
  kind: 'read',
  summary: 'List promo codes, newest first.',
  query: z.object(pageQuery),
  data: z.array(PromoCode),
  list: true,
})

export const updatePromoCodeOperation = operation({
  id: 'PromoCodes.update',
  method: 'PUT',
  path: '/promo-codes/{id}',
  kind: 'write',
  summary: 'Change who may still use a promo code. What it is worth never changes; an empty planIds means every plan.',
  params: byId,
  body: z.object({
    billingInterval: billingInterval.optional(),
    maxRedemptions: maxRedemptions.nullable().optional(),
    expiresAt: time.nullable().optional(),
    active: z.boolean().optional(),
    planIds: planIds.optional(),
  }),
  data: PromoCode,
  problems: ['promo_code_not_found', 'plan_not_found'],
})
