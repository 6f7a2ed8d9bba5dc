import * as z from 'zod'
import { consumptionModels } from '#catalogue/plan.ts'
import {
  count,
  currencyCode,
  livemode,
  quantity,
  rate,
  reference,
  signedRate,
  time,
  usageQuantity,
} from '#http/fields.contract.ts'
import { operation } from '#http/operation.ts'

export const text = (longest: number) =>
  z
    .string()
    .min(1, { error: 'Must not be empty.' })
    .max(longest, { error: `Must be at most ${longest} characters.` })

const UsageEventProperty = z
  .object({ id: z.string(), usageEventId: z.string(), property: z.string(), value: z.string(), createdAt: time })
  .meta({ id: 'UsageEventProperty' })

export const UsageEvent = z
  .object({
    id: z.string(),
    object: z.literal('usage_event'),
    livemode,
    organizationId: z.string(),
    customerId: z.string().meta({ description: 'Your own id of the customer where you gave one, else the public id.' }),
    feature: z.string().meta({ description: 'Code of the feature.' }),
    idempotencyKey: z.string().optional(),
    ts: time.meta({ description: 'When the usage happened.' }),
    properties: z.array(UsageEventProperty).optional(),
    createdAt: time,
    value: quantity.meta({ description: 'Units used.' }),
  })
  .meta({ id: 'UsageEvent', description: 'One recorded use of a feature.' })

const tokens = z.int({ error: 'Must be a whole number of tokens.' }).min(0).max(1_000_000_000_000)

export const tokenCounts = {
  model: reference.optional(),
  inputTokens: tokens.optional(),
  outputTokens: tokens.optional(),
  cacheReadTokens: tokens.optional(),
  cacheWriteTokens: tokens.optional(),
}

/** A model comes with its tokens and without the plain amount, which has the name `amount`; tokens only with a model. */
export function whollyTokens<Amount extends string>(amount: Amount) {
  return (
    body: z.output<z.ZodObject<typeof tokenCounts>> & { readonly [Name in Amount]?: unknown },
    issues: z.RefinementCtx,
  ): void => {
    const refuse = (field: string, message: string): void => issues.addIssue({ code: 'custom', path: [field], message })
    if (body.model !== undefined) {
      if (body.inputTokens === undefined) refuse('inputTokens', 'Required with model.')
      if (body.outputTokens === undefined) refuse('outputTokens', 'Required with model.')
      if (body[amount] !== undefined) refuse(amount, `Not together with model: the tokens are the ${amount}.`)
      return
    }
    for (const field of ['inputTokens', 'outputTokens', 'cacheReadTokens', 'cacheWriteTokens'] as const) {
      if (body[field] !== undefined) refuse(field, 'Only together with model.')
    }
  }
}

export const eventProperties = z
  .array(z.object({ property: text(100), value: z.string().max(500, { error: 'Must be at most 500 characters.' }) }))
  .max(50, { error: 'Must be at most 50 pairs.' })

const trackBody = z
  .object({
    feature: reference,
    customerId: reference,
    idempotencyKey: text(255).optional(),
    timestamp: time.optional(),
    properties: eventProperties.optional(),
    value: usageQuantity.optional(),
    ...tokenCounts,
  })
  .superRefine(whollyTokens('value'))

export const trackUsageOperation = operation({
  id: 'Usage.track',
  method: 'POST',
  path: '/usage/events',
  kind: 'metering',
  status: 201,
  summary: 'Record usage of a feature.',
  description:
    'Durable when it is answered. An event counts in the window that contains its timestamp; one that would cross a limit is refused whole.',
  body: trackBody,
  data: UsageEvent,
  problems: [
    'customer_not_found',
    'duplicate',
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
  ],
})

const mostEvents = 1_000

export const UsageReport = trackBody

const UsageBatchEntry = z
  .object({
    index: z.int().meta({ description: 'Place of the event in the request, from 0.' }),
    status: z.enum(['recorded', 'duplicate', 'rejected']).meta({
      description:
        '`duplicate`: an event with this `idempotencyKey` is recorded already, also one before it in the request.',
    }),
    id: z.string().optional().meta({ description: 'The recorded event.' }),
    error: z
      .object({
        type: z.string(),
        code: z.string(),
        message: z.string(),
        param: z.string().optional(),
        details: z.unknown().optional(),
        doc_url: z.string(),
      })
      .optional()
      .meta({ description: 'Why it was rejected, as the same event alone would have been refused.' }),
  })
  .meta({ id: 'UsageBatchEntry', description: 'What became of one event of a batch.' })

const { $schema: _, ...eventShape } = z.toJSONSchema(trackBody, { io: 'input' })

