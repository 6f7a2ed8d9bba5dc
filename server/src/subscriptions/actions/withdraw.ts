import assert from 'node:assert/strict'
import { runDue } from '#billing/actions/run-due.ts'
import type { BillingServices } from '#billing/actions/take-steps.ts'
import { inTransaction } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import { performRefund } from '#payments/actions/refund-transaction.ts'
import { supersedeAction } from '#payments/actions/supersede-action.ts'
import { listWaitingSteps } from '#payments/attempt-lists.store.ts'
import type { PaymentProvider } from '#payments/provider.ts'
import { providerOf } from '#payments/services.ts'
import { Problem } from '#problem.ts'
import { refuseUnlessOpen } from '#subscriptions/actions/contract-standing.ts'
import { declareWithdrawal } from '#subscriptions/actions/declare-withdrawal.ts'
import { type ContractFacts, readContract } from '#subscriptions/actions/read-contract.ts'
import type { WithdrawalRecord } from '#subscriptions/withdrawals.store.ts'

/**
 * Withdraws from a contract (`sub_…`, or `inv_…` of a purchase): records it with its moment, ends the subscription, tells the customer and
 * the operators, and gives back everything that was paid. What is recorded stays so: whoever dies before the money is back leaves it to
 * the sweeper of refunds. Asked for again, the answer is the first one. 404 not_found, 409 charge_in_progress while money of it moves,
 * 409 invalid_subscription_status where there is nothing to withdraw from: then nothing is done at all.
 */
export async function withdraw(
  services: BillingServices,
  context: Context,
  contractId: string,
): Promise<WithdrawalRecord> {
  const { org } = context
  const found = await readContract(services.db, org.id, contractId)
  if (!found) throw new Problem('not_found', 'There is no contract here to withdraw from.')
  if (found.withdrawal) return found.withdrawal
  // Before anything is done: a link that is good no more ends no bank's step and bills nothing.
  await refuseUnlessOpen(services.db, context, found)
  await settleBefore(services, context, found)
  const paid = (await readContract(services.db, org.id, contractId))?.charges ?? []
  const providers = new Map<string, PaymentProvider>()
  for (const charge of paid) {
    const provider = await providerOf(services, org.id, charge)
    if (provider) providers.set(charge.id, provider)
  }
  const { withdrawal, refunds } = await inTransaction(services.db, (tx) =>
    declareWithdrawal(tx, context, contractId, new Set(providers.keys())),
  )
  await services.crashPoint?.('withdrawal.recorded')
  for (const begun of refunds) {
    const provider = providers.get(begun.attempt.id)
    assert(provider, `${begun.attempt.id} can be given back`)
    await performRefund(services, context, { ...begun, provider })
  }
  return withdrawal
}

// What a bank still asks about is given up, and periods that ended before are billed as what they were.
async function settleBefore(
  services: BillingServices,
  context: Context,
  { kind, subscription: { id } }: ContractFacts,
): Promise<void> {
  if (kind === 'purchase') return
  for (const waiting of await listWaitingSteps(services.db, context.org.id, id)) {
    await supersedeAction(services, context, waiting)
  }
  await runDue(services, context.org, id, context.now)
}
