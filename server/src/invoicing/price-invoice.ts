import assert from 'node:assert/strict'
import {
  type CreditLeft,
  type CreditUse,
  creditLine,
  isCreditLine,
  spendCredit,
  sumOfUses,
  takesCredit,
} from '#invoicing/customer-credit.ts'
import { type DraftLine, type InvoiceType, type Totals, totalsOf } from '#invoicing/invoice-draft.ts'
import { currency } from '#money/currency.ts'
import { type PlacedTax, type TaxableLine, taxOnLines } from '#tax/tax-on-lines.ts'
import type { TaxRate } from '#tax/tax-rate.ts'
import type { TaxDecision, TaxTreatment } from '#tax/treatment.ts'

/** What is charged on an invoice, and to whom. */
export type InvoiceToPrice = {
  readonly type: InvoiceType
  readonly customer: { readonly id: string }
  readonly currency: string
  /** Charges, discounts, and the proration credit of a plan change: no customer credit, no tax. */
  readonly lines: readonly DraftLine[]
  /** What tax is charged, where that was decided before; else it follows from the customer. */
  readonly tax?: TaxDecision
}

/** All amounts of an invoice, minor units. */
export type PricedInvoice = Totals & {
  /** The charge lines, and one of the customer credit used. */
  readonly lines: readonly DraftLine[]
  /** What is taken from which grant. */
  readonly creditUses: readonly CreditUse[]
  readonly taxes: readonly PlacedTax[]
  /** What was decided about tax; null where nothing is charged that could be taxed. */
  readonly taxTreatment: TaxTreatment | null
}

/** What decides on the price of some invoices beside their lines. */
export type PriceFacts = {
  /** What is left of the credit of their customers, each customer's first-in first. */
  readonly credits: readonly CreditLeft[]
  /** What tax each customer is charged, by id. */
  readonly taxes: ReadonlyMap<string, TaxDecision>
}

/**
 * What some invoices come to, in their order: customer credit is used on what is charged, and tax is on what is left of it
 * (billing.md, Money). The one pricing of invoices: issuing writes what it says, a preview shows it.
 */
export function priceInvoices<Invoice extends InvoiceToPrice>(
  invoices: readonly Invoice[],
  { credits, taxes }: PriceFacts,
): { readonly invoice: Invoice; readonly price: PricedInvoice }[] {
  const wanted = invoices.map(({ type, customer, currency: code, lines }) => ({
    customerId: customer.id,
    currency: currency(code),
    owed: takesCredit(type) ? totalsOf(lines, 0n).total : 0n,
  }))
  const uses = spendCredit(credits, wanted)
  return invoices.map((invoice, index) => ({
    invoice,
    price: priced(invoice.lines, uses[index] ?? [], invoice.tax ?? taxes.get(invoice.customer.id)),
  }))
}

/** One invoice by itself. */
export function priceInvoice(invoice: InvoiceToPrice, facts: PriceFacts): PricedInvoice {
  const [one] = priceInvoices([invoice], facts)
  assert(one, 'one invoice is priced')
  return one.price
}

/** What is charged by the lines of an invoice that is priced already. */
export function chargesOf(lines: readonly DraftLine[]): readonly DraftLine[] {
  return lines.filter((line) => !isCreditLine(line))
}

function priced(
  charges: readonly DraftLine[],
  creditUses: readonly CreditUse[],
  decision: TaxDecision | undefined,
): PricedInvoice {
  assert(decision, 'the tax of every customer was asked for')
  const lines = creditUses.length === 0 ? charges : [...charges, creditLine(sumOfUses(creditUses))]
  const taxes = taxesOn(lines, decision)
  const taxAmount = taxes.reduce((sum, { amount }) => sum + amount, 0n)
  const totals = totalsOf(lines, taxAmount)
  return { lines, creditUses, taxes, taxTreatment: totals.total < 0n ? null : decision.treatment, ...totals }
}

function taxesOn(lines: readonly DraftLine[], { place, rates, origin }: TaxDecision): PlacedTax[] {
  if (!place) return []
  const { country, region } = place
  return taxOnLines(lines.map(taxable), rates).map((tax) => ({ ...tax, country, region, origin }))
}

/** What some lines are charged with at some rates, as on an invoice of them, minor units. */
export function taxOnDraft(lines: readonly DraftLine[], rates: readonly TaxRate[]): bigint {
  return taxOnLines(lines.map(taxable), rates).reduce((sum, { amount }) => sum + amount, 0n)
}

function taxable({ lineType, amount }: DraftLine): TaxableLine {
  switch (lineType) {
    case 'plan_base':
      return { kind: 'base', amount }
    case 'discount':
    case 'promo_code_discount':
      return { kind: 'discount', amount }
    default:
      return { kind: 'other', amount }
  }
}
