import * as z from 'zod'
import { amount, currencyCode, dayStart, livemode, reference, time, webAddress } from '#http/fields.contract.ts'
import { operation } from '#http/operation.ts'
import { billingIntervals, isRecurring } from '#time/interval.ts'

const minor = amount.meta({ description: "Minor units of the subscription's currency." })

/** What became of a request to change a plan: three kinds, told apart by requiresCheckout and scheduled. */
export const PlanChange = z
  .object({
    requiresCheckout: z.boolean().optional().meta({ description: 'A free customer pays at checkoutUrl first.' }),
    checkoutUrl: z.string().optional(),
    id: z.string().optional().meta({ description: 'The subscription.' }),
    scheduled: z.boolean().optional().meta({ description: 'True where the change waits until scheduledFor.' }),
    scheduledFor: dayStart.optional(),
    changeType: z
      .enum(['subscription.plan_downgrade', 'subscription.interval_change', 'subscription.cancel'])
      .optional(),
    customerId: z.string().optional(),
    newPlanId: z.string().optional(),
    newPlanName: z.string().optional(),
    newBillingInterval: z.string().optional(),
    previousPlan: z.object({ id: z.string(), name: z.string() }).optional(),
    currentPlan: z.object({ id: z.string(), name: z.string(), price: minor }).optional(),
    billingInterval: z.string().optional(),
    billing: z
      .object({
        credit: minor.meta({ description: 'What the unused part of the period was worth.' }),
        creditsApplied: minor.meta({ description: 'Customer credit used.' }),
        charge: minor.meta({ description: 'Everything charged, before credit and tax.' }),
        taxAmount: minor,
        netAmount: minor.meta({ description: 'charge − credit − creditsApplied, at least 0.' }),
        totalCharged: minor.meta({ description: 'What the stored payment method was charged.' }),
        remainingCreditBalance: minor.meta({ description: 'Customer credit left, also for later invoices.' }),
      })
      .optional(),
    invoiceId: z.string().optional(),
    seatLimitWarning: z
      .object({
        featureCode: z.string(),
        featureName: z.string(),
        currentSeats: z.int(),
        included: z.int(),
        newPlanName: z.string(),
        effectiveDate: dayStart,
      })
      .optional()
      .meta({ description: 'More seats are held than the plan will include.' }),
    object: z.literal('subscription'),
    livemode,
  })
  .meta({ id: 'PlanChange' })

const changeProblems = [
  'subscription_not_found',
  'subscription_not_active',
  'subscription_has_open_dispute',
  'charge_in_progress',
  'plan_not_found',
  'plans_not_in_same_group',
  'price_not_found',
  'no_prices_configured',
  'no_change_requested',
  'seat_limit_exceeded',
  'missing_regional_price',
] as const

// Nobody changes to a one-time purchase by its interval.
const recurringIntervals = billingIntervals.filter(isRecurring)
const params = z.object({ id: reference })

export const changePlanOperation = operation({
  id: 'Subscriptions.changePlan',
  method: 'POST',
  path: '/subscriptions/{id}/change-plan',
  kind: 'staged',
  summary: 'Change the plan or the billing interval of a subscription.',
  description:
    'A later plan of the group or a longer interval takes effect now and charges the stored payment method; an earlier plan, a shorter interval or a free plan waits for the end of the period; a free customer gets a checkout. A declined charge changes nothing.',
  params,
  body: z.object({
    newPlanId: reference.optional().meta({ description: 'Id or code of a plan of the same group.' }),
    newBillingInterval: z.enum(recurringIntervals).optional(),
    successUrl: webAddress.optional(),
  }),
  data: PlanChange,
  problems: [...changeProblems, 'already_scheduled', 'no_payment_method', 'charge_failed'],
})

/** What a change that takes effect now would cost. */
export const PreviewChange = z
  .object({
    currency: currencyCode,
    currentPlanCredit: minor.meta({ description: 'What the unused part of the period is worth.' }),
    newPlanCharge: minor.meta({ description: 'The base price of the new plan for one period.' }),
    estimatedTotal: minor.meta({ description: 'What would be charged now, usage, seats and tax included.' }),
    effectiveDate: time,
    daysRemaining: z.int(),
    totalDays: z.int(),
    isUpgrade: z.boolean(),
    object: z.literal('subscription'),
    livemode,
  })
  .meta({ id: 'PreviewChange' })

export const previewChangeOperation = operation({
  id: 'Subscriptions.previewChange',
  method: 'POST',
  path: '/subscriptions/{id}/preview-change',
  kind: 'read',
  summary: 'Show what a change of plan would cost now. Nothing is changed or charged.',
  description:
    'A change that would wait for the end of the period has nothing to preview: 400 plan_change_scheduled. A renewal that is due and was not processed yet is run first, as the change itself does.',
  params,
  body: z.object({
    planId: reference.meta({ description: 'Id or code of a plan of the same group.' }),
    billingInterval: z.enum(billingIntervals).optional(),
  }),
  data: PreviewChange,
  problems: [...changeProblems, 'already_scheduled', 'plan_change_scheduled'],
})
