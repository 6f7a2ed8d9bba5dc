import { type DraftLine, type InvoiceType, line } from '#invoicing/invoice-draft.ts'
import { type Currency, minimumCharge } from '#money/currency.ts'
import { units } from '#money/quantity.ts'

/** What is left of a grant, minor units of its currency. */
export type CreditLeft = {
  readonly id: string
  readonly customerId: string
  readonly currency: string
  readonly remaining: bigint
}
/** What one invoice takes from one grant, minor units, more than 0. */
export type CreditUse = { readonly creditId: string; readonly amount: bigint }
/** An invoice before credit: what its lines come to, without tax. */
export type CreditWanted = { readonly customerId: string; readonly currency: Currency; readonly owed: bigint }

const settledByCredit: ReadonlySet<InvoiceType> = new Set<InvoiceType>([
  'recurring',
  'overage',
  'plan_change',
  'reactivation',
])

/** Whether customer credit is used on invoices of a type (billing.md, Money). */
export function takesCredit(type: InvoiceType): boolean {
  return settledByCredit.has(type)
}

/**
 * Spends what is left of some grants, given first-in first, on several invoices in their order: for each of them what it takes
 * from which grant. What remains to be charged is nothing, or at least the currency's minimum charge.
 */
export function spendCredit(credits: readonly CreditLeft[], invoices: readonly CreditWanted[]): CreditUse[][] {
  const left = new Map(credits.map(({ id, remaining }) => [id, remaining]))
  return invoices.map(({ customerId, currency, owed }) => {
    const own = credits.filter((credit) => credit.customerId === customerId && credit.currency === currency)
    const available = own.reduce((sum, { id }) => sum + (left.get(id) ?? 0n), 0n)
    const uses: CreditUse[] = []
    let open = usable(available, owed, currency)
    for (const { id } of own) {
      const remaining = left.get(id) ?? 0n
      const amount = remaining < open ? remaining : open
      if (amount <= 0n) continue
      uses.push({ creditId: id, amount })
      left.set(id, remaining - amount)
      open -= amount
    }
    return uses
  })
}

// A rest below the minimum could not be charged: so much of the credit stays for the next invoice.
function usable(available: bigint, owed: bigint, currency: Currency): bigint {
  if (available >= owed) return owed > 0n ? owed : 0n
  const most = owed - minimumCharge(currency)
  if (most <= 0n) return 0n
  return available < most ? available : most
}

/** The line that shows credit used on an invoice. */
export function creditLine(used: bigint): DraftLine {
  return line({
    lineType: 'credit',
    description: 'Customer credit',
    quantity: units(1),
    unitAmount: -used,
    amount: -used,
    basis: { kind: 'customer_credit' },
  })
}

/** Whether a line is customer credit used; the proration credit of a plan change is not. */
export function isCreditLine({ basis }: Pick<DraftLine, 'basis'>): boolean {
  return basis?.kind === 'customer_credit'
}

/** Sum of some uses. */
export function sumOfUses(uses: readonly CreditUse[]): bigint {
  return uses.reduce((sum, { amount }) => sum + amount, 0n)
}
