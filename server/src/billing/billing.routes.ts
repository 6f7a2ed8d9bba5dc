import { setTimeout as wait } from 'node:timers/promises'
import { processBilling } from '#billing/actions/process-billing.ts'
import type { BillingServices } from '#billing/actions/run-due.ts'
import { processBillingOperation } from '#billing/billing.contract.ts'
import { isCollecting } from '#billing/due.store.ts'
import type { Db } from '#database/transaction.ts'
import { type Route, route } from '#http/operation.ts'
import { Problem } from '#problem.ts'

export type BillingRouteServices = BillingServices & {
  readonly onBillingFailure: (subscriptionId: string, error: unknown) => void
}

const mostPerRequest = 1000
const longestWaitMs = 10_000

const run = (services: BillingRouteServices) =>
  route(processBillingOperation, async (_db, { org, now }) => {
    if (org.livemode)
      throw new Problem('sandbox_only', 'The test clock exists in sandbox only: in live mode billing runs by itself.')
    const report = await processBilling(services, org, {
      until: now,
      concurrency: 4,
      most: mostPerRequest,
      onFailure: services.onBillingFailure,
    })
    await collectionsEnd(services.db, org.id)
    return {
      customersFound: report.customersFound,
      enqueued: report.customersFound,
      failed: report.failed,
      dunningRetried: 0,
      dunningFailed: 0,
      object: 'test_clock' as const,
      livemode: org.livemode,
    }
  })

// A worker may have taken some of it: whoever reads invoices after this answer finds their charges settled.
async function collectionsEnd(db: Db, orgId: string): Promise<void> {
  const giveUpAt = performance.now() + longestWaitMs
  while ((await isCollecting(db, orgId)) && performance.now() < giveUpAt) await wait(50)
}

export const billingRoutes = (services: BillingRouteServices): Route[] => [run(services)]
