import * as z from 'zod'
import { byPlan, pricingMode } from '#catalogue/plans.contract.ts'
import { basisPoints, count, livemode, quantity, rate, reference, usageQuantity } from '#http/fields.contract.ts'
import { operation } from '#http/operation.ts'

export const PlanFeature = z
  .object({
    planId: z.string(),
    featureId: z.string(),
    enabled: z.boolean(),
    includedAmount: quantity.meta({ description: 'Units per consumption window.' }),
    unlimited: z.boolean(),
    overage: z.object({
      enabled: z.boolean(),
      unitPrice: rate.meta({ description: 'Rate scale: 10000 = one US dollar per unit.' }),
    }),
    creditsPerUnit: count.nullable(),
    pricingMode,
    margin: basisPoints.nullable(),
    object: z.literal('plan'),
    livemode,
  })
  .meta({ id: 'PlanFeature', description: 'How a plan contains a feature.' })

export const RemovedPlanFeature = z
  .object({
    id: z.string().meta({ description: 'The feature that was removed.' }),
    removed: z.literal(true),
    object: z.literal('plan'),
    livemode,
  })
  .meta({ id: 'RemovedPlanFeature' })

const creditsPerUnit = count
  .refine((credits) => credits >= 1n, { error: 'Must be 1 or more.' })
  .nullable()
  .meta({ description: 'Credits that one unit costs; required for usage features of a credits plan.' })

const byFeature = { ...byPlan, featureId: reference.meta({ description: 'Public id or code of the feature.' }) }

export const addPlanFeature = operation({
  id: 'Plans.addFeature',
  method: 'POST',
  path: '/plans/{id}/features',
  kind: 'write',
  summary: 'Add a feature to a plan.',
  description: 'Customers of the plan have it at once.',
  params: z.object(byPlan),
  body: z.object({
    featureId: reference.meta({ description: 'Public id or code of the feature.' }),
    enabled: z.boolean().default(true),
    includedAmount: usageQuantity.prefault(0),
    unlimited: z.boolean().default(false),
    overage: z.object({ enabled: z.boolean(), unitPrice: rate }).optional(),
    creditsPerUnit: creditsPerUnit.optional(),
    pricingMode: pricingMode.default('fixed'),
    margin: basisPoints.nullable().optional(),
  }),
  data: PlanFeature,
  status: 201,
  problems: ['plan_not_found', 'feature_not_found', 'duplicate'],
})

export const updatePlanFeature = operation({
  id: 'Plans.updateFeature',
  method: 'PUT',
  path: '/plans/{id}/features/{featureId}',
  kind: 'write',
  summary: 'Change how a plan contains a feature.',
  description:
    'What is kinder to customers of the plan holds at once, for their whole current consumption window; what is harsher from their next window.',
  params: z.object(byFeature),
  body: z.object({
    enabled: z.boolean().optional(),
    includedAmount: usageQuantity.optional(),
    unlimited: z.boolean().optional(),
    overage: z.object({ enabled: z.boolean().optional(), unitPrice: rate.optional() }).optional(),
    creditsPerUnit: creditsPerUnit.optional(),
  }),
  data: PlanFeature,
  problems: ['plan_not_found', 'feature_not_found'],
})

export const removePlanFeature = operation({
  id: 'Plans.removeFeature',
  method: 'DELETE',
  path: '/plans/{id}/features/{featureId}',
  kind: 'write',
  summary: 'Remove a feature from a plan.',
  description: 'Customers of the plan keep it until their current consumption window ends.',
  params: z.object(byFeature),
  data: RemovedPlanFeature,
  problems: ['plan_not_found', 'feature_not_found'],
})
