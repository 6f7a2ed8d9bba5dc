import type { CustomerRecord } from '#customers/customer.ts'
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
  context: Context,
  contractId: string,
  contract: Contract,
): Promise<WithdrawalOffer | null> {
  const offer = offerOf(context, contractId, contract)
  return offer && (await findSettings(db, context.org.id)).withdrawalEnabled ? offer : null
}

function offerOf({ org, now, links }: Context, contractId: string, contract: Contract): WithdrawalOffer | null {
  const standing = mayWithdraw(contract, now)
  return standing.kind === 'open' ? { url: links.withdrawal(org.id, contractId), lastDay: standing.lastDay } : null
}

type WithdrawalFact = { readonly withdrawal?: { readonly url: string; readonly lastDay: string } }

/** The same as a fact of the mail about a contract that a customer concludes at this moment. */
export async function withdrawalFact(
  tx: Tx,
  context: Context,
  contractId: string,
  customerId: string,
): Promise<WithdrawalFact> {
  const customer = (await findCustomersById(tx, context.org.id, [customerId])).get(customerId)
  return factOf(await offerWithdrawal(tx, context, contractId, concludedNow(context, customer)))
}

/** The same where the customer is at hand, on a side whose settings allow withdrawals. */
export function withdrawalFactFor(
  context: Context,
  contractId: string,
  customer: CustomerRecord | undefined,
): WithdrawalFact {
  return factOf(offerOf(context, contractId, concludedNow(context, customer)))
}

function concludedNow({ now }: Context, customer: CustomerRecord | undefined): Contract {
  const { address = null, taxDocument = null } = customer ?? {}
  return { concludedAt: now, country: address?.country ?? null, taxDocument }
}

function factOf(offer: WithdrawalOffer | null): WithdrawalFact {
  return offer ? { withdrawal: { url: offer.url, lastDay: offer.lastDay.toString() } } : {}
}
