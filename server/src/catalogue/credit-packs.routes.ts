import type * as z from 'zod'
import { changeCreditPack, createCreditPack, deleteCreditPack } from '#catalogue/actions/save-credit-pack.ts'
import * as contract from '#catalogue/credit-packs.contract.ts'
import { type CreditPack, listActivePacks } from '#catalogue/credit-packs.store.ts'
import { pageOf, wholeListLimit } from '#catalogue/page.ts'
import { type Route, route } from '#http/operation.ts'

export const creditPackRoutes: Route[] = [
  route(contract.listCreditPacks, async (db, { org }, { query }) => {
    const packs = await listActivePacks(db, org.id, { limit: wholeListLimit + 1, after: query.cursor })
    return pageOf(packs, wholeListLimit, (pack) => toApiCreditPack(pack, org.livemode))
  }),
  route(contract.createCreditPack, async (tx, context, { body }) => {
    const { description = null, isActive = true, ...pack } = body
    return toApiCreditPack(
      await createCreditPack(tx, context, { ...pack, description, isActive }),
      context.org.livemode,
    )
  }),
  route(contract.updateCreditPack, async (tx, context, { params, body }) =>
    toApiCreditPack(await changeCreditPack(tx, context, { id: params.id, changes: body }), context.org.livemode),
  ),
  route(contract.deleteCreditPack, async (tx, context, { params }) => {
    const { id } = await deleteCreditPack(tx, context, params.id)
    return { id, deleted: true, object: 'credit_pack', livemode: context.org.livemode }
  }),
]

function toApiCreditPack(pack: CreditPack, livemode: boolean): z.output<typeof contract.CreditPack> {
  const { id, name, description, credits, price, isActive, createdAt, updatedAt } = pack
  return {
    id,
    name,
    description,
    credits,
    price,
    currency: 'usd',
    isActive,
    createdAt,
    updatedAt,
    object: 'credit_pack',
    livemode,
  }
}
