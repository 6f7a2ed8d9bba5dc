import type { Tx } from '#database/transaction.ts'
import { deleteApiKeyRow } from '#organisations/api-keys.store.ts'
import type { Org } from '#organisations/org.ts'
import { moveVersion } from '#organisations/sides.store.ts'
import { Problem } from '#problem.ts'

/**
 * Deletes a key, the caller's own included. Its digest is gone with the commit, and the side's new version makes every process
 * that still remembers it ask again.
 */
export async function deleteApiKey(
  tx: Tx,
  org: Pick<Org, 'id'>,
  input: { readonly id: string; readonly machineNow: Temporal.Instant },
): Promise<void> {
  await moveVersion(tx, org.id)
  if (await deleteApiKeyRow(tx, org.id, input.id, input.machineNow)) return
  throw new Problem('api_key_not_found', `There is no API key ${input.id}.`, { param: 'id' })
}
