import * as z from 'zod'
import { featureTypes } from '#catalogue/feature.ts'
import { livemode, quantity, rate, reference } from '#http/fields.contract.ts'
import { operation } from '#http/operation.ts'

const amounts = {
  enabled: z.boolean().optional().meta({ description: 'Boolean features: whether it is on.' }),
  current: quantity.optional().meta({ description: 'Units used in the current window, or held.' }),
  included: quantity.optional(),
  remaining: quantity.optional().meta({ description: 'Included units that are left; absent where there is no limit.' }),
  overageQuantity: quantity.optional(),
  overageUnitPrice: rate.optional(),
  unlimited: z.boolean().optional(),
  overageEnabled: z
    .boolean()
    .optional()
    .meta({ description: 'Whether units beyond the included ones are accepted and billed now.' }),
  billedQuantity: quantity
    .optional()
    .meta({ description: 'Seats and quota: the most held in the billing period, at least the included amount.' }),
}

export const FeatureAccess = z
  .object({
    code: z.string(),
    name: z.string(),
    type: z.enum(featureTypes),
    allowed: z.boolean(),
    ...amounts,
    object: z.literal('feature'),
    livemode,
  })
  .meta({ id: 'FeatureAccess', description: 'What a customer has of one feature of their plan.' })

export const FeatureLookup = z
  .object({
    allowed: z.boolean(),
    code: z.string().optional(),
    name: z.string().optional(),
    type: z.enum(featureTypes).optional(),
    ...amounts,
    willBeCharged: z
      .boolean()
      .optional()
      .meta({ description: 'With action=canUse: whether one more unit would be billed.' }),
    reason: z.string().optional().meta({ description: 'With action=canUse: why one more unit is refused.' }),
    object: z.literal('feature'),
    livemode,
  })
  .meta({ id: 'FeatureLookup', description: 'What a customer has of one feature, in their plan or not.' })

export const listFeatureAccessOperation = operation({
  id: 'FeatureAccess.list',
  method: 'GET',
  path: '/feature-access',
  kind: 'metering',
  summary: "List the features of a customer's plan with what is left of each.",
  query: z.object({ customerId: reference }),
  data: z.array(FeatureAccess),
  list: true,
  problems: ['customer_not_found'],
})

export const getFeatureAccessOperation = operation({
  id: 'FeatureAccess.get',
  method: 'GET',
  path: '/feature-access/{code}',
  kind: 'metering',
  summary: 'Read what a customer has of one feature; `action=canUse` asks for one more unit.',
  params: z.object({ code: reference }),
  query: z.object({ customerId: reference, action: z.enum(['canUse']).optional() }),
  data: FeatureLookup,
  problems: ['customer_not_found', 'feature_not_found'],
})
