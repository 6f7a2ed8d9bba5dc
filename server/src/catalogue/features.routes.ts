import { createFeature } from '#catalogue/actions/create-feature.ts'
import { deleteFeature } from '#catalogue/actions/delete-feature.ts'
import { requireFeature } from '#catalogue/actions/require-entry.ts'
import { updateFeature } from '#catalogue/actions/update-feature.ts'
import { toApiFeature } from '#catalogue/catalogue.view.ts'
import * as contract from '#catalogue/features.contract.ts'
import { listFeatures } from '#catalogue/features.store.ts'
import { pageOf, wholeListLimit } from '#catalogue/page.ts'
import { type Route, route } from '#http/operation.ts'

export const featureRoutes: Route[] = [
  route(contract.listFeatures, async (db, { org }, { query }) => {
    const features = await listFeatures(db, org.id, { limit: wholeListLimit + 1, after: query.cursor })
    return pageOf(features, wholeListLimit, (feature) => toApiFeature(feature, org.livemode))
  }),
  route(contract.getFeature, async (db, { org }, { params }) =>
    toApiFeature(await requireFeature(db, org.id, params.code), org.livemode),
  ),
  route(contract.createFeature, async (tx, context, { body }) => {
    const { description = null, unitName = null, ...feature } = body
    return toApiFeature(await createFeature(tx, context, { ...feature, description, unitName }), context.org.livemode)
  }),
  route(contract.updateFeature, async (tx, context, { params, body }) =>
    toApiFeature(await updateFeature(tx, context, { feature: params.code, changes: body }), context.org.livemode),
  ),
  route(contract.deleteFeature, async (tx, context, { params }) => {
    const { id } = await deleteFeature(tx, context, { feature: params.code })
    return { id, deleted: true, object: 'feature', livemode: context.org.livemode }
  }),
]
