import { addPlanToGroup } from '#catalogue/actions/add-plan-to-group.ts'
import { createPlanGroup } from '#catalogue/actions/create-plan-group.ts'
import { deletePlanGroup } from '#catalogue/actions/delete-plan-group.ts'
import { loadPlanGroup, loadPlanGroups } from '#catalogue/actions/load-plan-group.ts'
import { removePlanFromGroup } from '#catalogue/actions/remove-plan-from-group.ts'
import { reorderGroupPlans } from '#catalogue/actions/reorder-group-plans.ts'
import { requirePlanGroup } from '#catalogue/actions/require-entry.ts'
import { updatePlanGroup } from '#catalogue/actions/update-plan-group.ts'
import { toApiPlanGroup } from '#catalogue/catalogue.view.ts'
import { pageOf } from '#catalogue/page.ts'
import * as contract from '#catalogue/plan-groups.contract.ts'
import { listPlanGroups } from '#catalogue/plan-groups.store.ts'
import { type Route, route } from '#http/operation.ts'

export const planGroupRoutes: Route[] = [
  route(contract.listPlanGroups, async (db, { org }, { query }) => {
    const groups = await listPlanGroups(db, org.id, { limit: query.limit + 1, after: query.cursor })
    const page = pageOf(groups, query.limit, (group) => group)
    const full = await loadPlanGroups(db, org.id, page.items)
    return { items: full.map((group) => toApiPlanGroup(group, org.livemode)), next: page.next }
  }),
  route(contract.getPlanGroup, async (db, { org }, { params }) => {
    const group = await requirePlanGroup(db, org.id, params.id)
    return toApiPlanGroup(await loadPlanGroup(db, org.id, group), org.livemode)
  }),
  route(contract.createPlanGroup, async (tx, context, { body }) => {
    const { description = null, ...group } = body
    return toApiPlanGroup(await createPlanGroup(tx, context, { ...group, description }), context.org.livemode)
  }),
  route(contract.updatePlanGroup, async (tx, context, { params, body }) =>
    toApiPlanGroup(await updatePlanGroup(tx, context, { groupId: params.id, changes: body }), context.org.livemode),
  ),
  route(contract.deletePlanGroup, async (tx, context, { params }) => {
    const { id } = await deletePlanGroup(tx, context, { groupId: params.id })
    return { id, deleted: true, object: 'plan_group', livemode: context.org.livemode }
  }),
  route(contract.addPlanToGroup, async (tx, context, { params, body }) => {
    await addPlanToGroup(tx, context, { groupId: params.id, plan: body.planId, sortOrder: body.sortOrder })
    return { success: true, object: 'plan_group', livemode: context.org.livemode }
  }),
  route(contract.removePlanFromGroup, async (tx, context, { params }) => {
    const { id } = await removePlanFromGroup(tx, context, { groupId: params.id, plan: params.planId })
    return { id, removed: true, object: 'plan_group', livemode: context.org.livemode }
  }),
  route(contract.reorderGroupPlans, async (tx, context, { params, body }) => {
    await reorderGroupPlans(tx, context, { groupId: params.id, plans: body.planIds })
    return { reordered: true, object: 'plan_group', livemode: context.org.livemode }
  }),
]
