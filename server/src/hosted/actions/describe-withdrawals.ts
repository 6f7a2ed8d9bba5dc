import type * as z from 'zod'
import type { Db } from '#database/transaction.ts'
import type { Portal } from '#hosted/portal.contract.ts'
import { findInvoicesOfSubscription } from '#invoicing/invoices.store.ts'
import type { Context } from '#organisations/org.ts'
import { findSettings } from '#organisations/settings.store.ts'
import { standingOf } from '#subscriptions/actions/contract-standing.ts'
import { type ContractFacts, readContract } from '#subscriptions/actions/read-contract.ts'
import { isPurchase, mayWithdraw } from '#subscriptions/withdrawal.ts'

type Offer = z.output<typeof Portal>['withdrawals'][number]

/** Longer than anybody has to withdraw. */
const daysToLookBack = 30

/** The contracts that a customer can withdraw from now: the subscription, and what was bought beside it. */
export async function describeWithdrawals(db: Db, context: Context, subscriptionId: string): Promise<Offer[]> {
  const { org, now } = context
  if (!(await findSettings(db, org.id)).withdrawalEnabled) return []
  const since = now.subtract({ hours: daysToLookBack * 24 })
  const paid = await findInvoicesOfSubscription(db, org.id, subscriptionId, 'paid')
  const purchases = paid.filter(
    ({ type, paidAt }) => isPurchase(type) && paidAt !== null && Temporal.Instant.compare(paidAt, since) > 0,
  )
  const offers: Offer[] = []
  for (const id of [subscriptionId, ...purchases.map((invoice) => invoice.id)]) {
    const facts = await readContract(db, org.id, id)
    const offer = facts && offerOf(context, facts)
    if (offer) offers.push(offer)
  }
  return offers
}

/** The way out of what a checkout that was completed then was for; null where there is none. */
export async function describeWithdrawal(
  db: Db,
  context: Context,
  subscriptionId: string,
  completedAt: Temporal.Instant,
): Promise<Offer | null> {
  const facts = await readContract(db, context.org.id, subscriptionId)
  // A receipt from before a reactivation is of another contract.
  if (!facts || Temporal.Instant.compare(facts.contract.concludedAt, completedAt) !== 0) return null
  if (!(await findSettings(db, context.org.id)).withdrawalEnabled) return null
  return offerOf(context, facts)
}

function offerOf({ org, now, links }: Context, facts: ContractFacts): Offer | null {
  const standing = mayWithdraw(facts.contract, now)
  if (standing.kind !== 'open' || standingOf(facts, { isEnabled: true, now }) !== 'open') return null
  return { name: facts.name, lastDay: standing.lastDay, url: links.withdrawal(org.id, facts.id) }
}
