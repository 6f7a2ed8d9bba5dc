import assert from 'node:assert/strict'
import { isDue, runDue } from '#billing/actions/run-due.ts'
import type { BillingServices } from '#billing/actions/take-steps.ts'
import { publicCustomerId } from '#customers/customer.ts'
import { lockCustomer } from '#customers/customers.store.ts'
import { type Db, inTransaction, type Tx } from '#database/transaction.ts'
import { voidInvoice } from '#invoicing/actions/void-invoice.ts'
import { returnCredit, revokeGranted } from '#invoicing/customer-credit.store.ts'
import { findInvoicesOfSubscription, type InvoiceRecord } from '#invoicing/invoices.store.ts'
import { insertOperatorMail } from '#mail/mail.store.ts'
import { queueAskedMail } from '#mail/outbox.ts'
import { refuseWhileChanging } from '#metering/actions/refuse-while-changing.ts'
import type { Context, Org } from '#organisations/org.ts'
import { findSettings } from '#organisations/settings.store.ts'
import { type Begun, performRefund, recordRefund } from '#payments/actions/refund-transaction.ts'
import { supersedeAction } from '#payments/actions/supersede-action.ts'
import { findBeingPaid, findStartedCollections, listWaitingSteps } from '#payments/attempt-lists.store.ts'
import { lockAttempts } from '#payments/attempts.store.ts'
import type { PaymentProvider } from '#payments/provider.ts'
import { providerOf } from '#payments/services.ts'
import { Problem } from '#problem.ts'
import { endForgiven } from '#subscriptions/actions/end-forgiven.ts'
import { type ContractFacts, readContract } from '#subscriptions/actions/read-contract.ts'
import { endPending } from '#subscriptions/actions/replace-pending.ts'
import { findOpenChange } from '#subscriptions/plan-changes.store.ts'
import { lockSubscription } from '#subscriptions/subscriptions.store.ts'
import { mayWithdraw, refundOf, withdrawn } from '#subscriptions/withdrawal.ts'
import { countWithdrawals, insertWithdrawal, type WithdrawalRecord } from '#subscriptions/withdrawals.store.ts'

/** How a contract stands for its customer. `settled`: nothing of it runs or can be given back any more. */
export type ContractStanding = 'open' | 'withdrawn' | 'over' | 'settled' | 'none'

/** Whether a contract can be withdrawn from now. */
export function standingOf(
  facts: ContractFacts,
  { isEnabled, now }: { readonly isEnabled: boolean; readonly now: Temporal.Instant },
): ContractStanding {
  if (facts.withdrawal) return 'withdrawn'
  const { kind } = mayWithdraw(facts.contract, now)
  if (!isEnabled || kind === 'none') return 'none'
  if (kind === 'over') return 'over'
  const runs = facts.kind === 'subscription' && facts.subscription.status !== 'canceled'
  const { charges, byHand } = refundOf(facts.charges, facts.invoices)
  return runs || charges.length > 0 || byHand > 0n ? 'open' : 'settled'
}

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
    declare(tx, context, contractId, new Set(providers.keys())),
  )
  await services.crashPoint?.('withdrawal.recorded')
  for (const begun of refunds) {
    const provider = providers.get(begun.attempt.id)
    assert(provider, `${begun.attempt.id} can be given back`)
    await performRefund(services, context, { ...begun, provider })
  }
  return withdrawal
}

async function refuseUnlessOpen(db: Db, { org, now }: Context, facts: ContractFacts): Promise<void> {
  const { withdrawalEnabled: isEnabled } = await findSettings(db, org.id)
  if (standingOf(facts, { isEnabled, now }) === 'open') return
  throw new Problem('invalid_subscription_status', 'This contract cannot be withdrawn from (any more).')
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

type Declared = { readonly withdrawal: WithdrawalRecord; readonly refunds: readonly Begun[] }

async function declare(
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
  if (facts.kind === 'subscription') await end(tx, context, facts)
  await tell(tx, context, facts, { ...withdrawal, earlier })
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

async function end(tx: Tx, context: Context, facts: ContractFacts): Promise<void> {
  const { org, now } = context
  const { subscription, customer, invoices, contract } = facts
  for (const invoice of await unpaid(tx, org, subscription.id, contract.concludedAt)) {
    await voidInvoice(tx, context, invoice, publicCustomerId(customer))
  }
  // What they brought with them is theirs again; what their payments had become goes back as money, and once.
  for (const { id } of invoices) await returnCredit(tx, org.id, id, now)
  await revokeGranted(
    tx,
    org.id,
    invoices.map(({ id }) => id),
    now,
  )
  switch (subscription.status) {
    case 'canceled':
      return
    case 'draft':
    case 'pending_payment':
      await endPending(tx, context, subscription, customer, withdrawn)
      return
    default:
      await endForgiven(tx, context, subscription, customer, withdrawn)
  }
}

// What a change of plan waits for ends with the change, what would begin the subscription anew with time.
async function unpaid(
  tx: Tx,
  org: Org,
  subscriptionId: string,
  since: Temporal.Instant,
): Promise<readonly InvoiceRecord[]> {
  const outstanding = await findInvoicesOfSubscription(tx, org.id, subscriptionId, 'outstanding')
  const change = await findOpenChange(tx, org.id, subscriptionId)
  return outstanding.filter(
    ({ id, type, issuedAt }) =>
      id !== change?.invoiceId && type !== 'reactivation' && Temporal.Instant.compare(issuedAt, since) >= 0,
  )
}

async function tell(
  tx: Tx,
  context: Context,
  facts: ContractFacts,
  withdrawal: WithdrawalRecord & { readonly earlier: bigint },
): Promise<void> {
  const { customer, subscription, kind } = facts
  const { name, amount, byHand, currency, declaredAt, earlier } = withdrawal
  const about = { contractName: name, withdrawnAt: declaredAt.toString({ smallestUnit: 'second' }), currency }
  await queueAskedMail(tx, context, customer.id, 'withdrawal_receipt', {
    ...about,
    amount: (amount + byHand).toString(),
    isSubscription: kind === 'subscription',
  })
  const declared = {
    ...about,
    amount: amount.toString(),
    byHand: byHand.toString(),
    earlier: earlier.toString(),
    customer: customer.fullName ?? customer.email,
    customerId: publicCustomerId(customer),
    subscriptionId: subscription.id,
  }
  await insertOperatorMail(tx, context.org.id, { kind: 'withdrawal_declared', facts: declared }, context.now)
}
