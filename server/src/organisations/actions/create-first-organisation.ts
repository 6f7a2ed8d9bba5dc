import type { Tx } from '#database/transaction.ts'
import { newId } from '#id.ts'
import { createApiKey } from '#organisations/actions/create-api-key.ts'
import { defaultExpiryDays, displayPrefixLength, keyProblem } from '#organisations/api-key.ts'
import { findKeyOwner, insertApiKey, wasDeleted } from '#organisations/api-keys.store.ts'
import type { Mode } from '#organisations/org.ts'
import {
  firstOrganisation,
  insertOrganisation,
  lockFirstOrganisation,
  type OrganisationRecord,
} from '#organisations/organisations.store.ts'
import { digestOf } from '#organisations/secret.ts'
import { moveVersion } from '#organisations/sides.store.ts'

/** A fixed key of the configuration that cannot be used. The message names the setting, never the key. */
export class UnusableKey extends Error {
  override readonly name = 'UnusableKey'
}

export type FirstOrganisationInput = {
  readonly name: string
  /** The configured keys (HALLEY_SANDBOX_KEY, HALLEY_LIVE_KEY); undefined for random ones. */
  readonly fixedKeys: Readonly<Record<Mode, string | undefined>>
  readonly machineNow: Temporal.Instant
}

export type FirstOrganisation = {
  readonly organisation: OrganisationRecord
  /** Made just now, by this call. */
  readonly isNew: boolean
  /** Keys that work and may be printed: the configured ones and those made just now; null when only a digest is known. */
  readonly keys: Readonly<Record<Mode, string | null>>
  /** What the operator should be told, one sentence each. */
  readonly warnings: readonly string[]
}

/**
 * The organisation that a server has from its first start, with a key for each side. Run it in a transaction of its own at
 * every start: it changes nothing when everything is there, and adds configured keys that are new. Starting twice at once
 * makes one organisation. Throws {@link UnusableKey}.
 */
export async function createFirstOrganisation(tx: Tx, input: FirstOrganisationInput): Promise<FirstOrganisation> {
  await lockFirstOrganisation(tx)
  const known = await firstOrganisation(tx)
  const organisation = known ?? (await insertNew(tx, input))
  const isNew = !known
  const live = await seeToKey(tx, { mode: 'live', orgId: organisation.liveOrgId, isNew }, input)
  const sandbox = await seeToKey(tx, { mode: 'sandbox', orgId: organisation.sandboxOrgId, isNew }, input)
  const warnings = [live.warning, sandbox.warning].filter((warning) => warning !== undefined)
  return { organisation, isNew, keys: { live: live.key, sandbox: sandbox.key }, warnings }
}

async function insertNew(tx: Tx, { name, machineNow }: FirstOrganisationInput): Promise<OrganisationRecord> {
  const organisation = {
    id: newId('org'),
    name,
    liveOrgId: newId('org'),
    sandboxOrgId: newId('org'),
    claimedAt: null,
  }
  await insertOrganisation(tx, organisation, machineNow)
  return organisation
}

type Side = { readonly mode: Mode; readonly orgId: string; readonly isNew: boolean }
type SideKey = { readonly key: string | null; readonly warning?: string }

async function seeToKey(tx: Tx, side: Side, { fixedKeys, machineNow }: FirstOrganisationInput): Promise<SideKey> {
  const fixed = fixedKeys[side.mode]
  if (fixed !== undefined) return addFixedKey(tx, side, fixed, machineNow)
  if (!side.isNew) return { key: null }
  const org = { id: side.orgId, mode: side.mode }
  const { apiKey } = await createApiKey(tx, org, { name: 'First key', expiresInDays: defaultExpiryDays, machineNow })
  return { key: apiKey }
}

const settings = { live: 'HALLEY_LIVE_KEY', sandbox: 'HALLEY_SANDBOX_KEY' } as const satisfies Record<Mode, string>

async function addFixedKey(tx: Tx, { mode, orgId }: Side, key: string, machineNow: Temporal.Instant): Promise<SideKey> {
  const name = settings[mode]
  const problem = keyProblem(mode, key)
  if (problem !== undefined) throw new UnusableKey(`${name} cannot be used: ${problem}`)
  const digest = digestOf(key)
  const owner = await findKeyOwner(tx, digest)
  if (owner && owner.org.id !== orgId)
    throw new UnusableKey(`${name} cannot be used: it is a key of another organisation.`)
  if (owner) return { key }
  // Whoever deletes a key that leaked does not expect a restart to bring it back.
  if (await wasDeleted(tx, orgId, digest)) {
    return { key: null, warning: `${name} was deleted and stays so. Configure a new key, or remove the setting.` }
  }
  await moveVersion(tx, orgId)
  const prefix = key.slice(0, displayPrefixLength)
  await insertApiKey(tx, orgId, { id: newId('key'), name, prefix, digest, expiresAt: null }, machineNow)
  return { key }
}
