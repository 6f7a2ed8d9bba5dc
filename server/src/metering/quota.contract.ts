import * as z from 'zod'
import { count, livemode, reference, time } from '#http/fields.contract.ts'
import { operation } from '#http/operation.ts'
import { changeCount, heldCount } from '#metering/held-fields.contract.ts'

export const UsageQuotaEvent = z
  .object({
    id: z.string(),
    customerId: z.string(),
    featureCode: z.string(),
    previousBalance: count.meta({ description: 'Units held before the change.' }),
    newBalance: count.meta({ description: 'Units held after it.' }),
    ts: time,
    createdAt: time,
    object: z.literal('usage_quota'),
    livemode,
  })
  .meta({ id: 'UsageQuotaEvent', description: 'One change of a quota that a customer holds.' })

export const UsageQuota = z
  .object({
    featureCode: z.string(),
    current: count,
    included: count,
    remaining: count.nullable().meta({ description: 'Included units that are left; null where there is no limit.' }),
    billedQuantity: count.meta({
      description: 'The most held in the billing period, at least the included amount.',
    }),
    unlimited: z.boolean(),
    overageEnabled: z.boolean().meta({ description: 'Whether units beyond the included ones are accepted now.' }),
    asOf: time.nullable().meta({ description: 'When it last changed; null if it never did.' }),
    object: z.literal('usage_quota'),
    livemode,
  })
  .meta({ id: 'UsageQuota', description: 'What a customer holds of one quota feature.' })

const changeProblems = [
  'customer_not_found',
  'duplicate',
  'feature_not_found',
  'no_active_subscription',
  'feature_not_in_plan',
  'feature_disabled',
  'included_limit_reached',
  'charge_in_progress',
  'missing_regional_price',
] as const

const changed = {
  customerId: reference.optional(),
  externalId: reference.optional().meta({ description: 'Your own id of the customer, in place of customerId.' }),
  featureCode: reference,
  idempotencyKey: z
    .string()
    .min(1, { error: 'Must not be empty.' })
    .max(255, { error: 'Must be at most 255 characters.' })
    .optional()
    .meta({ description: 'The same change with the same key is made once and answered alike.' }),
}

type Named = { readonly customerId?: string | undefined; readonly externalId?: string | undefined }
const namesOne = ({ customerId, externalId }: Named) => (customerId === undefined) !== (externalId === undefined)
const oneName = { path: ['customerId'], error: 'Give either customerId or externalId, one of them.' }

const change = z.object({ ...changed, count: changeCount.default(1) }).refine(namesOne, oneName)

export const addQuotaOperation = operation({
  id: 'Quota.add',
  method: 'POST',
  path: '/usage/quota',
  kind: 'write',
  status: 201,
  summary: 'Add to a quota, one unit unless `count` says more.',
  body: change,
  data: UsageQuotaEvent,
  problems: changeProblems,
})

export const setQuotaOperation = operation({
  id: 'Quota.set',
  method: 'PUT',
  path: '/usage/quota',
  kind: 'write',
  summary: 'Set what is held of a quota.',
  body: z.object({ ...changed, count: heldCount }).refine(namesOne, oneName),
  data: UsageQuotaEvent,
  problems: changeProblems,
})

export const removeQuotaOperation = operation({
  id: 'Quota.remove',
  method: 'DELETE',
  path: '/usage/quota',
  kind: 'write',
  summary: 'Give back units of a quota, one unless `count` says more.',
  body: change,
  data: UsageQuotaEvent,
  problems: [...changeProblems, 'insufficient_balance'],
})

export const getQuotaOperation = operation({
  id: 'Quota.get',
  method: 'GET',
  path: '/usage/quota',
  kind: 'read',
  summary: 'Read what a customer holds of one quota feature.',
  query: z.object({ customerId: reference, featureCode: reference }),
  data: UsageQuota,
  problems: ['customer_not_found', 'feature_not_found', 'no_active_subscription', 'feature_not_in_plan'],
})

export const getAllQuotaOperation = operation({
  id: 'Quota.getAll',
  method: 'GET',
  path: '/usage/quota/all',
  kind: 'read',
  summary: 'Read what a customer holds of every quota feature in their plan.',
  query: z.object({ customerId: reference }),
  data: z.array(UsageQuota),
  problems: ['customer_not_found', 'no_active_subscription'],
})
