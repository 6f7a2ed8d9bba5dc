import type { Tx } from '#database/transaction.ts'
import { newId } from '#id.ts'
import { displayPrefixLength, keyExpiry, keyText } from '#organisations/api-key.ts'
import { insertApiKey } from '#organisations/api-keys.store.ts'
import type { Org } from '#organisations/org.ts'
import { digestOf, newSecretText } from '#organisations/secret.ts'
import { moveVersion } from '#organisations/sides.store.ts'

export type NewKey = {
  readonly name: string
  readonly expiresInDays: number
  /** Keys live by real time, whatever the test clock says. */
  readonly machineNow: Temporal.Instant
}

export type CreatedKey = {
  readonly id: string
  readonly name: string
  /** The key itself: hand it on, keep it nowhere. */
  readonly apiKey: string
  readonly prefix: string
  readonly expiresAt: Temporal.Instant
  readonly createdAt: Temporal.Instant
}

/** Makes a key of a side. The result is the only place where the key can be read. */
export async function createApiKey(tx: Tx, org: Pick<Org, 'id' | 'mode'>, input: NewKey): Promise<CreatedKey> {
  const { name, machineNow } = input
  const apiKey = keyText(org.mode, newSecretText())
  const key = {
    id: newId('key'),
    name,
    prefix: apiKey.slice(0, displayPrefixLength),
    expiresAt: keyExpiry(machineNow, input.expiresInDays),
  }
  await moveVersion(tx, org.id)
  await insertApiKey(tx, org.id, { ...key, digest: digestOf(apiKey) }, machineNow)
  return { ...key, apiKey, createdAt: machineNow }
}
