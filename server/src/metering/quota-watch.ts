import type { Capacity } from '#metering/capacity.ts'
import type { Quantity } from '#money/quantity.ts'
import type { WindowPlan } from '#subscriptions/schedule.ts'

/** The included amount that metered usage of a feature is watched against in a window. */
export type QuotaWatch = {
  readonly included: Quantity
  /** Whether what goes beyond is billed; otherwise it is refused. */
  readonly isOverageOn: boolean
  readonly startsOn: Temporal.PlainDate
}

/** What an amount of usage is worth telling: nothing, `quota.threshold_reached`, `quota.exceeded`. */
export type QuotaLevel = 0 | 1 | 2

/** Nothing is watched where nothing is limited, on ledgers, and where nothing is included and nothing can be used. */
export function watchOf(capacity: Capacity, window: Pick<WindowPlan, 'startsOn'>): QuotaWatch | null {
  switch (capacity.kind) {
    case 'unlimited':
    case 'ledger':
      return null
    case 'billed_beyond':
    case 'capped':
      return { included: capacity.included, isOverageOn: true, startsOn: window.startsOn }
    case 'limited':
      if (capacity.included <= 0n) return null
      return { included: capacity.included, isOverageOn: false, startsOn: window.startsOn }
    default:
      return capacity satisfies never
  }
}

/**
 * The level that a window's usage is on (metering.md, Thresholds): 80 % of the included amount; beyond it where overage is
 * billed, at it where usage ends there. Nothing included has no 80 %. The recording statement decides the same in SQL.
 */
export function quotaLevel({ included, isOverageOn }: QuotaWatch, used: Quantity): QuotaLevel {
  if (isOverageOn ? used > included : used >= included) return 2
  return included > 0n && used * 10n >= included * 8n ? 1 : 0
}
