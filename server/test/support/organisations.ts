import assert from 'node:assert/strict'
import type { Db } from '#database/transaction.ts'
import { newId } from '#id.ts'
import { createLinks } from '#links.ts'
import type { Context, Org } from '#organisations/org.ts'
import { insertOrganisation } from '#organisations/organisations.store.ts'
import { findOrg } from '#organisations/sides.store.ts'
import { utcDay } from '#time/period.ts'

/** When things happen in tests that do not say otherwise. */
export const noon = Temporal.Instant.from('2026-06-16T12:00:00Z')

const links = createLinks('http://127.0.0.1:4242', Buffer.alloc(32, 7))

/** What an action is told about a request of a side. */
export function contextAt(org: Org, now: Temporal.Instant = noon): Context {
  return { org, now, today: utcDay(now), requestId: newId('req'), apiVersion: '2026-07-11', links, idempotency: null }
}

/** A new organisation without keys. */
export async function newOrganisation(db: Db): Promise<{ id: string; live: Org; sandbox: Org }> {
  const organisation = {
    id: newId('org'),
    name: 'Acme',
    liveOrgId: newId('org'),
    sandboxOrgId: newId('org'),
    claimedAt: null,
  }
  await db.transaction().execute((tx) => insertOrganisation(tx, organisation, noon))
  const live = await findOrg(db, organisation.liveOrgId)
  const sandbox = await findOrg(db, organisation.sandboxOrgId)
  assert(live && sandbox)
  return { id: organisation.id, live, sandbox }
}
