import { requireFeature } from '#catalogue/actions/require-entry.ts'
import { type AddonModel, type AddonSettings, type AddonTerms, checkAddon, freeSlug, slugOf } from '#catalogue/addon.ts'
import {
  findAddon,
  findAddonOfFeature,
  insertAddon,
  lockAddon,
  deleteAddon as markDeleted,
  type NamedAddon,
  takenSlugs,
  updateAddon,
} from '#catalogue/addons.store.ts'
import { type Changes, withChanges } from '#catalogue/changes.ts'
import { refuseFields } from '#catalogue/refuse-fields.ts'
import type { Db, Tx } from '#database/transaction.ts'
import { newId } from '#id.ts'
import type { Context } from '#organisations/org.ts'
import { moveVersion } from '#organisations/sides.store.ts'
import { Problem } from '#problem.ts'
import { countActivations } from '#subscriptions/addons.store.ts'

export type AddonToCreate = AddonSettings & { readonly feature: string; readonly consumptionModel: AddonModel }

/** Adds an add-on for a feature. 404 feature_not_found, 409 feature_already_exists, 422 for what does not fit its model. */
export async function createAddon(tx: Tx, { org, now }: Context, input: AddonToCreate): Promise<NamedAddon> {
  const revision = await moveVersion(tx, org.id)
  const { feature: reference, ...settings } = input
  const feature = await requireFeature(tx, org.id, reference)
  refuseFields(checkAddon(input.consumptionModel, feature.type, input))
  const other = await findAddonOfFeature(tx, org.id, feature.id)
  if (other) {
    throw new Problem(
      'feature_already_exists',
      `The add-on ${other.slug} sells the feature ${feature.code} already. Change it with PUT /addons/${other.slug}.`,
      { param: 'featureId' },
    )
  }
  const wanted = slugOf(settings.name)
  const slug = freeSlug(wanted, await takenSlugs(tx, org.id, wanted))
  const id = newId('adn')
  await insertAddon(tx, org.id, { ...settings, id, slug, featureId: feature.id, revision }, now)
  return requireAddon(tx, org.id, id)
}

/** Changes an add-on: who has it gets the kinder part now, the rest with the next window. 404 addon_not_found. */
export async function changeAddon(
  tx: Tx,
  { org, now }: Context,
  input: { readonly addon: string; readonly changes: Changes<AddonSettings> },
): Promise<NamedAddon> {
  const revision = await moveVersion(tx, org.id)
  const current = await requireAddon(tx, org.id, input.addon)
  const changed = withChanges<NamedAddon>(current, input.changes)
  refuseFields(checkAddon(changed.consumptionModel, changed.featureType, changed satisfies AddonTerms))
  await updateAddon(tx, org.id, changed, revision, now)
  return requireAddon(tx, org.id, current.id)
}

/** Deletes an add-on that no subscription has. 404 addon_not_found, 409 addon_has_activations. */
export async function deleteAddon(tx: Tx, { org, now }: Context, idOrSlug: string): Promise<NamedAddon> {
  await moveVersion(tx, org.id)
  const addon = await requireAddon(tx, org.id, idOrSlug)
  await lockAddon(tx, org.id, addon.id)
  const activations = await countActivations(tx, org.id, addon.id)
  if (activations > 0) {
    const have = activations === 1 ? '1 subscription has' : `${activations} subscriptions have`
    throw new Problem(
      'addon_has_activations',
      `${have} the add-on ${addon.slug}. Deactivate it with DELETE /subscriptions/{id}/addons/${addon.slug} first.`,
    )
  }
  await markDeleted(tx, org.id, addon.id, now)
  return addon
}

/** The add-on with this id or slug. Refuses with `addon_not_found`, also when it was deleted. */
export async function requireAddon(db: Db, orgId: string, idOrSlug: string): Promise<NamedAddon> {
  const addon = await findAddon(db, orgId, idOrSlug)
  if (addon) return addon
  throw new Problem(
    'addon_not_found',
    `There is no add-on with the id or slug ${idOrSlug}. GET /addons lists those there are.`,
  )
}
