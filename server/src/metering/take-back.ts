import { type Account, heldIn, type LedgerModel, unreserved } from '#metering/ledger.ts'

/** What a paid invoice added to an account: credits, or rate scale. */
export type Bought = {
  readonly kind: LedgerModel
  readonly amount: bigint
  /** The window it was added in. */
  readonly windowNumber: number
}

/**
 * How much of a purchase remains when it is given back (payments.md, Transactions): what the plan includes was used first, and
 * what reservations hold is in use. A top-up is gone with the window it was made in.
 */
export function remainingOf(
  bought: Bought,
  account: Account & { readonly model: string; readonly reserved: bigint; readonly windowNumber: number },
): bigint {
  const isDrawn = account.model === bought.kind
  const free = isDrawn ? unreserved(bought.kind, account, account.reserved) : account
  if (bought.kind === 'credits') return smaller(bought.amount, free.purchasedCredits)
  if (!isDrawn || account.windowNumber !== bought.windowNumber) return 0n
  return smaller(bought.amount, larger(heldIn('balance', free), 0n))
}

const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b)
const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b)
