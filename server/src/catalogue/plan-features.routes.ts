import { addPlanFeature } from '#catalogue/actions/add-plan-feature.ts'
import { removePlanFeature } from '#catalogue/actions/remove-plan-feature.ts'
import { updatePlanFeature } from '#catalogue/actions/update-plan-feature.ts'
import { toApiPlanFeature } from '#catalogue/catalogue.view.ts'
import * as contract from '#catalogue/plan-features.contract.ts'
import { type Route, route } from '#http/operation.ts'

export const planFeatureRoutes: Route[] = [
  route(contract.addPlanFeature, async (tx, context, { params, body }) => {
    const { featureId, overage, creditsPerUnit = null, margin = null, ...rest } = body
    const settings = {
      ...rest,
      overageEnabled: overage?.enabled ?? false,
      overageUnitPrice: overage?.unitPrice ?? 0n,
      creditsPerUnit,
      margin,
    }
    const added = await addPlanFeature(tx, context, { plan: params.id, feature: featureId, settings })
    return toApiPlanFeature(added, context.org.livemode)
  }),
  route(contract.updatePlanFeature, async (tx, context, { params, body }) => {
    const { overage, ...rest } = body
    const changes = { ...rest, overageEnabled: overage?.enabled, overageUnitPrice: overage?.unitPrice }
    const changed = await updatePlanFeature(tx, context, { plan: params.id, feature: params.featureId, changes })
    return toApiPlanFeature(changed, context.org.livemode)
  }),
  route(contract.removePlanFeature, async (tx, context, { params }) => {
    const removed = await removePlanFeature(tx, context, { plan: params.id, feature: params.featureId })
    return { id: removed.featureId, removed: true, object: 'plan', livemode: context.org.livemode }
  }),
]
