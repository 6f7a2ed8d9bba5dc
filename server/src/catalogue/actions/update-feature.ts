import { requireFeature } from '#catalogue/actions/require-entry.ts'
import type { Feature } from '#catalogue/feature.ts'
import { type FeatureChanges, updateFeature as saveFeature } from '#catalogue/features.store.ts'
import type { Tx } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import { moveVersion } from '#organisations/sides.store.ts'

export async function updateFeature(
  tx: Tx,
  context: Context,
  input: { feature: string; changes: FeatureChanges },
): Promise<Feature> {
  const { org, now } = context
  await moveVersion(tx, org.id)
  const feature = await requireFeature(tx, org.id, input.feature)
  return saveFeature(tx, org.id, feature.id, input.changes, now)
}
