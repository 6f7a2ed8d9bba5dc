import { findCustomersById } from '#customers/customers.store.ts'
import type { Db, Tx } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import { findSettings } from '#organisations/settings.store.ts'
import { type Contract, mayWithdraw } from '#subscriptions/withdrawal.ts'

/** Where a customer withdraws from a contract, and until when. */
export type WithdrawalOffer = { readonly url: string; readonly lastDay: Temporal.PlainDate }

/** The way to withdraw from a contract (`sub_…`, or `inv_…` of a purchase); null where there is none, or not any more. */
export async function offerWithdrawal(
  db: Db,
  { org, now, links }: Context,
  contractId: string,
  contract: Contract,
): Promise<WithdrawalOffer | null> {
  const standing = mayWithdraw(contract, now)
  if (standing.kind !== 'open' || !(await findSettings(db, org.id)).withdrawalEnabled) return null
  return { url: links.withdrawal(org.id, contractId), lastDay: standing.lastDay }
}

/** The same as a fact of the mail about a contract that a customer concludes at this moment. */
export async function withdrawalFact(
  tx: Tx,
  context: Context,
  contractId: string,
  customerId: string,
): Promise<{ readonly withdrawal?: { readonly url: string; readonly lastDay: string } }> {
  const customer = (await findCustomersById(tx, context.org.id, [customerId])).get(customerId)
  const { address = null, taxDocument = null } = customer ?? {}
  const contract = { concludedAt: context.now, country: address?.country ?? null, taxDocument }
  const offer = await offerWithdrawal(tx, context, contractId, contract)
  return offer ? { withdrawal: { url: offer.url, lastDay: offer.lastDay.toString() } } : {}
}
