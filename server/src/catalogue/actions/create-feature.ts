import type { Feature } from '#catalogue/feature.ts'
import { findFeatureByCode, insertFeature, type NewFeature } from '#catalogue/features.store.ts'
import type { Tx } from '#database/transaction.ts'
import { newId } from '#id.ts'
import type { Context } from '#organisations/org.ts'
import { moveVersion } from '#organisations/sides.store.ts'
import { Problem } from '#problem.ts'

/** Adds a feature to the catalogue. Refuses a code that is taken with `duplicate`. */
export async function createFeature(tx: Tx, context: Context, input: Omit<NewFeature, 'id'>): Promise<Feature> {
  const { org, now } = context
  await moveVersion(tx, org.id)
  if (await findFeatureByCode(tx, org.id, input.code)) {
    throw new Problem(
      'duplicate',
      `A feature with the code ${input.code} exists already. Use it, or choose another code.`,
      { param: 'code' },
    )
  }
  return insertFeature(tx, org.id, { id: newId('ftr'), ...input }, now)
}
