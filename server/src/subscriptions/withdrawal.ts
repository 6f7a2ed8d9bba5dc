import type { InvoiceType } from '#invoicing/invoice-draft.ts'
import type { AttemptState } from '#payments/attempt.ts'
import { unionCountries } from '#tax/european-union.ts'

/** Why a subscription ended whose customer has withdrawn from the contract. */
export const withdrawn = 'withdrawal'

/**
 * Countries whose consumers may withdraw from what they have ordered at a distance: the Union with those of its parts that have a
 * country code of their own, the rest of the European Economic Area, and the United Kingdom, whose law is the same.
 */
const countries: ReadonlySet<string> = new Set([
  ...unionCountries,
  ...['AX', 'GF', 'GP', 'MF', 'MQ', 'RE', 'YT'],
  ...['IS', 'LI', 'NO'],
  'GB',
])

/** Places of those countries where a day begins first and ends last: Réunion and Martinique. */
const [earliest, latest] = ['+04:00', '-04:00'] as const

const days = 14

/** Public holidays that (nearly) all of those countries keep, as month and day. */
const holidays: ReadonlySet<string> = new Set(['01-01', '05-01', '12-25', '12-26'])

/** What a customer has agreed to at a distance, and who they were then. */
export type Contract = {
  readonly concludedAt: Temporal.Instant
  /** ISO 3166-1 alpha-2 of the billing address. */
  readonly country: string | null
  readonly taxDocument: string | null
}

/** `open` until the end of the last day; `none`: the law gives no right to withdraw from this. */
export type WithdrawalStanding =
  | { readonly kind: 'open' | 'over'; readonly lastDay: Temporal.PlainDate }
  | { readonly kind: 'none' }

/**
 * Whether a customer may withdraw (Directive 2011/83, Articles 9 and 11a): consumers, for fourteen days. Whoever gave no tax number is
 * a consumer.
 */
export function mayWithdraw(contract: Contract, now: Temporal.Instant): WithdrawalStanding {
  const { concludedAt, country, taxDocument } = contract
  if (country === null || !countries.has(country) || taxDocument !== null) return { kind: 'none' }
  const lastDay = lastDayOf(concludedAt)
  const end = lastDay.add({ days: 1 }).toZonedDateTime(latest).toInstant()
  return { kind: Temporal.Instant.compare(now, end) < 0 ? 'open' : 'over', lastDay }
}

// The day of the contract does not count (Regulation 1182/71), and it is the latest that it was anywhere then. Where the customer
// is, nobody knows for certain: too long by some hours for most of them, too short for none.
function lastDayOf(concludedAt: Temporal.Instant): Temporal.PlainDate {
  let day = concludedAt.toZonedDateTimeISO(earliest).toPlainDate().add({ days })
  while (isRest(day)) day = day.add({ days: 1 })
  return day
}

// A period that would end on such a day ends with the next working day.
function isRest(day: Temporal.PlainDate): boolean {
  return day.dayOfWeek >= 6 || holidays.has(day.toString().slice(5))
}

const purchases: ReadonlySet<InvoiceType> = new Set<InvoiceType>(['credit_purchase', 'balance_topup'])

/** Whether an invoice is for something bought beside the subscription: a contract of its own. */
export function isPurchase(type: InvoiceType): boolean {
  return purchases.has(type)
}

type Charge = { readonly state: AttemptState; readonly amount: bigint; readonly invoiceId: string | null }
type Paid = { readonly id: string; readonly total: bigint }

/** What goes back of a contract, in minor units: by itself, and what was paid in a way that only the seller can turn round. */
export function refundOf<C extends Charge>(
  charges: readonly C[],
  invoices: readonly Paid[],
): {
  readonly charges: readonly C[]
  readonly disputed: readonly C[]
  readonly amount: bigint
  readonly byHand: bigint
} {
  const returnable = charges.filter(({ state }) => state === 'succeeded')
  // A disputed charge is the bank's to decide on and goes back when the seller wins; a refunded one has gone back.
  const charged = new Set(charges.map(({ invoiceId }) => invoiceId))
  const elsewhere = invoices.filter(({ id }) => !charged.has(id))
  return {
    charges: returnable,
    disputed: charges.filter(({ state }) => state === 'disputed'),
    amount: returnable.reduce((sum, { amount }) => sum + amount, 0n),
    byHand: elsewhere.reduce((sum, { total }) => sum + total, 0n),
  }
}
