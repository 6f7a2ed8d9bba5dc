import * as z from 'zod'
import { Portal, PortalDone, PortalHistory, PortalPlans, PortalSeats } from '#hosted/portal.contract.ts'
import { optional, required, tooLong, typed, typedAddress } from '#hosted/typed-fields.contract.ts'
import { type Operation, operation } from '#http/operation.ts'
import type { ProblemCode } from '#problem.ts'
import { billingIntervals, isRecurring } from '#time/interval.ts'

const nothing = z.object({})
/** In JSON whole minor units; in a form text as people write it, such as 20 or 20.50. */
const money = z.union([z.int().min(0), z.string().trim().max(40)], { error: 'Enter an amount, like 20 or 20.50.' })

const mostSeats = 1_000_000
const seatsError = `Enter a whole number from 0 to ${mostSeats}.`
/** In JSON a whole number; in a form its digits. */
export const seatCount = z
  .union(
    [
      z.int(),
      z
        .string()
        .trim()
        .regex(/^\d{1,7}$/)
        .transform(Number),
    ],
    { error: seatsError },
  )
  .refine((seats) => seats >= 0 && seats <= mostSeats, { error: seatsError })

/** The same guard that forms have: they carry the price that their page showed. */
const expected = z
  .object({ total: z.int().min(0), currency: z.string().trim().toLowerCase().length(3) })
  .optional()
  .meta({
    description:
      'What was shown to the customer, with tax, in minor units. Where it costs more by now, or in another currency, nothing is charged: 409 `invalid_subscription_status`. Left out, the price of now is charged.',
  })

/** What each action of the portal is given. */
export const portalBodies = {
  cancel: z.object({ reason: optional }),
  uncancel: nothing,
  'payment-method': nothing,
  'use-card': z.object({ paymentMethodId: typed.min(1, { error: 'Choose a card.' }) }),
  'billing-details': z.object({
    fullName: required('your name'),
    address: typedAddress,
    taxDocument: optional,
    poNumber: typed
      .max(100, tooLong)
      .nullish()
      .transform((text) => (text === undefined ? undefined : text || null))
      .meta({ description: 'Left out, it stays; empty, there is none any more.' }),
  }),
  email: z.object({ email: z.email({ error: 'Enter an email address.' }).max(254, { error: 'This is too long.' }) }),
  'drop-email': nothing,
  'spend-cap': z.object({ amount: money.nullable() }),
  retry: z.object({ expected }),
  'credit-packs': z.object({ creditPackId: typed.min(1, { error: 'Choose a pack.' }), expected }),
  'top-up': z.object({ amount: money, expected }),
  'change-plan': z.object({
    planId: typed.min(1, { error: 'Choose a plan.' }),
    billingInterval: z.enum(billingIntervals.filter(isRecurring)).nullish(),
    expected,
  }),
  'keep-plan': nothing,
  'activate-addon': z.object({ addonId: typed.min(1, { error: 'Choose an add-on.' }), expected }),
  'deactivate-addon': z.object({ addonId: typed.min(1, { error: 'Choose an add-on.' }) }),
  seats: z.object({ featureCode: typed.min(1, { error: 'Choose what to have seats of.' }), count: seatCount }),
} as const satisfies Record<string, z.ZodType>

export type PortalActionName = keyof typeof portalBodies

const PortalToken = z.object({ token: z.string().meta({ description: 'The last segment of a portalUrl.' }) })
const always: readonly ProblemCode[] = ['not_found', 'no_active_subscription']
const buying: readonly ProblemCode[] = [
  ...always,
  'subscription_not_active',
  'no_payment_method',
  'charge_failed',
  'charge_in_progress',
  'invalid_subscription_status',
]

const actions: Readonly<
  Record<PortalActionName, { readonly summary: string; readonly problems: readonly ProblemCode[] }>
