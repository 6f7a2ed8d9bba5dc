import * as z from 'zod'
import {
  amount,
  basisPoints,
  count,
  currencyCode,
  dayStart,
  livemode,
  name,
  quantity,
  rate,
  reference,
  signedRate,
  time,
  webAddress,
} from '#http/fields.contract.ts'
import { operation } from '#http/operation.ts'
import { subscriptionStatuses } from '#subscriptions/subscription.ts'
import { billingIntervals } from '#time/interval.ts'

const featureTypes = ['boolean', 'usage', 'seats', 'quota'] as const
const consumptionModels = ['metered', 'credits', 'balance'] as const
const discountTypes = ['percentage', 'amount'] as const
export const providerNames = ['stripe', 'commet', 'dlocal'] as const

const SubscriptionFeature = z
  .object({
    code: z.string(),
    name: z.string(),
    type: z.enum(featureTypes),
    enabled: z.boolean().optional(),
    usage: z
      .object({ current: quantity, included: quantity, overageQuantity: quantity, overageUnitPrice: rate.optional() })
      .optional(),
  })
  .meta({ id: 'SubscriptionFeature' })

/** A customer's subscription to a plan. */
export const Subscription = z
  .object({
    id: z.string(),
    customerId: z.string(),
    plan: z.object({ id: z.string(), name: z.string(), basePrice: amount.optional() }),
    name: z.string(),
    description: z.string().nullable(),
    status: z.enum(subscriptionStatuses),
    billingInterval: z.enum(billingIntervals).nullable(),
    consumptionModel: z.enum(consumptionModels).nullable().optional(),
    trialEndsAt: dayStart.nullable(),
    currentPeriod: z.object({ start: dayStart, end: dayStart, daysRemaining: z.int() }).nullable(),
    features: z.array(SubscriptionFeature).optional(),
    credits: z.object({ remaining: count, included: count, purchased: count }).nullable().optional(),
    balance: z.object({ remaining: signedRate, included: rate, currency: currencyCode }).nullable().optional(),
    cancellation: z.object({ scheduledAt: time, reason: z.string().nullable(), effectiveAt: dayStart }).nullable(),
    cancelAtPeriodEnd: z.boolean(),
    scheduledPlanChange: z
      .object({
        changeType: z.enum(['plan_downgrade', 'interval_change']),
        newPlanId: z.string().nullable(),
        newPlanName: z.string().nullable(),
        newBillingInterval: z.string().nullable(),
        scheduledFor: time,
      })
      .nullable(),
    discount: z
      .object({
        type: z.enum(discountTypes),
        value: basisPoints,
        name: z.string().nullable(),
        endsAt: dayStart.nullable(),
      })
      .nullable(),
    startDate: time,
    endDate: time.nullable(),
    billingDayOfMonth: z.int().nullable(),
    nextBillingDate: dayStart.nullable(),
    checkoutUrl: z.string().nullable(),
    checkoutProvider: z.enum(providerNames).nullable().optional(),
    createdAt: time,
    updatedAt: time,
    object: z.literal('subscription'),
    livemode,
  })
  .meta({ id: 'Subscription' })

const id = z.object({ id: reference })

export const listSubscriptionsOperation = operation({
  id: 'Subscriptions.list',
  method: 'GET',
  path: '/subscriptions',
  kind: 'read',
  summary: 'List subscriptions, newest first: all of them up to 1,000, with a cursor beyond.',
  query: z.object({
    customerId: reference.optional(),
    status: z.enum(subscriptionStatuses).optional(),
    cursor: z.string().max(1000).optional(),
  }),
  data: z.array(Subscription),
  list: true,
})

export const getSubscriptionOperation = operation({
  id: 'Subscriptions.get',
  method: 'GET',
  path: '/subscriptions/{id}',
  kind: 'read',
  summary: 'Read one subscription.',
  params: id,
  data: Subscription,
  problems: ['subscription_not_found'],
})

export const getActiveSubscriptionOperation = operation({
  id: 'Subscriptions.getActive',
  method: 'GET',
  path: '/subscriptions/active',
  kind: 'read',
  summary: "Read a customer's live subscription, whatever its status; null without one.",
  query: z.object({ customerId: reference }),
  data: Subscription.nullable(),
  problems: ['customer_not_found'],
})

