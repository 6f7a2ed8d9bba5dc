import assert from 'node:assert/strict'
import type { Tx } from '#database/transaction.ts'
import { replaceClaimLink } from '#organisations/claim-links.store.ts'
import { lockOrganisation } from '#organisations/organisations.store.ts'
import { digestOf, newSecretText } from '#organisations/secret.ts'
import { Problem } from '#problem.ts'

const lifetimeHours = 7 * 24

export type CreatedClaimLink = {
  /** The last part of the link: hand it on, keep it nowhere. */
  readonly token: string
  readonly expiresAt: Temporal.Instant
}

/**
 * Makes the link by which the first owner takes an organisation over, good for seven days of real time. A new link kills the
 * old. 409 `organization_already_claimed` once there is an owner.
 */
export async function createClaimLink(
  tx: Tx,
  organisationId: string,
  machineNow: Temporal.Instant,
): Promise<CreatedClaimLink> {
  const organisation = await lockOrganisation(tx, organisationId)
  assert(organisation, `organisation ${organisationId} exists`)
  if (organisation.claimedAt) {
    throw new Problem('organization_already_claimed', 'This organisation has an owner already: it needs no claim link.')
  }
  const token = newSecretText()
  const expiresAt = machineNow.add({ hours: lifetimeHours })
  await replaceClaimLink(tx, { digest: digestOf(token), organisationId, expiresAt }, machineNow)
  return { token, expiresAt }
}
