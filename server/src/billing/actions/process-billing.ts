import { type BillingServices, runDue } from '#billing/actions/run-due.ts'
import { findDue } from '#billing/due.store.ts'
import type { Org } from '#organisations/org.ts'

export type BillingRun = {
  readonly customersFound: number
  /** Customers whose due steps were run. */
  readonly processed: number
  readonly failed: number
}

export type RunLimits = {
  readonly until: Temporal.Instant
  readonly share?: number
  readonly concurrency: number
  /** Stop taking more subscriptions when this many were run; absent = all. */
  readonly most?: number
  readonly signal?: AbortSignal
  readonly onFailure: (subscriptionId: string, error: unknown) => void
}

const pageSize = 200

/**
 * Runs everything due in one organisation up to a moment, page by page, so that memory does not grow with the number of due
 * subscriptions; a slow or failing one holds up nobody else's.
 */
export async function processBilling(services: BillingServices, org: Org, limits: RunLimits): Promise<BillingRun> {
  let failed = 0
  let found = 0
  let after: string | null = null
  for (;;) {
    const page = await findDue(
      services.db,
      {
        orgId: org.id,
        until: limits.until,
        limit: pageSize,
        ...(limits.share === undefined ? {} : { share: limits.share }),
      },
      after,
    )
    const waiting = [...page]
    const lane = async () => {
      for (let next = waiting.shift(); next && !limits.signal?.aborted; next = waiting.shift()) {
        found += 1
        if (!(await runOne(services, org, next.id, limits))) failed += 1
      }
    }
    await Promise.all(Array.from({ length: limits.concurrency }, lane))
    const isDone =
      page.length < pageSize || limits.signal?.aborted || (limits.most !== undefined && found >= limits.most)
    if (isDone) return { customersFound: found, processed: found - failed, failed }
    after = page.at(-1)?.id ?? null
  }
}

async function runOne(services: BillingServices, org: Org, id: string, limits: RunLimits): Promise<boolean> {
  try {
    return !(await runDue(services, org, id, limits.until)).failed
  } catch (error) {
    limits.onFailure(id, error)
    return false
  }
}
