import assert from 'node:assert/strict'
import { isDue } from '#billing/actions/run-due.ts'
import { lockCustomer } from '#customers/customers.store.ts'
import type { Tx } from '#database/transaction.ts'
import { findInvoicesOfSubscription } from '#invoicing/invoices.store.ts'
import { refuseWhileChanging } from '#metering/actions/refuse-while-changing.ts'
import type { Context, Org } from '#organisations/org.ts'
import { type Begun, recordRefund } from '#payments/actions/refund-transaction.ts'
import { findBeingPaid, findStartedCollections } from '#payments/attempt-lists.store.ts'
import { lockAttempts } from '#payments/attempts.store.ts'
import { Problem } from '#problem.ts'
import { refuseUnlessOpen } from '#subscriptions/actions/contract-standing.ts'
import { endWithdrawn } from '#subscriptions/actions/end-withdrawn.ts'
import { type ContractFacts, readContract } from '#subscriptions/actions/read-contract.ts'
import { tellWithdrawn } from '#subscriptions/actions/tell-withdrawn.ts'
import { lockSubscription } from '#subscriptions/subscriptions.store.ts'
import { refundOf } from '#subscriptions/withdrawal.ts'
import { countWithdrawals, insertWithdrawal, type WithdrawalRecord } from '#subscriptions/withdrawals.store.ts'

type Declared = { readonly withdrawal: WithdrawalRecord; readonly refunds: readonly Begun[] }

/**
 * Records the withdrawal from a contract, ends it, begins to give back the charges whose providers can be asked (`reachable`), and tells
 * everybody of it. One that is recorded already is answered with what was recorded. 409 as `withdraw`.
 */
export async function declareWithdrawal(
  tx: Tx,
  context: Context,
  contractId: string,
  reachable: ReadonlySet<string>,
): Promise<Declared> {
  const { org, now } = context
  const facts = await lockContract(tx, org, contractId)
  if (facts.withdrawal) return { withdrawal: facts.withdrawal, refunds: [] }
  await refuseUnlessOpen(tx, context, facts)
  await refuseWhileMoving(tx, context, facts)
  const { charges, disputed, byHand } = refundOf(facts.charges, facts.invoices)
  const refunds: Begun[] = []
  for (const charge of charges.filter(({ id }) => reachable.has(id))) {
    const begun = await recordRefund(tx, context, charge)
    if (begun) refunds.push(begun)
  }
  const unreachable = charges.filter(({ id }) => !reachable.has(id))
  const withdrawal: WithdrawalRecord = {
    contractId,
    concludedAt: facts.contract.concludedAt,
    conclusion: facts.conclusion,
    subscriptionId: facts.subscription.id,
    customerId: facts.customer.id,
    name: facts.name,
    declaredAt: now,
    amount: refunds.reduce((sum, { refund }) => sum + refund.amount, 0n),
    byHand: unreachable.reduce((sum, { amount }) => sum + amount, byHand),
    currency: facts.subscription.currency,
    disputed: disputed.map(({ id }) => id),
  }
  const earlier = await countWithdrawals(tx, org.id, facts.customer.id)
  await insertWithdrawal(tx, org.id, withdrawal)
  if (facts.kind === 'subscription') await endWithdrawn(tx, context, facts)
  await tellWithdrawn(tx, context, facts, { ...withdrawal, earlier })
  return { withdrawal, refunds }
}

// Customer, subscription, charges: the one order of locks.
async function lockContract(tx: Tx, org: Org, contractId: string): Promise<ContractFacts> {
  const found = await readContract(tx, org.id, contractId)
  assert(found, `contract ${contractId} exists`)
  await lockCustomer(tx, org.id, found.customer.id)
  await lockSubscription(tx, org.id, found.subscription.id)
  await lockAttempts(
    tx,
    org.id,
    found.charges.map(({ id }) => id),
  )
  const facts = await readContract(tx, org.id, contractId)
  assert(facts, `contract ${contractId} exists`)
  return facts
}

// How that ends decides what goes back.
async function refuseWhileMoving(tx: Tx, context: Context, { kind, subscription }: ContractFacts): Promise<void> {
  const { org, now } = context
  if (kind === 'purchase') return
  await refuseWhileChanging(tx, org, subscription.id)
  const outstanding = await findInvoicesOfSubscription(tx, org.id, subscription.id, 'outstanding')
  const paying = await findBeingPaid(
    tx,
    org.id,
    outstanding.map(({ id }) => id),
  )
  const started = await findStartedCollections(tx, org.id, [subscription.id])
  if (paying.size === 0 && started.length === 0 && !isDue(subscription, now)) return
  throw new Problem('charge_in_progress', 'A payment of this contract is under way. Try again in a minute.')
}
