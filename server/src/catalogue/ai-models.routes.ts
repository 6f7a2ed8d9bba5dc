import { findAiModels, lookUpAiModel } from '#catalogue/actions/find-ai-models.ts'
import { removeAiModelPrice, setAiModelPrice } from '#catalogue/actions/set-ai-model-price.ts'
import { flatPrices } from '#catalogue/ai-model.ts'
import * as contract from '#catalogue/ai-models.contract.ts'
import { toApiAiModel, toApiPriceChange } from '#catalogue/ai-models.view.ts'
import { pageOf } from '#catalogue/page.ts'
import { type Route, route } from '#http/operation.ts'

export const aiModelRoutes: Route[] = [
  route(contract.listAiModels, async (db, context, { query }) => {
    const { limit, cursor = '', ...search } = query
    const models = (await findAiModels(db, context, search)).filter(({ id }) => id > cursor)
    return pageOf(models.slice(0, limit + 1), limit, (model) => toApiAiModel(model, context.org.livemode))
  }),
  route(contract.lookUpAiModel, async (db, context, { query }) => {
    const { livemode } = context.org
    const { changes, ...model } = await lookUpAiModel(db, context, query.model, query.at ?? context.now)
    return { ...toApiAiModel(model, livemode), changes: changes.map((change) => toApiPriceChange(change, livemode)) }
  }),
  route(contract.setAiModelPrice, async (tx, context, { body }) => {
    const { model, effectiveFrom, ...prices } = body
    const change = await setAiModelPrice(tx, context, { model, effectiveFrom, prices: flatPrices(prices) })
    return toApiPriceChange(change, context.org.livemode)
  }),
  route(contract.removeAiModelPrice, async (tx, context, { body }) =>
    toApiPriceChange(await removeAiModelPrice(tx, context, body), context.org.livemode),
  ),
]
