import { addPrice } from '#catalogue/actions/add-price.ts'
import { deletePrice } from '#catalogue/actions/delete-price.ts'
import { setDefaultPrice } from '#catalogue/actions/set-default-price.ts'
import { updatePrice } from '#catalogue/actions/update-price.ts'
import { toApiPlanPrice } from '#catalogue/catalogue.view.ts'
import { withChanges } from '#catalogue/changes.ts'
import { noIntroOffer } from '#catalogue/plan-price.ts'
import * as contract from '#catalogue/plan-prices.contract.ts'
import { type Route, route } from '#http/operation.ts'

export const planPriceRoutes: Route[] = [
  route(contract.addPlanPrice, async (tx, context, { params, body }) => {
    const price = { ...body, introOffer: withChanges(noIntroOffer, body.introOffer ?? {}) }
    return toApiPlanPrice(await addPrice(tx, context, { plan: params.id, price }), context.org.livemode)
  }),
  route(contract.updatePlanPrice, async (tx, context, { params, body }) => {
    const changed = await updatePrice(tx, context, { plan: params.id, priceId: params.priceId, changes: body })
    return toApiPlanPrice(changed, context.org.livemode)
  }),
  route(contract.deletePlanPrice, async (tx, context, { params }) => {
    const { id } = await deletePrice(tx, context, { plan: params.id, priceId: params.priceId })
    return { id, deleted: true, object: 'plan', livemode: context.org.livemode }
  }),
  route(contract.setDefaultPlanPrice, async (tx, context, { params }) => {
    const { id } = await setDefaultPrice(tx, context, { plan: params.id, priceId: params.priceId })
    return { id, isDefault: true, object: 'plan', livemode: context.org.livemode }
  }),
]
