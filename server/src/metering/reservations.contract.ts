import * as z from 'zod'
import { count, livemode, quantity, rate, reference, time, usageQuantity } from '#http/fields.contract.ts'
import { operation } from '#http/operation.ts'
import { longestHoldSeconds, reservationStatuses, usualHoldSeconds } from '#metering/reservation.ts'
import { eventProperties, text, tokenCounts, UsageEvent, whollyTokens } from '#metering/usage.contract.ts'

export const UsageReservation = z
  .object({
    id: z.string().meta({ description: 'Public id, starts with `rsv_`.' }),
    object: z.literal('usage_reservation'),
    livemode,
    customerId: z.string().meta({ description: 'Your own id of the customer where you gave one, else the public id.' }),
    featureCode: z.string(),
    status: z.enum(reservationStatuses).meta({
      description: '`held` until it is committed or released, or until `expiresAt`: then it is `expired`.',
    }),
    quantity: quantity.meta({ description: 'Units that were asked for; all tokens where a model was named.' }),
    estimatedCredits: count.optional().meta({ description: 'Credits held, on credits plans.' }),
    estimatedAmount: rate.optional().meta({ description: 'What is held of the balance, on balance plans.' }),
    model: z.string().optional(),
    inputTokens: z.int().optional(),
    outputTokens: z.int().optional(),
    cacheReadTokens: z.int().optional(),
    cacheWriteTokens: z.int().optional(),
    idempotencyKey: z.string().optional(),
    expiresAt: time,
    committedValue: quantity.nullable().meta({ description: 'Units used in the end; null unless committed.' }),
    usageEventId: z.string().nullable().meta({ description: 'The usage event that took its place.' }),
    settledAt: time.nullable().meta({ description: 'When the hold ended.' }),
    createdAt: time,
  })
  .meta({ id: 'UsageReservation', description: 'Capacity held for usage under way; an addition of Halley.' })

const seconds = `Must be a whole number from 1 to ${longestHoldSeconds}.`

const positive = usageQuantity.refine((value) => value > 0n, { error: 'Must be more than 0.' })

const recordingProblems = [
  'feature_not_found',
  'no_active_subscription',
  'feature_not_in_plan',
  'feature_disabled',
  'pricing_mode_mismatch',
  'model_not_found',
  'missing_regional_price',
  'included_limit_reached',
  'insufficient_credits',
  'insufficient_balance',
] as const

export const createReservationOperation = operation({
  id: 'Reservations.create',
  method: 'POST',
  path: '/usage/reservations',
  kind: 'write',
  status: 201,
  otherStatus: 200,
  summary: 'Hold capacity for usage under way.',
  description:
    'What is held counts as used, until the reservation is committed, released or expires. Refused like the usage itself would be. An addition of Halley: the public client has no method for it.',
  body: z
    .object({
      customerId: reference,
      featureCode: reference,
      quantity: positive.optional().meta({ description: 'Units expected; or `model` with its tokens.' }),
      ...tokenCounts,
      expiresInSeconds: z
        .int({ error: seconds })
        .min(1, { error: seconds })
        .max(longestHoldSeconds, { error: seconds })
        .default(usualHoldSeconds),
      idempotencyKey: text(255).optional().meta({
        description: 'The same request with the same key is answered with the first reservation.',
      }),
    })
    .superRefine(whollyTokens('quantity'))
    .refine((body) => body.quantity !== undefined || body.model !== undefined, {
      path: ['quantity'],
      error: 'Give either quantity, or model with its tokens.',
    }),
  data: UsageReservation,
  problems: ['customer_not_found', 'duplicate', ...recordingProblems],
})

const ofOne = z.object({ id: reference })

export const getReservationOperation = operation({
  id: 'Reservations.get',
  method: 'GET',
  path: '/usage/reservations/{id}',
  kind: 'read',
  summary: 'Read a reservation.',
  params: ofOne,
  data: UsageReservation,
})

export const commitReservationOperation = operation({
  id: 'Reservations.commit',
  method: 'POST',
  path: '/usage/reservations/{id}/commit',
  kind: 'write',
  status: 201,
  summary: 'Record what was really used in place of what was held.',
  description:
    'Records a usage event now; without value and tokens, what was reserved. Less gives the rest back, more needs room for the rest: when there is none it is refused like any usage and the hold stays, so that less may be committed.',
  params: ofOne,
  body: z
    .object({ value: usageQuantity.optional(), ...tokenCounts, properties: eventProperties.optional() })
    .superRefine(whollyTokens('value')),
  data: UsageEvent,
  problems: ['duplicate', 'invalid_subscription_status', ...recordingProblems],
})

export const releaseReservationOperation = operation({
  id: 'Reservations.release',
  method: 'POST',
  path: '/usage/reservations/{id}/release',
  kind: 'write',
  summary: 'Give back what a reservation holds.',
  description: 'One that is released or expired already is answered as it is.',
  params: ofOne,
  data: UsageReservation,
  problems: ['invalid_subscription_status'],
})
