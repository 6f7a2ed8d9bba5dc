import assert from 'node:assert/strict'
import type { Db } from '#database/transaction.ts'
import type { Org } from '#organisations/org.ts'
import { hearProviders } from '#payments/actions/hear-providers.ts'
import { findAttempt } from '#payments/attempts.store.ts'
import type { Dispute } from '#payments/dispute.ts'
import { findDisputeOf } from '#payments/disputes.store.ts'
import type { DisputeOutcome } from '#payments/provider.ts'
import type { SimulatedProcessor } from '#payments/providers/simulated/processor.ts'
import type { PaymentServices } from '#payments/services.ts'
import { Problem } from '#problem.ts'

export type TestDisputeServices = PaymentServices & { readonly processor: SimulatedProcessor }

const eventsHeard = 1000

/** Lets the bank dispute a charge of the sandbox: 409 invalid_subscription_status when it cannot be disputed (again). */
export async function openTestDispute(
  services: TestDisputeServices,
  org: Org,
  transactionId: string,
  reason: string,
): Promise<Dispute> {
  const reference = await requireCharge(services.db, org, transactionId)
  const disputed = await services.processor.dispute(reference, reason)
  if (!disputed) throw notPossible(`The transaction ${transactionId} cannot be disputed (again).`)
  return heard(services, org, transactionId)
}

/** Lets the bank decide: 409 invalid_subscription_status when no dispute about the charge is open. */
export async function resolveTestDispute(
  services: TestDisputeServices,
  org: Org,
  transactionId: string,
  outcome: DisputeOutcome,
): Promise<Dispute> {
  const reference = await requireCharge(services.db, org, transactionId)
  const decided = await services.processor.decide(reference, outcome)
  if (!decided) throw notPossible(`No dispute about the transaction ${transactionId} is open.`)
  return heard(services, org, transactionId)
}

async function requireCharge(db: Db, org: Org, id: string): Promise<string> {
  const attempt = await findAttempt(db, org.id, id)
  if (attempt?.kind !== 'charge') throw new Problem('transaction_not_found', `There is no transaction ${id}.`)
  if (org.livemode) throw new Problem('sandbox_only', 'Banks dispute by themselves: this tool exists in sandbox only.')
  if (attempt.provider === 'commet' && attempt.providerReference !== null) return attempt.providerReference
  throw notPossible(`The transaction ${id} was not charged by the simulated processor.`)
}

// The processor tells what happened like any provider: what is shown is what was heard.
async function heard(services: TestDisputeServices, { id: orgId }: Org, transactionId: string): Promise<Dispute> {
  await hearProviders(services, eventsHeard)
  const dispute = await findDisputeOf(services.db, orgId, transactionId)
  assert(dispute, `the dispute about ${transactionId} was heard`)
  return dispute
}

function notPossible(message: string): Problem {
  return new Problem('invalid_subscription_status', message)
}
