import type { InvoiceType } from '#invoicing/invoice-draft.ts'

type Paid = { readonly id: string; readonly type: InvoiceType; readonly number: string }

/** Invoices that pay a period: given back, the period is over. */
const paysPeriod: ReadonlySet<InvoiceType> = new Set<InvoiceType>(['recurring', 'plan_change', 'reactivation'])

/**
 * Whether the refund of an invoice ends its subscription (payments.md, Transactions). One from before a reactivation does not:
 * what it paid for has ended already. `paid`: the subscription's paid invoices. Numbers only rise.
 */
export function endsWhenRefunded(invoice: Paid, paid: readonly Paid[]): boolean {
  if (!paysPeriod.has(invoice.type)) return false
  return !paid.some(({ type, number }) => type === 'reactivation' && order(number) > order(invoice.number))
}

const order = (number: string): number => Number(number.slice(number.lastIndexOf('-') + 1))
