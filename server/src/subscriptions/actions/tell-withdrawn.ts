import { publicCustomerId } from '#customers/customer.ts'
import type { Tx } from '#database/transaction.ts'
import { insertOperatorMail } from '#mail/mail.store.ts'
import { queueAskedMail } from '#mail/outbox.ts'
import type { Context } from '#organisations/org.ts'
import type { ContractFacts } from '#subscriptions/actions/read-contract.ts'
import type { WithdrawalRecord } from '#subscriptions/withdrawals.store.ts'

/** Confirms a withdrawal to the customer, and tells the operators of it. */
export async function tellWithdrawn(
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
