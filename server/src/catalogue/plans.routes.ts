import { createPlan } from '#catalogue/actions/create-plan.ts'
import { deletePlan } from '#catalogue/actions/delete-plan.ts'
import { loadPlan, loadPlans } from '#catalogue/actions/load-plan.ts'
import { requirePlan } from '#catalogue/actions/require-entry.ts'
import { updatePlan } from '#catalogue/actions/update-plan.ts'
import { toApiPlan } from '#catalogue/catalogue.view.ts'
import { pageOf, wholeListLimit } from '#catalogue/page.ts'
import * as contract from '#catalogue/plans.contract.ts'
import { listPlans } from '#catalogue/plans.store.ts'
import { type Route, route } from '#http/operation.ts'

export const planRoutes: Route[] = [
  route(contract.listPlans, async (db, { org }, { query }) => {
    const includePrivate = query.includePrivate === 'true'
    const plans = await listPlans(db, org.id, { includePrivate, limit: wholeListLimit + 1, after: query.cursor })
    const page = pageOf(plans, wholeListLimit, (plan) => plan)
    const full = await loadPlans(db, org.id, page.items)
    return { items: full.map((plan) => toApiPlan(plan, org.livemode)), next: page.next }
  }),
  route(contract.getPlan, async (db, { org }, { params }) => {
    const plan = await requirePlan(db, org.id, params.id)
    return toApiPlan(await loadPlan(db, org.id, plan), org.livemode)
  }),
  route(contract.createPlan, async (tx, context, { body }) => {
    const { description = null, planGroupId = null, metadata = null, ...plan } = body
    const created = await createPlan(tx, context, { ...plan, description, planGroupId, metadata })
    return toApiPlan(created, context.org.livemode)
  }),
  route(contract.updatePlan, async (tx, context, { params, body }) => {
    const plan = await updatePlan(tx, context, { plan: params.id, changes: body })
    return toApiPlan(await loadPlan(tx, context.org.id, plan), context.org.livemode)
  }),
  route(contract.deletePlan, async (tx, context, { params }) => {
    const { id } = await deletePlan(tx, context, { plan: params.id })
    return { id, deleted: true, object: 'plan', livemode: context.org.livemode }
  }),
  route(contract.setPlanVisibility, async (tx, context, { params, body }) => {
    const { id, isPublic } = await updatePlan(tx, context, { plan: params.id, changes: body })
    return { id, isPublic, object: 'plan', livemode: context.org.livemode }
  }),
]
