export const payoutStatuses = ['pending', 'in_transit', 'paid', 'failed', 'canceled'] as const
export type PayoutStatus = (typeof payoutStatuses)[number]

export const accountStatuses = ['pending_verification', 'verified', 'restricted', 'disabled'] as const
export type AccountStatus = (typeof accountStatuses)[number]
export const businessTypes = ['individual', 'company'] as const
export type BusinessType = (typeof businessTypes)[number]
export const bankAccountTypes = ['checking', 'savings'] as const
export type BankAccountType = (typeof bankAccountTypes)[number]
export const bankAccountStatuses = ['active', 'errored'] as const

/** The least that is paid out, in minor units. */
export const leastPayout = 1_000n

/** How long the built-in processor keeps money before it is available. */
export const settlementDays = 2

/** When a settled charge can be paid out. */
export function availableFrom(paidAt: Temporal.Instant): Temporal.Instant {
  return paidAt.add({ hours: 24 * settlementDays })
}

/** Money of a side at its provider, in minor units of one currency. */
export type MerchantBalance = {
  /** Settled payments that can be paid out, without refunds, disputes and earlier payouts. May be negative. */
  readonly available: bigint
  /** Settled payments that cannot be yet. */
  readonly pending: bigint
}

export type BalanceFacts = {
  readonly settled: bigint
  readonly pending: bigint
  readonly refunded: bigint
  readonly disputed: bigint
  readonly fees: bigint
  /** Payouts that were asked for and have not failed. */
  readonly paidOut: bigint
}

/** payments.md, Payouts: settled payments − refunds − disputes − fees − payouts. What was taken back is taken from what is there. */
export function balanceOf({ settled, pending, refunded, disputed, fees, paidOut }: BalanceFacts): MerchantBalance {
  return { available: settled - refunded - disputed - fees - paidOut, pending }
}
