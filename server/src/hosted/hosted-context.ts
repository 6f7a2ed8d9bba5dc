import type { Db } from '#database/transaction.ts'
import { type LinkPurpose, readLink } from '#hosted/token.ts'
import type { Context, Org } from '#organisations/org.ts'
import { findOrg } from '#organisations/sides.store.ts'
import { Problem } from '#problem.ts'
import { organisationNow } from '#time/clock.ts'

export type HostedServices = {
  readonly db: Db
  readonly secret: Buffer
  readonly contextFor: (org: Org, now: Temporal.Instant) => Context
  readonly machineNow: () => Temporal.Instant
}

/**
 * The row a hosted link points at, and the context of its organisation. A link that was never signed is a 404. `limit` is told
 * the row's id as soon as the signature holds, before anything is read; what it throws is the answer.
 */
export async function openLink(
  services: HostedServices,
  purpose: LinkPurpose,
  prefix: string,
  token: string,
  limit: (id: string) => void,
): Promise<{ context: Context; id: string }> {
  const target = readLink(services.secret, purpose, prefix, token)
  if (target) limit(target.id)
  const org = target && (await findOrg(services.db, target.orgId))
  if (!target || !org) throw new Problem('not_found', 'This link is not valid. Ask for a new one.')
  return { context: services.contextFor(org, organisationNow(org.simulatedTime, services.machineNow())), id: target.id }
}
