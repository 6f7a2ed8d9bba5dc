import { type DraftLine, line } from '#invoicing/invoice-draft.ts'
import type { ListedPrice } from '#invoicing/line-basis.ts'
import { units } from '#money/quantity.ts'
import type { WindowPlan } from '#subscriptions/schedule.ts'

export type PricedPlan = { readonly name: string; readonly price: bigint; readonly listed?: ListedPrice | null }

/** The base price of a period, paid in advance. `price` is in minor units; `listed` says where it is from. */
export function planBase(plan: PricedPlan, window: WindowPlan): DraftLine {
  return line({
    lineType: 'plan_base',
    description: plan.name,
    quantity: units(1),
    unitAmount: plan.price,
    amount: plan.price,
    windowNumber: window.number,
    startsOn: window.periodStart,
    endsOn: window.periodEnd ?? window.endsOn,
    basis: plan.listed ? { kind: 'price', ...plan.listed } : null,
  })
}
