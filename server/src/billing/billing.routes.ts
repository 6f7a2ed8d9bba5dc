import { processBilling } from '#billing/actions/process-billing.ts'
import type { BillingServices } from '#billing/actions/take-steps.ts'
import { processBillingOperation } from '#billing/billing.contract.ts'
import { type Route, route } from '#http/operation.ts'
import { hearProviders } from '#payments/actions/hear-providers.ts'
import { Problem } from '#problem.ts'

const mostPerRequest = 1000

const run = (services: BillingServices) =>
  route(processBillingOperation, async (_db, { org, now }) => {
    if (org.livemode)
      throw new Problem('sandbox_only', 'The test clock exists in sandbox only: in live mode billing runs by itself.')
    // A dispute that the processor has is there before anything is billed.
    await hearProviders(services, mostPerRequest)
    const report = await processBilling(services, org, {
      until: now,
      lanes: 4,
      charges: 16,
      mostCustomers: mostPerRequest,
      // A worker may have taken some of it: whoever reads invoices after this answer finds their charges settled.
      patienceMs: 10_000,
      resting: new Set(),
      onFailure: services.onBillingFailure,
    })
    return {
      customersFound: report.customersFound,
      enqueued: report.customersFound,
      failed: report.failed,
      dunningRetried: report.dunningRetried,
      dunningFailed: report.dunningFailed,
      object: 'test_clock' as const,
      livemode: org.livemode,
    }
  })

export const billingRoutes = (services: BillingServices): Route[] => [run(services)]
