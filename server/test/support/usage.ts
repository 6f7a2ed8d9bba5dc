import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { Db } from '#database/transaction.ts'
import { StaleOrganisation } from '#http/operation.ts'
import { trackUsage, type UsageReport } from '#metering/actions/track-usage.ts'
import type { Metering } from '#metering/metering.ts'
import type { Context, Org } from '#organisations/org.ts'
import { findOrg } from '#organisations/sides.store.ts'
import { Problem } from '#problem.ts'
import { contextAt } from './organisations.ts'

/** What became of a report: the event's id, or the code of the refusal. */
export type Reported = { readonly id: string; readonly isReplay: boolean } | { readonly refused: string }

/** Reports usage as a request does: a stale organisation is read anew and the request runs again. */
export async function report(metering: Metering, context: Context, usage: UsageReport): Promise<Reported> {
  try {
    const { event, isReplay } = await trackUsage(metering, context, usage)
    return { id: event.id, isReplay }
  } catch (error) {
    if (error instanceof Problem) return { refused: error.code }
    if (!(error instanceof StaleOrganisation)) throw error
    const org = await findOrg(metering.db, context.org.id)
    if (!org) throw error
    return report(metering, { ...context, org }, usage)
  }
}

/** A request with an Idempotency-Key; `body` stands for what the request says. */
export function withKey(org: Org, key: string, body = ''): Context {
  return { ...contextAt(org), idempotency: { key, fingerprint: createHash('sha256').update(body).digest() } }
}

export function isRecorded(reported: Reported): boolean {
  return 'id' in reported && !reported.isReplay
}

export function countRefused(all: readonly Reported[], code: string): number {
  return all.filter((one) => 'refused' in one && one.refused === code).length
}

/** Every counter of the organisation beside the sum of its events: what the first says, the second must say. */
export async function countersAndEvents(
  db: Db,
  org: Org,
): Promise<{ counter: string; counted: string; recorded: string }[]> {
  const { rows } = await sql<{ counter: string; counted: string; recorded: string }>`
    select coalesce(c.subscription_id, e.subscription_id) || ' ' || coalesce(c.window_number, e.window_number) as counter,
      coalesce(c.total, 0)::numeric(38, 6) || ' in ' || coalesce(c.events, 0) as counted,
      coalesce(e.total, 0)::numeric(38, 6) || ' in ' || coalesce(e.events, 0) as recorded
    from (select * from usage_counter where org_id = ${org.id}) c
    full join (
      select subscription_id, feature_id, window_number, sum(quantity) as total, count(*) as events
      from usage_event where org_id = ${org.id} group by 1, 2, 3
    ) e using (subscription_id, feature_id, window_number)
    order by 1`.execute(db)
  return rows
}