> = {
  cancel: {
    summary: 'Cancel: at the end of the paid period or the trial, at once when nothing is paid for.',
    problems: [
      ...always,
      'already_scheduled',
      'subscription_already_canceled',
      'one_time_subscription_not_cancelable',
      'charge_in_progress',
    ],
  },
  uncancel: { summary: 'Take a scheduled cancellation back.', problems: [...always, 'not_scheduled_for_cancellation'] },
  'payment-method': {
    summary: 'Open a checkout that stores another card; it leads back to the portal.',
    problems: [...always, 'subscription_not_active', 'charge_in_progress'],
  },
  'use-card': {
    summary: 'Charge a card of otherMethods from now on.',
    problems: ['not_found', 'no_payment_method'],
  },
  'billing-details': {
    summary: 'Change the name, address, tax id and purchase order on invoices to come.',
    problems: ['not_found'],
  },
  email: {
    summary: 'Ask for another email address: a link goes there, and it is theirs when they confirm it within 24 hours.',
    problems: ['not_found'],
  },
  'drop-email': { summary: 'Take that back.', problems: ['not_found'] },
  'spend-cap': {
    summary: 'Limit what usage may add to the bill of one window; null takes the limit of the customer away.',
    problems: [...always, 'subscription_not_active'],
  },
  retry: {
    summary: 'Charge the stored card for what is past due, or to make a canceled subscription active again.',
    problems: [...buying, 'plan_unavailable', 'subscription_has_open_dispute'],
  },
  'credit-packs': {
    summary: 'Buy a credit pack with the stored card.',
    problems: [...buying, 'credit_pack_not_found', 'missing_regional_price'],
  },
  'top-up': { summary: 'Top the balance up with the stored card.', problems: buying },
  'change-plan': {
    summary:
      'Change the plan or its interval: now, at the end of the period, or by a checkout that redirectUrl leads to.',
    problems: [
      ...buying,
      'plan_not_found',
      'price_not_found',
      'plans_not_in_same_group',
      'no_change_requested',
      'no_prices_configured',
      'seat_limit_exceeded',
      'already_scheduled',
      'missing_regional_price',
      'subscription_has_open_dispute',
    ],
  },
  'keep-plan': {
    summary: 'Take a change of plan back that waits for the end of the period.',
    problems: [...always, 'no_change_requested', 'charge_in_progress'],
  },
  'activate-addon': {
    summary: 'Activate an add-on: the stored card pays for the rest of the period.',
    problems: [...buying, 'addon_not_found', 'addon_already_active', 'duplicate', 'missing_regional_price'],
  },
  'deactivate-addon': {
    summary: 'Deactivate an add-on now; nothing is refunded.',
    problems: [...always, 'addon_not_found', 'addon_not_active', 'subscription_not_active', 'charge_in_progress'],
  },
  seats: {
    summary:
      'Set how many seats are held. What they cost until the period ends, and in advance from then on, is on the next invoice.',
    problems: [
      ...always,
      'feature_not_found',
      'feature_not_in_plan',
      'feature_disabled',
      'included_limit_reached',
      'missing_regional_price',
      'charge_in_progress',
    ],
  },
}

const describePortalOperation = operation({
  id: 'HostedPortal.get',
  method: 'GET',
  path: '/portal/{token}',
  kind: 'read',
  summary: 'Everything a customer sees in their portal. Uses the session: it lasts on from now.',
  params: PortalToken,
  query: z.object({ before: z.string().optional().meta({ description: 'An `olderThan`: invoices before it.' }) }),
  data: Portal,
  problems: ['not_found'],
})

const describePlansOperation = operation({
  id: 'HostedPortal.plans',
  method: 'GET',
  path: '/portal/{token}/plans',
  kind: 'read',
  summary: 'The plans a customer may change to; with planId also what that change costs now.',
  params: PortalToken,
  query: z.object({
    planId: z.string().optional(),
    billingInterval: z.enum(billingIntervals.filter(isRecurring)).optional(),
  }),
  data: PortalPlans,
  problems: ['not_found', 'plan_not_found', 'charge_in_progress'],
})

const describeSeatsOperation = operation({
  id: 'HostedPortal.seats',
  method: 'GET',
  path: '/portal/{token}/seats',
  kind: 'read',
  summary: 'The seats of the plan; with featureCode and count also what holding that many bills, and when.',
  params: PortalToken,
  query: z.object({ featureCode: z.string().optional(), count: z.string().optional() }),
  data: PortalSeats,
  problems: [
    'not_found',
    'feature_not_found',
    'included_limit_reached',
    'missing_regional_price',
    'charge_in_progress',
  ],
})

const describeHistoryOperation = operation({
  id: 'HostedPortal.history',
  method: 'GET',
  path: '/portal/{token}/history',
  kind: 'read',
  summary:
    'What came into the credits or the balance and what went out of it, newest first; usage of a day in one line.',
  params: PortalToken,
  query: z.object({ before: z.string().optional().meta({ description: 'An `olderThan`: entries before it.' }) }),
  data: PortalHistory,
  problems: ['not_found'],
})

/** Where the plain name is that of reading. */
const operationNames: Readonly<Record<string, string>> = { seats: 'setSeats' }

/** The portal as the reference tells of it. The token is the permission; no API key is needed. */
export const portalOperations: readonly Operation[] = [
  describePortalOperation,
  describePlansOperation,
  describeSeatsOperation,
  describeHistoryOperation,
  ...Object.entries(portalBodies).map(([name, body]) =>
    operation({
      id: `HostedPortal.${operationNames[name] ?? name.replaceAll(/-(\w)/g, (_all, letter: string) => letter.toUpperCase())}`,
      method: 'POST' as const,
      path: `/portal/{token}/${name}`,
      kind: 'staged' as const,
      params: PortalToken,
      body,
      data: PortalDone,
      ...actions[name as PortalActionName],
    }),
  ),
]
