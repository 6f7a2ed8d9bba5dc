import type * as z from 'zod'
import type { InvoiceLineRecord } from '#invoicing/invoice-lines.store.ts'
import type { CreatedInvoice, Invoice } from '#invoicing/invoices.contract.ts'
import type { InvoiceRecord } from '#invoicing/invoices.store.ts'
import { foreignTaxOf } from '#invoicing/seller-currency.ts'
import { exchangeRateToText } from '#money/exchange.ts'
import type { PlacedTax } from '#tax/tax-on-lines.ts'
import { percentageOf } from '#tax/tax-rate.ts'
import type { EventData } from '#webhooks/outbox.ts'

export type InvoiceParts = {
  readonly lines: readonly InvoiceLineRecord[]
  readonly taxes: readonly PlacedTax[]
  /** The SHA-256 of each PDF that was given out. */
  readonly files: readonly string[]
}

/** An invoice as the API shows it. `customerId` is the integrator's own id when there is one. */
export function toApiInvoice(
  invoice: InvoiceRecord,
  { lines, taxes, files }: InvoiceParts,
  customerId: string,
  livemode: boolean,
): z.output<typeof Invoice> {
  return {
    id: invoice.id,
    customerId,
    subscriptionId: invoice.subscriptionId,
    invoiceNumber: invoice.number,
    status: invoice.status,
    invoiceType: invoice.type,
    currency: invoice.currency,
    subtotal: invoice.subtotal,
    discountAmount: invoice.discountAmount,
    creditApplied: invoice.creditApplied,
    taxAmount: invoice.taxAmount,
    total: invoice.total,
    periodStart: invoice.periodStart,
    periodEnd: invoice.periodEnd,
    issueDate: invoice.issuedAt,
    dueDate: invoice.dueAt,
    planName: invoice.planName,
    memo: invoice.memo,
    poNumber: invoice.poNumber,
    reference: invoice.reference,
    metadata: (invoice.metadata ?? {}) as Record<string, unknown>,
    createdAt: invoice.createdAt,
    updatedAt: invoice.updatedAt,
    lineItems: lines.map((line) => toApiLine(line, taxes)),
    object: 'invoice',
    livemode,
    taxTreatment: invoice.taxTreatment,
    taxInSellerCurrency: toForeignTax(invoice),
    fileHashes: [...files],
    taxes: taxes.map(({ name, rate, country, region, taxable, amount, origin }) => {
      const from = { rateSource: origin?.source ?? null, rateAsOf: origin?.asOf ?? null }
      return { name, percentage: percentageOf(rate), country, region, taxableAmount: taxable, amount, ...from }
    }),
  }
}

function toForeignTax(invoice: InvoiceRecord) {
  const tax = foreignTaxOf(invoice)
  return tax && { currency: tax.currency, exchangeRate: Number(exchangeRateToText(tax.rate)), amount: tax.amount }
}

/** An adjustment as its creation answers it. */
export function toCreatedInvoice(
  invoice: InvoiceRecord,
  customerId: string,
  livemode: boolean,
): z.output<typeof CreatedInvoice> {
  return {
    id: invoice.id,
    customerId,
    invoiceNumber: invoice.number,
    status: invoice.status,
    invoiceType: invoice.type,
    currency: invoice.currency,
    subtotal: invoice.subtotal,
    taxAmount: invoice.taxAmount,
    total: invoice.total,
    issueDate: invoice.issuedAt,
    dueDate: invoice.dueAt,
    memo: invoice.memo,
    metadata: (invoice.metadata ?? {}) as Record<string, unknown>,
    createdAt: invoice.createdAt,
    updatedAt: invoice.updatedAt,
    object: 'invoice',
    livemode,
  }
}

function toApiLine(line: InvoiceLineRecord, taxes: readonly PlacedTax[]) {
  const own = taxes.flatMap(({ lines }) => lines).filter((on) => on.line === line.position - 1)
  return {
    lineType: line.lineType,
    featureName: line.featureName,
    description: line.description,
    quantity: line.quantity,
    unitAmount: line.unitAmount,
    amount: line.amount,
    includedAmount: line.includedAmount,
    usedAmount: line.usedAmount,
    overageAmount: line.overageAmount,
    discountType: line.discountType,
    discountValue: line.discountValue,
    discountName: line.discountName,
    chargeType: line.chargeType,
    taxAmount: own.reduce((sum, { amount }) => sum + amount, 0n),
  }
}

/** The payload of invoice.created, invoice.voided and invoice.overdue. */
export function toInvoiceEvent(invoice: InvoiceRecord, customerId: string): EventData {
  return {
    invoiceId: invoice.id,
    invoiceNumber: invoice.number,
    invoiceStatus: invoice.status,
    periodStart: startOf(invoice.periodStart),
    periodEnd: startOf(invoice.periodEnd),
    issueDate: textOf(invoice.issuedAt),
    dueDate: textOf(invoice.dueAt),
    currency: invoice.currency,
    subtotal: Number(invoice.subtotal),
    total: Number(invoice.total),
    customerId,
    subscriptionId: invoice.subscriptionId,
  }
}

function startOf(day: Temporal.PlainDate): string {
  return `${day.toString()}T00:00:00.000Z`
}

function textOf(instant: Temporal.Instant): string {
  return instant.toString({ smallestUnit: 'millisecond' })
}
