import { type DraftLine, line } from '#invoicing/invoice-draft.ts'
import { units } from '#money/quantity.ts'
import type { WindowPlan } from '#subscriptions/schedule.ts'

/** The base price of a period, paid in advance. `price` is in minor units. */
export function planBase(plan: { name: string; price: bigint }, window: WindowPlan): DraftLine {
  return line({
    lineType: 'plan_base',
    description: plan.name,
    quantity: units(1),
    unitAmount: plan.price,
    amount: plan.price,
    windowNumber: window.number,
    startsOn: window.periodStart,
    endsOn: window.periodEnd ?? window.endsOn,
  })
}
