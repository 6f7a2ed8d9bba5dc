import type { CustomerRecord } from '#customers/customer.ts'
import type { Tx } from '#database/transaction.ts'
import { newId } from '#id.ts'
import { noteSellerCurrency } from '#invoicing/actions/note-seller-currency.ts'
import { copiesOf } from '#invoicing/buyer.ts'
import { lockCredit, takeCredit } from '#invoicing/customer-credit.store.ts'
import { takesCredit } from '#invoicing/customer-credit.ts'
import type { DraftLine, InvoiceCause, InvoiceType } from '#invoicing/invoice-draft.ts'
import { insertTaxes } from '#invoicing/invoice-taxes.store.ts'
import { type InvoiceRecord, insertInvoices, type NewInvoice } from '#invoicing/invoices.store.ts'
import { toInvoiceEvent } from '#invoicing/invoices.view.ts'
import { type PricedInvoice, priceInvoices } from '#invoicing/price-invoice.ts'
import { isTooLarge, totalTooLarge } from '#invoicing/refuse-too-large.ts'
import type { Context } from '#organisations/org.ts'
import { decideTaxes } from '#tax/actions/decide-taxes.ts'
import type { TaxDecision } from '#tax/treatment.ts'
import { recordEvents } from '#webhooks/outbox.ts'

export type InvoiceToIssue = {
  readonly type: InvoiceType
  /** Null for what may be issued any number of times. */
  readonly cause: InvoiceCause | null
  readonly customer: { readonly id: string; readonly publicId: string }
  /** Null for what is bought outside of any subscription. */
  readonly subscriptionId: string | null
  readonly windowNumber: number | null
  readonly currency: string
  readonly planName: string | null
  readonly periodStart: Temporal.PlainDate
  readonly periodEnd: Temporal.PlainDate
  readonly lines: readonly DraftLine[]
  /** What tax is charged, where that was decided before; else it follows from the customer. */
  readonly tax?: TaxDecision
  /** Whose details are copied into it now; null for a checkout's invoice, which is finalised by its payment. */
  readonly finalFor: CustomerRecord | null
}

/**
 * Issues an outstanding invoice with the next number, `invoice.created` with it. Issued and due at `context.now`: charges
 * follow by themselves. Customer credit is used first, tax is on what is left. A step that was invoiced already violates `invoice_once`.
 * 422 where it comes to more than JSON can hold.
 */
export async function issueInvoice(tx: Tx, context: Context, invoice: InvoiceToIssue): Promise<InvoiceRecord> {
  const [issued] = await issueInvoices(tx, context, [invoice])
  if (!issued) throw totalTooLarge()
  return issued
}

/**
 * Issues several invoices of one moment, numbered in their order, and gives them in it. Null for one that comes to more than JSON can
 * hold: nothing of it is issued.
 */
export async function issueInvoices(
  tx: Tx,
  context: Context,
  invoices: readonly InvoiceToIssue[],
): Promise<(InvoiceRecord | null)[]> {
  if (invoices.length === 0) return []
  const priced = await priceAll(tx, context, invoices)
  const issued = await write(
    tx,
    context,
    priced.filter(({ price }) => !isTooLarge(price)),
  )
  const inOrder = issued.values()
  return priced.map(({ price }) => (isTooLarge(price) ? null : (inOrder.next().value ?? null)))
}

async function write(
  tx: Tx,
  context: Context,
  priced: readonly { readonly invoice: InvoiceToIssue; readonly price: PricedInvoice }[],
): Promise<InvoiceRecord[]> {
  if (priced.length === 0) return []
  const { org, now } = context
  const drafts = priced.map((one) => ({ id: newId('inv'), ...one }))
  const rows = drafts.map(({ id, invoice, price }) => rowOf(id, invoice, price, now))
  const written = await insertInvoices(tx, org.id, org.invoicePrefix, rows)
  const issued = await noteSellerCurrency(tx, org.id, written)
  const uses = drafts.flatMap(({ id, price }) => price.creditUses.map((use) => ({ ...use, invoiceId: id })))
  await takeCredit(tx, org.id, uses, now)
  await insertTaxes(
    tx,
    org.id,
    drafts.map(({ id, price }) => ({ invoiceId: id, taxes: price.taxes })),
  )
  const publicIds = new Map(priced.map(({ invoice: { customer } }) => [customer.id, customer.publicId]))
  await recordEvents(
    tx,
    context,
    issued.map((invoice) => ({
      type: 'invoice.created',
      customerId: invoice.customerId,
      data: toInvoiceEvent(invoice, publicIds.get(invoice.customerId) ?? invoice.customerId),
    })),
  )
  return issued
}

// Each question is asked once for all of them; what is priced is what is locked and taken.
async function priceAll(tx: Tx, context: Context, invoices: readonly InvoiceToIssue[]) {
  const customersOf = (some: readonly InvoiceToIssue[]) => some.map(({ customer }) => customer.id)
  const takers = invoices.filter(({ type }) => takesCredit(type))
  const undecided = invoices.filter(({ tax }) => !tax)
  const taxes = undecided.length === 0 ? new Map() : await decideTaxes(tx, context, customersOf(undecided))
  const credits = await lockCredit(tx, context.org.id, customersOf(takers))
  return priceInvoices(invoices, { credits, taxes })
}

function rowOf(id: string, invoice: InvoiceToIssue, price: PricedInvoice, now: Temporal.Instant): NewInvoice {
  const { creditUses: _uses, taxes: _taxes, ...amounts } = price
  return {
    id,
    customerId: invoice.customer.id,
    subscriptionId: invoice.subscriptionId,
    status: 'outstanding',
    type: invoice.type,
    cause: invoice.cause,
    windowNumber: invoice.windowNumber,
    currency: invoice.currency,
    ...amounts,
    periodStart: invoice.periodStart,
    periodEnd: invoice.periodEnd,
    issuedAt: now,
    dueAt: now,
    finalisedAt: invoice.finalFor ? now : null,
    ...(invoice.finalFor ? copiesOf(invoice.finalFor, { poNumber: null }) : { buyer: null, poNumber: null }),
    paidAt: null,
    voidedAt: null,
    planName: invoice.planName,
    memo: null,
    reference: null,
    createdAt: now,
    updatedAt: now,
  }
}
