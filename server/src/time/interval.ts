/** How often a price is paid. `one_time` is paid once and never renews its base. */
export const billingIntervals = ['weekly', 'monthly', 'quarterly', 'yearly', 'one_time'] as const

export type BillingInterval = (typeof billingIntervals)[number]

/** An interval whose base price comes again. */
export type RecurringInterval = Exclude<BillingInterval, 'one_time'>

/** Months of a billing period, for the intervals that are counted in months. */
export const intervalMonths = {
  monthly: 1,
  quarterly: 3,
  yearly: 12,
} as const satisfies Record<Exclude<RecurringInterval, 'weekly'>, number>

/**
 * Consumption windows in a billing period; unit prices of seats and quota are per window.
 * On a one-time plan every monthly window counts as a billing period of its own.
 */
export const windowsPerPeriod = {
  weekly: 1,
  monthly: 1,
  quarterly: 3,
  yearly: 12,
  one_time: 1,
} as const satisfies Record<BillingInterval, number>

export function isRecurring(interval: BillingInterval): interval is RecurringInterval {
  return interval !== 'one_time'
}
