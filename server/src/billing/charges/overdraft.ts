import { type DraftLine, line } from '#invoicing/invoice-draft.ts'
import type { Currency } from '#money/currency.ts'
import { units } from '#money/quantity.ts'
import { type Rate, rateToMinor } from '#money/rate.ts'
import type { WindowPlan } from '#subscriptions/schedule.ts'

/** What a balance was short of when its window ended; `overdraft` is rate scale, rounded once to minor units. */
export function overdraftLine(overdraft: Rate, window: WindowPlan, currency: Currency): DraftLine {
  return line({
    lineType: 'balance_overage',
    description: 'Usage beyond the prepaid balance',
    quantity: units(1),
    unitAmount: overdraft,
    amount: rateToMinor(overdraft, currency),
    windowNumber: window.number,
    startsOn: window.startsOn,
    endsOn: window.endsOn,
  })
}