export const trackUsageBatchOperation = operation({
  id: 'Usage.trackBatch',
  method: 'POST',
  path: '/usage/events/batch',
  kind: 'staged',
  summary: `Record up to ${mostEvents.toLocaleString('en')} uses at once, each on its own. An addition to the public API.`,
  description:
    'Answers 200 with what became of each event, in their order; one that is rejected does not keep the others from being recorded. Everything answered is durable. A repeat with the same Idempotency-Key records nothing a second time and answers the same ids. At most 4 MiB.',
  body: z.object({
    events: z
      .array(z.unknown().meta({ ...eventShape }))
      .min(1, { error: 'Must contain an event.' })
      .max(mostEvents, { error: `Must be at most ${mostEvents} events.` }),
  }),
  bodyLimitBytes: 4 * 2 ** 20,
  readsEntries: true,
  data: z.array(UsageBatchEntry),
})

export const UsageCheckResult = z
  .object({
    allowed: z.boolean(),
    consumptionModel: z.enum(consumptionModels),
    feature: z.string(),
    quantity,
    current: quantity.optional(),
    remaining: quantity
      .optional()
      .meta({ description: 'Included units that are left; absent where there is no limit.' }),
    unlimited: z.boolean().optional(),
    included: quantity.optional(),
    overageEnabled: z.boolean().optional(),
    overageUnitPrice: rate.nullable().optional(),
    creditsPerUnit: count.optional(),
    estimatedCredits: count
      .optional()
      .meta({ description: 'What the quantity would cost; absent where it is beyond 2^53.' }),
    planCredits: count.optional(),
    purchasedCredits: count.optional(),
    totalCredits: count.optional(),
    unitPrice: rate.optional(),
    estimatedAmount: rate
      .optional()
      .meta({ description: 'What the quantity would take from the balance; absent where it is beyond 2^53.' }),
    currentBalance: signedRate.optional(),
    blockOnExhaustion: z
      .boolean()
      .optional()
      .meta({ description: 'Whether usage beyond the balance is refused now: always in trials and on free plans.' }),
    currency: currencyCode.optional(),
    reason: z.enum(['included_limit_reached', 'insufficient_credits', 'insufficient_balance']).optional(),
    message: z.string().optional(),
    featureCode: z.string(),
  })
  .meta({ id: 'UsageCheckResult', description: 'Whether a quantity would be accepted now.' })

export const checkUsageOperation = operation({
  id: 'Usage.check',
  method: 'POST',
  path: '/usage/check',
  kind: 'metering',
  summary: 'Ask whether a quantity of a feature would be accepted now. Changes nothing.',
  description:
    'A feature that is priced by AI model has no price per unit: `model` with `inputTokens` and `outputTokens` (an addition) asks what they would cost, and their number is the quantity; without them the answer says whether the balance is used up.',
  body: z
    .object({ customerId: reference, featureCode: reference, quantity: usageQuantity, ...tokenCounts })
    .superRefine(whollyTokens('value')),
  data: UsageCheckResult,
  problems: [
    'customer_not_found',
    'feature_not_found',
    'no_active_subscription',
    'feature_not_in_plan',
    'feature_disabled',
    'pricing_mode_mismatch',
    'model_not_found',
    'missing_regional_price',
  ],
})

export const UsageAdjustment = z
  .object({
    id: z.string(),
    feature: z.string(),
    value: quantity.meta({ description: "The window's total from now on." }),
    previousValue: quantity,
    adjustment: quantity.meta({ description: 'What was recorded to get there: negative when usage was taken back.' }),
    customerId: z.string(),
    idempotencyKey: z.string().nullable(),
    reason: z.string().nullable(),
    ts: time,
    createdAt: time,
    object: z.literal('usage_event'),
    livemode,
  })
  .meta({ id: 'UsageAdjustment', description: 'Usage that was set to an exact total.' })

export const setUsageOperation = operation({
  id: 'Usage.set',
  method: 'PUT',
  path: '/usage',
  kind: 'write',
  summary: "Make the current window's total of a metered feature exactly this value.",
  description:
    'Records the difference as an event of its own. A repeat of an idempotencyKey is answered with what the first request did. Metered plans only.',
  body: z.object({
    customerId: reference,
    feature: reference,
    value: usageQuantity,
    idempotencyKey: text(255).optional(),
    reason: text(500).optional(),
  }),
  data: UsageAdjustment,
  problems: [
    'customer_not_found',
    'duplicate',
    'feature_not_found',
    'no_active_subscription',
    'feature_not_in_plan',
    'feature_disabled',
    'pricing_mode_mismatch',
    'included_limit_reached',
    'missing_regional_price',
  ],
})
