import { currencyOf, type Region } from '#catalogue/region.ts'
import type { Db, Tx } from '#database/transaction.ts'
import { quoteInvoice } from '#invoicing/actions/quote-invoice.ts'
import { creditIn } from '#invoicing/customer-credit.store.ts'
import type { DraftLine, InvoiceType } from '#invoicing/invoice-draft.ts'
import type { PricedInvoice } from '#invoicing/price-invoice.ts'
import { refuseTooLarge, refuseTooMuchCredit } from '#invoicing/refuse-too-large.ts'
import { minimumCharge } from '#money/currency.ts'
import type { Context } from '#organisations/org.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'

/** What a priced change comes to, minor units. `due` is what is charged: nothing where it is too little, and its lines wait. */
export type ChangeTotal = PricedInvoice & { readonly due: bigint; readonly waits: boolean }

/** The total of an invoice of a change as it would be issued now: customer credit and tax with it. Writes nothing. */
export async function totalOfChange(
  tx: Tx,
  context: Context,
  { customerId }: SubscriptionRecord,
  {
    kept = 0n,
    ...charged
  }: { readonly type: InvoiceType; readonly lines: readonly DraftLine[]; readonly kept?: bigint },
  region: Region,
): Promise<ChangeTotal> {
  const currency = currencyOf(region)
  const priced = await quoteInvoice(tx, context, { ...charged, customer: { id: customerId }, currency })
  refuseTooLarge(priced)
  // What is left of the unused time is added to the customer's credit.
  if (kept > 0n) refuseTooMuchCredit(await creditIn(tx, context.org.id, customerId, currency), kept)
  const waits = priced.total > 0n && priced.total < minimumCharge(currency)
  return { ...priced, waits, due: waits ? 0n : priced.total }
}

/** The customer's credit in the subscription's currency, minor units. */
export function creditOf(db: Db, orgId: string, { customerId, currency }: SubscriptionRecord): Promise<bigint> {
  return creditIn(db, orgId, customerId, currency)
}
