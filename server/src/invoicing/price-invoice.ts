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

/** What is charged on an invoice, and to whom. */
export type InvoiceToPrice = {
  readonly type: InvoiceType
  readonly customer: { readonly id: string }
  readonly currency: string
  /** Charges, discounts, and the proration credit of a plan change: no customer credit, no tax. */
  readonly lines: readonly DraftLine[]
}

/** All amounts of an invoice, minor units. */
export type PricedInvoice = Totals & {
  /** The charge lines, and one of the customer credit used. */
  readonly lines: readonly DraftLine[]
  /** What is taken from which grant. */
  readonly creditUses: readonly CreditUse[]
}

/**
 * What some invoices come to, in their order: customer credit is used on what is charged (billing.md, Money). The one pricing
 * of invoices: issuing writes what it says, a preview shows it.
 */
export function priceInvoices<Invoice extends InvoiceToPrice>(
  invoices: readonly Invoice[],
  credits: readonly CreditLeft[],
): { readonly invoice: Invoice; readonly price: PricedInvoice }[] {
  const wanted = invoices.map(({ type, customer, currency: code, lines }) => ({
    customerId: customer.id,
    currency: currency(code),
    owed: takesCredit(type) ? totalsOf(lines, 0n).total : 0n,
  }))
  const uses = spendCredit(credits, wanted)
  return invoices.map((invoice, index) => ({ invoice, price: priced(invoice.lines, uses[index] ?? []) }))
}

/** One invoice by itself. */
export function priceInvoice(invoice: InvoiceToPrice, credits: readonly CreditLeft[]): PricedInvoice {
  const [one] = priceInvoices([invoice], credits)
  assert(one, 'one invoice is priced')
  return one.price
}

/** What is charged by the lines of an invoice that is priced already. */
export function chargesOf(lines: readonly DraftLine[]): readonly DraftLine[] {
  return lines.filter((line) => !isCreditLine(line))
}

function priced(charges: readonly DraftLine[], creditUses: readonly CreditUse[]): PricedInvoice {
  const lines = creditUses.length === 0 ? charges : [...charges, creditLine(sumOfUses(creditUses))]
  return { lines, creditUses, ...totalsOf(lines, 0n) }
}
