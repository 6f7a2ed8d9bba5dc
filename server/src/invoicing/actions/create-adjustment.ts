import assert from 'node:assert/strict'
import { type CustomerRecord, publicCustomerId } from '#customers/customer.ts'
import { lockCustomer } from '#customers/customers.store.ts'
import type { Tx } from '#database/transaction.ts'
import { newId } from '#id.ts'
import { noteOnAdjustment } from '#invoicing/actions/note-seller-currency.ts'
import { type QuoteConditions, quoteInvoice } from '#invoicing/actions/quote-invoice.ts'
import { type Adjustment, adjustmentOf } from '#invoicing/adjustment.ts'
import { copiesOf } from '#invoicing/buyer.ts'
import { creditIn, grantCredit } from '#invoicing/customer-credit.store.ts'
import { insertTaxes } from '#invoicing/invoice-taxes.store.ts'
import { findInvoice, type InvoiceRecord, insertInvoices, type NewInvoice } from '#invoicing/invoices.store.ts'
import { toInvoiceEvent } from '#invoicing/invoices.view.ts'
import type { PricedInvoice } from '#invoicing/price-invoice.ts'
import { refuseTooMuchCredit } from '#invoicing/refuse-too-large.ts'
import { queueMail } from '#mail/outbox.ts'
import type { Context } from '#organisations/org.ts'
import { findSettings } from '#organisations/settings.store.ts'
import { invalidField, Problem } from '#problem.ts'
import { findLiveSubscription } from '#subscriptions/subscriptions.store.ts'
import { untaxed } from '#tax/treatment.ts'
import { utcDay } from '#time/period.ts'
import { recordEvent } from '#webhooks/outbox.ts'

export type AdjustmentInput = {
  readonly customerId: string
  /** Minor units without tax, not 0. */
  readonly amount: bigint
  readonly description: string
  /** The customer's invoice that it corrects; its number is on the document. */
  readonly invoiceId?: string | undefined
  /** A purchase order for this one; else it is the customer's. */
  readonly poNumber?: string | undefined
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
}

/**
 * Issues a correction for a customer, `invoice.created` with it, in the currency of their live subscription, else USD. It belongs to no
 * subscription: what becomes of one does not touch it. 404 customer_not_found, invoice_not_found; 422 for a corrected invoice that is
 * not final yet.
 */
export async function createAdjustment(
  tx: Tx,
  context: Context,
  input: AdjustmentInput,
): Promise<{ readonly invoice: InvoiceRecord; readonly customer: CustomerRecord }> {
  const { org, now } = context
  const customer = await lockCustomer(tx, org.id, input.customerId)
  if (!customer) {
    throw new Problem('customer_not_found', `There is no customer ${input.customerId}.`, { param: 'customerId' })
  }
  const corrected = input.invoiceId === undefined ? null : await correctedBy(tx, org.id, customer, input.invoiceId)
  const live = await findLiveSubscription(tx, org.id, customer.id)
  const { lines, ...terms } = adjustmentOf(input, now, (await findSettings(tx, org.id)).netDays)
  const currency = live?.currency ?? 'usd'
  const price = await quoteInvoice(tx, context, { type: 'adjustment', customer, currency, lines }, taxOf(input))
  if (price.total > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw invalidField('amount', 'Is too large: with its tax it is no whole number that JSON can hold.')
  }
  if (price.total < 0n) refuseTooMuchCredit(await creditIn(tx, org.id, customer.id, currency), -price.total)
  const draft = draftOf(context, customer, currency, { ...input, reference: corrected?.number ?? null }, terms, price)
  const [written] = await insertInvoices(tx, org.id, org.invoicePrefix, [draft])
  assert(written, 'one invoice is issued')
  const invoice = await noteOnAdjustment(tx, org.id, written, { corrected, planId: live?.planId ?? null })
  await insertTaxes(tx, org.id, [{ invoiceId: invoice.id, taxes: price.taxes }])
  if (invoice.total < 0n) {
    const grant = { customerId: customer.id, currency, amount: -invoice.total, invoiceId: invoice.id }
    await grantCredit(tx, org.id, grant, now)
  }
  await recordEvent(tx, context, 'invoice.created', customer.id, toInvoiceEvent(invoice, publicCustomerId(customer)))
  // Nobody is charged for it: the customer has to learn that there is something to pay.
  if (invoice.status === 'outstanding') {
    await queueMail(tx, context, customer.id, 'invoice_finalised', {
      invoiceId: invoice.id,
      invoiceNumber: invoice.number,
      amount: invoice.total.toString(),
      currency: invoice.currency,
      dueOn: utcDay(invoice.dueAt).toString(),
    })
  }
  return { invoice, customer }
}

// A negative one has no tax, so nobody is asked for it: it can be made while a provider's tax service is out of reach.
function taxOf({ amount }: AdjustmentInput): QuoteConditions {
  return amount < 0n ? { tax: untaxed } : {}
}

async function correctedBy(
  tx: Tx,
  orgId: string,
  { id: customerId }: CustomerRecord,
  id: string,
): Promise<InvoiceRecord> {
  const corrected = await findInvoice(tx, orgId, id)
  if (corrected?.customerId !== customerId) {
    throw new Problem('invoice_not_found', `The customer has no invoice ${id}.`, { param: 'invoiceId' })
  }
  if (corrected.finalisedAt === null) {
    throw invalidField('invoiceId', 'Is not final yet: it follows its checkout until it is paid.')
  }
  return corrected
}

function draftOf(
  { now, today }: Context,
  customer: CustomerRecord,
  currency: string,
  input: AdjustmentInput & { readonly reference: string | null },
  { status, dueAt }: Pick<Adjustment, 'status' | 'dueAt'>,
  { creditUses: _uses, taxes: _taxes, ...amounts }: PricedInvoice,
): NewInvoice {
  return {
    id: newId('inv'),
    customerId: customer.id,
    subscriptionId: null,
    status,
    type: 'adjustment',
    cause: null,
    windowNumber: null,
    currency,
    ...amounts,
    periodStart: today,
    periodEnd: today,
    issuedAt: now,
    dueAt,
    finalisedAt: now,
    ...copiesOf(customer, { poNumber: input.poNumber ?? null }),
    paidAt: status === 'paid' ? now : null,
    voidedAt: null,
    planName: null,
    memo: input.description,
    reference: input.reference,
    metadata: input.metadata ?? {},
    createdAt: now,
    updatedAt: now,
  }
}
