import type * as z from 'zod'
import { changeAddon, createAddon, deleteAddon, requireAddon } from '#catalogue/actions/save-addon.ts'
import * as contract from '#catalogue/addons.contract.ts'
import { listAddons, type NamedAddon } from '#catalogue/addons.store.ts'
import { pageOf } from '#catalogue/page.ts'
import { type Route, route } from '#http/operation.ts'

export const addonRoutes: Route[] = [
  route(contract.createAddonOperation, async (tx, context, { body }) => {
    const { featureId, description = null, includedUnits = null, overageRate = null, creditCost = null } = body
    const { name, basePrice, consumptionModel } = body
    const terms = { basePrice, includedUnits, overageRate, creditCost }
    const input = { feature: featureId, consumptionModel, name, description, ...terms }
    return toApiAddon(await createAddon(tx, context, input), context.org.livemode)
  }),
  route(contract.getAddonOperation, async (db, { org }, { params }) =>
    toApiAddon(await requireAddon(db, org.id, params.id), org.livemode),
  ),
  route(contract.listAddonsOperation, async (db, { org }, { query }) => {
    const addons = await listAddons(db, org.id, { limit: query.limit + 1, after: query.cursor })
    return pageOf(addons, query.limit, (addon) => toApiAddon(addon, org.livemode))
  }),
  route(contract.updateAddonOperation, async (tx, context, { params, body }) =>
    toApiAddon(await changeAddon(tx, context, { addon: params.id, changes: body }), context.org.livemode),
  ),
  route(contract.deleteAddonOperation, async (tx, context, { params }) => {
    const { id } = await deleteAddon(tx, context, params.id)
    return { id, deleted: true, object: 'addon', livemode: context.org.livemode }
  }),
]

function toApiAddon(addon: NamedAddon, livemode: boolean): z.output<typeof contract.Addon> {
  const { id, name, slug, description, basePrice, consumptionModel, featureCode, featureName } = addon
  const { includedUnits, overageRate, creditCost, createdAt, updatedAt } = addon
  return {
    id,
    name,
    slug,
    description,
    basePrice,
    consumptionModel,
    featureCode,
    featureName,
    includedUnits,
    overageRate,
    creditCost,
    createdAt,
    updatedAt,
    object: 'addon',
    livemode,
  }
}
