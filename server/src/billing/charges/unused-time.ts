import { type DraftLine, line } from '#invoicing/invoice-draft.ts'
import { share } from '#money/proration.ts'
import { units } from '#money/quantity.ts'
import { daysRemaining, type Period, periodDays } from '#time/period.ts'

/** The base of the current period as it was charged: less its discount, before tax, however it was settled. Minor units. */
export type ChargedBase = {
  readonly planName: string
  readonly amount: bigint
  /** The window that its line names. */
  readonly windowNumber: number
  /** Null where no period ends: a one-time plan. */
  readonly period: Period | null
}

/** What a plan change gives back of a base, with the days it was counted from: of a one-time plan all of it. */
export type UnusedBase = {
  readonly amount: bigint
  readonly days: { readonly left: number; readonly of: number } | null
}

/** Base × remaining days ÷ period days, one rounding (subscriptions.md, Changing plan). */
export function unusedBase({ amount, period }: ChargedBase, today: Temporal.PlainDate): UnusedBase {
  if (period === null) return { amount, days: null }
  const days = { left: daysRemaining(period, today), of: periodDays(period) }
  return { amount: share(amount, days.left, days.of), days }
}

/** The credit line of a plan change: `amount` of what is unused, which is less than all of it where less is charged. */
export function unusedLine(
  base: ChargedBase,
  { days }: UnusedBase,
  amount: bigint,
  today: Temporal.PlainDate,
): DraftLine {
  const unused = days ? `Unused ${base.planName}: ${days.left} of ${days.of} days` : `Paid for ${base.planName}`
  return line({
    lineType: 'credit',
    description: unused,
    quantity: units(1),
    unitAmount: -amount,
    amount: -amount,
    windowNumber: base.windowNumber,
    startsOn: today,
    endsOn: base.period?.end ?? today.add({ days: 1 }),
    basis: { kind: 'unused_base', baseWindow: base.windowNumber, daysLeft: days?.left ?? 1, periodDays: days?.of ?? 1 },
  })
}
