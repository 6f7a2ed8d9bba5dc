import { requireFeature } from '#catalogue/actions/require-entry.ts'
import { findAddonOfFeature } from '#catalogue/addons.store.ts'
import type { Feature } from '#catalogue/feature.ts'
import { deleteFeature as markDeleted } from '#catalogue/features.store.ts'
import { plansWithFeature } from '#catalogue/plan-features.store.ts'
import type { Tx } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import { moveVersion } from '#organisations/sides.store.ts'
import { Problem } from '#problem.ts'

const namedPlans = 5

/** Deletes a feature. Refuses with `feature_in_use` while a plan or an add-on that is not deleted contains it. */
export async function deleteFeature(tx: Tx, context: Context, input: { feature: string }): Promise<Feature> {
  const { org, now } = context
  await moveVersion(tx, org.id)
  const feature = await requireFeature(tx, org.id, input.feature)
  const plans = await plansWithFeature(tx, org.id, feature.id, namedPlans + 1)
  if (plans.length > 0) {
    const names = plans.slice(0, namedPlans).join(', ')
    const more = plans.length > namedPlans ? ' and others' : ''
    throw new Problem(
      'feature_in_use',
      `The feature ${feature.code} is on these plans: ${names}${more}. Remove it from them first.`,
    )
  }
  const addon = await findAddonOfFeature(tx, org.id, feature.id)
  if (addon) {
    throw new Problem(
      'feature_in_use',
      `The add-on ${addon.slug} sells the feature ${feature.code}. Delete it with DELETE /addons/${addon.slug} first.`,
    )
  }
  await markDeleted(tx, org.id, feature.id, now)
  return feature
}
