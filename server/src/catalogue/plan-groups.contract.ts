import * as z from 'zod'
import { DeletedObject, description, livemode, name, pageQuery, reference, time } from '#http/fields.contract.ts'
import { operation } from '#http/operation.ts'

export const PlanGroup = z
  .object({
    id: z.string().meta({ description: 'Public id, starts with `pgr_`.' }),
    name: z.string(),
    description: z.string().nullable(),
    isPublic: z.boolean(),
    createdAt: time,
    updatedAt: time,
    plans: z
      .array(z.object({ id: z.string(), name: z.string(), sortOrder: z.int() }))
      .optional()
      .meta({ description: 'Lowest first: changing to a later plan is an upgrade.' }),
    object: z.literal('plan_group'),
    livemode,
  })
  .meta({ id: 'PlanGroup', description: 'Plans that customers can change between.' })

export const AddedPlanToGroup = z
  .object({ success: z.boolean(), object: z.literal('plan_group'), livemode })
  .meta({ id: 'AddedPlanToGroup' })

export const RemovedPlanFromGroup = z
  .object({
    id: z.string().meta({ description: 'The plan that was removed.' }),
    removed: z.boolean(),
    object: z.literal('plan_group'),
    livemode,
  })
  .meta({ id: 'RemovedPlanFromGroup' })

export const ReorderedPlans = z
  .object({ reordered: z.boolean(), object: z.literal('plan_group'), livemode })
  .meta({ id: 'ReorderedPlans' })

const byGroup = { id: reference.meta({ description: 'Public id of the plan group.' }) }
const planId = reference.meta({ description: 'Public id or code of the plan.' })

export const listPlanGroups = operation({
  id: 'PlanGroups.list',
  method: 'GET',
  path: '/plan-groups',
  kind: 'read',
  summary: 'List plan groups with their plans, newest first.',
  query: z.object(pageQuery),
  data: z.array(PlanGroup),
  list: true,
})

export const getPlanGroup = operation({
  id: 'PlanGroups.get',
  method: 'GET',
  path: '/plan-groups/{id}',
  kind: 'read',
  summary: 'Get a plan group with its plans.',
  params: z.object(byGroup),
  data: PlanGroup,
  problems: ['plan_group_not_found'],
})

export const createPlanGroup = operation({
  id: 'PlanGroups.create',
  method: 'POST',
  path: '/plan-groups',
  kind: 'write',
  summary: 'Create a plan group.',
  body: z.object({ name, description: description.optional(), isPublic: z.boolean().default(true) }),
  data: PlanGroup,
  status: 201,
})

export const updatePlanGroup = operation({
  id: 'PlanGroups.update',
  method: 'PUT',
  path: '/plan-groups/{id}',
  kind: 'write',
  summary: 'Change the name, description or visibility of a plan group.',
  params: z.object(byGroup),
  body: z.object({
    name: name.optional(),
    description: description.nullable().optional(),
    isPublic: z.boolean().optional(),
  }),
  data: PlanGroup,
  problems: ['plan_group_not_found'],
})

export const deletePlanGroup = operation({
  id: 'PlanGroups.delete',
  method: 'DELETE',
  path: '/plan-groups/{id}',
  kind: 'write',
  summary: 'Delete a plan group. Its plans are unlinked, not deleted.',
  params: z.object(byGroup),
  data: DeletedObject,
  problems: ['plan_group_not_found'],
})

export const addPlanToGroup = operation({
  id: 'PlanGroups.addPlan',
  method: 'POST',
  path: '/plan-groups/{id}/plans',
  kind: 'write',
  summary: 'Add a plan to a group.',
  description:
    'A plan belongs to one group at most, and all plans of a group that are not free share one consumption model. Without `sortOrder` the plan goes to the end.',
  params: z.object(byGroup),
  body: z.object({
    planId,
    sortOrder: z
      .int({ error: 'Must be a whole number.' })
      .min(0, { error: 'Must be 0 or more.' })
      .max(1_000_000, { error: 'Must be at most 1000000.' })
      .optional(),
  }),
  data: AddedPlanToGroup,
  problems: ['plan_group_not_found', 'plan_not_found', 'duplicate'],
})

export const removePlanFromGroup = operation({
  id: 'PlanGroups.removePlan',
  method: 'DELETE',
  path: '/plan-groups/{id}/plans/{planId}',
  kind: 'write',
  summary: 'Remove a plan from a group.',
  params: z.object({ ...byGroup, planId }),
  data: RemovedPlanFromGroup,
  problems: ['plan_group_not_found', 'plan_not_found'],
})

export const reorderGroupPlans = operation({
  id: 'PlanGroups.reorderPlans',
  method: 'PUT',
  path: '/plan-groups/{id}/plans/reorder',
  kind: 'write',
  summary: 'Set the order of the plans in a group, lowest first.',
  description: 'The list must name exactly the plans of the group, each once.',
  params: z.object(byGroup),
  body: z.object({ planIds: z.array(planId).max(1000, { error: 'Must name at most 1000 plans.' }) }),
  data: ReorderedPlans,
  problems: ['plan_group_not_found'],
})
