import type * as z from 'zod'
import { type Route, route } from '#http/operation.ts'
import { openTestDispute, resolveTestDispute, type TestDisputeServices } from '#payments/actions/test-disputes.ts'
import type { Dispute } from '#payments/dispute.ts'
import {
  createTestDisputeOperation,
  resolveTestDisputeOperation,
  type TestDispute,
} from '#payments/test-disputes.contract.ts'

const create = (services: TestDisputeServices) =>
  route(createTestDisputeOperation, async (_db, { org }, { body }) => {
    const { transactionId, reason } = body
    return shown(await openTestDispute(services, org, transactionId, reason ?? 'fraudulent'), org.livemode)
  })

const resolve = (services: TestDisputeServices) =>
  route(resolveTestDisputeOperation, async (_db, { org }, { body }) =>
    shown(await resolveTestDispute(services, org, body.transactionId, body.outcome), org.livemode),
  )

function shown(dispute: Dispute, livemode: boolean): z.output<typeof TestDispute> {
  const { id, transactionId, state: status, amount, currency, reason } = dispute
  return { id, transactionId, status, amount, currency, reason, object: 'test_dispute', livemode }
}

export const testDisputeRoutes = (services: TestDisputeServices): Route[] => [create(services), resolve(services)]
