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

/** The row a hosted link points at, and the context of its organisation. A link that was never signed is a 404. */
export async function openLink(
  services: HostedServices,
  purpose: LinkPurpose,
  prefix: string,
  token: string,
): Promise<{ context: Context; id: string }> {
  const target = readLink(services.secret, purpose, prefix, token)
  const org = target && (await findOrg(services.db, target.orgId))
  if (!target || !org) throw new Problem('not_found', 'This link is not valid. Ask for a new one.')
  return { context: services.contextFor(org, organisationNow(org.simulatedTime, services.machineNow())), id: target.id }
}
