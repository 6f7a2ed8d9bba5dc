import type { CustomerRecord } from '#customers/customer.ts'
import type { Tx } from '#database/transaction.ts'
import { newId } from '#id.ts'
import { buyerOf } from '#invoicing/buyer.ts'
import { type DraftLine, type InvoiceCause, type InvoiceType, totalsOf } from '#invoicing/invoice-draft.ts'
import { type InvoiceRecord, insertInvoice } from '#invoicing/invoices.store.ts'
import { toInvoiceEvent } from '#invoicing/invoices.view.ts'
import type { Context } from '#organisations/org.ts'
import { recordEvent } from '#webhooks/outbox.ts'

export type InvoiceToIssue = {
  readonly type: InvoiceType
  readonly cause: InvoiceCause
  readonly customer: { readonly id: string; readonly publicId: string }
  readonly subscriptionId: string
  readonly windowNumber: number
  readonly currency: string
  readonly planName: string
  readonly periodStart: Temporal.PlainDate
  readonly periodEnd: Temporal.PlainDate
  readonly lines: readonly DraftLine[]
  /** Whose details are copied into it now; null for a checkout's invoice, which is finalised by its payment. */
  readonly finalFor: CustomerRecord | null
}

/**
 * Issues an outstanding invoice with the next number, `invoice.created` with it. Issued and due at `context.now`: charges
 * follow by themselves. A step that was invoiced already violates `invoice_once`.
 */
export async function issueInvoice(tx: Tx, context: Context, invoice: InvoiceToIssue): Promise<InvoiceRecord> {
  const { org, now } = context
  const record = await insertInvoice(tx, org.id, org.invoicePrefix, {
    id: newId('inv'),
    customerId: invoice.customer.id,
    subscriptionId: invoice.subscriptionId,
    status: 'outstanding',
    type: invoice.type,
    cause: invoice.cause,
    windowNumber: invoice.windowNumber,
    currency: invoice.currency,
    ...totalsOf(invoice.lines, 0n),
    periodStart: invoice.periodStart,
    periodEnd: invoice.periodEnd,
    issuedAt: now,
    dueAt: now,
    finalisedAt: invoice.finalFor ? now : null,
    buyer: invoice.finalFor && buyerOf(invoice.finalFor),
    paidAt: null,
    voidedAt: null,
    planName: invoice.planName,
    memo: null,
    poNumber: null,
    reference: null,
    createdAt: now,
    updatedAt: now,
    lines: invoice.lines,
  })
  await recordEvent(
    tx,
    context,
    'invoice.created',
    invoice.customer.id,
    toInvoiceEvent(record, invoice.customer.publicId),
  )
  return record
}