const introOffer = z
  .object({ discountType: z.enum(discountTypes), discountValue: count, durationCycles: z.int().min(1).max(1200) })
  .refine(
    ({ discountType, discountValue }) =>
      discountType !== 'percentage' || (discountValue >= 1n && discountValue <= 10_000n),
    {
      path: ['discountValue'],
      error: 'A percentage is 1 to 10000 basis points.',
    },
  )
  .refine(({ discountType, discountValue }) => discountType !== 'amount' || discountValue >= 1n, {
    path: ['discountValue'],
    error: 'An amount is at least 1 minor unit.',
  })

const createBody = z
  .object({
    planId: reference.optional(),
    planCode: reference.optional(),
    customerId: reference,
    billingInterval: z.enum(billingIntervals).nullable().optional(),
    initialSeats: z.record(z.string(), z.int().min(0).max(1_000_000)).optional(),
    skipTrial: z.boolean().optional(),
    customTrialDays: z.int().min(0, { error: 'Must be 0 to 730.' }).max(730, { error: 'Must be 0 to 730.' }).optional(),
    introOffer: introOffer.optional(),
    promoCode: z.string().min(1).max(50).optional(),
    provider: z.enum(providerNames).optional(),
    name: name.optional(),
    startDate: time.optional(),
    successUrl: webAddress.optional(),
  })
  .refine(({ planId, planCode }) => (planId === undefined) !== (planCode === undefined), {
    path: ['planId'],
    error: 'Give either planId or planCode, one of them.',
  })
  .refine(({ customTrialDays, skipTrial }) => customTrialDays === undefined || skipTrial !== true, {
    path: ['customTrialDays'],
    error: 'Not together with skipTrial.',
  })

export const createSubscriptionOperation = operation({
  id: 'Subscriptions.create',
  method: 'POST',
  path: '/subscriptions',
  kind: 'write',
  status: 201,
  otherStatus: 200,
  summary: 'Subscribe a customer to a plan. Paid plans and trials begin when the checkout at checkoutUrl is completed.',
  body: createBody,
  data: Subscription,
  problems: [
    'customer_not_found',
    'plan_not_found',
    'price_not_found',
    'no_prices_configured',
    'already_has_active_subscription',
    'feature_not_found',
    'feature_not_in_plan',
    'feature_disabled',
    'included_limit_reached',
    'missing_regional_price',
    'promo_code_not_found',
    'promo_code_expired',
    'provider_unsupported',
    'charge_in_progress',
  ],
})

export const CanceledSubscription = z
  .object({
    id: z.string(),
    customerId: z.string(),
    status: z.enum(subscriptionStatuses),
    canceledAt: time,
    cancelReason: z.string().nullable(),
    scheduledCancellationDate: time,
    updatedAt: time,
    object: z.literal('subscription'),
    livemode,
  })
  .meta({ id: 'CanceledSubscription' })

export const cancelSubscriptionOperation = operation({
  id: 'Subscriptions.cancel',
  method: 'POST',
  path: '/subscriptions/{id}/cancel',
  kind: 'staged',
  summary: "Cancel at the period's end, or at once with `immediate`.",
  params: id,
  body: z.object({ reason: z.string().max(1000).optional(), immediate: z.boolean().optional() }),
  data: CanceledSubscription,
  problems: [
    'subscription_not_found',
    'already_scheduled',
    'subscription_already_canceled',
    'one_time_subscription_not_cancelable',
    'charge_in_progress',
  ],
})

export const UncanceledSubscription = z
  .object({
    id: z.string(),
    customerId: z.string(),
    status: z.enum(subscriptionStatuses),
    updatedAt: time,
    object: z.literal('subscription'),
    livemode,
  })
  .meta({ id: 'UncanceledSubscription' })

export const uncancelSubscriptionOperation = operation({
  id: 'Subscriptions.uncancel',
  method: 'POST',
  path: '/subscriptions/{id}/uncancel',
  kind: 'write',
  summary: 'Take a scheduled cancellation back.',
  params: id,
  data: UncanceledSubscription,
  problems: ['subscription_not_found', 'not_scheduled_for_cancellation', 'charge_in_progress'],
})
