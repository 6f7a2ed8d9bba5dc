import { type DraftLine, line } from '#invoicing/invoice-draft.ts'
import { type AddonRate, partSuffix } from '#invoicing/line-basis.ts'
import { heldPeriod } from '#metering/held.ts'
import { share } from '#money/proration.ts'
import { units } from '#money/quantity.ts'
import type { WindowPlan } from '#subscriptions/schedule.ts'
import { daysRemaining, isBefore, periodDays } from '#time/period.ts'

/** An add-on with its price for a whole billing period, in minor units of the invoice's currency. */
export type PricedAddon = {
  readonly addonId: string
  readonly name: string
  readonly featureId: string
  readonly featureName: string
  readonly price: bigint
  /** The change of the catalogue that made the price what it is. */
  readonly revision: bigint
  /** What made its dollars another currency; absent where nothing did. */
  readonly rate?: AddonRate
}

/**
 * The base of an add-on for the billing period that begins with `window`, in advance (catalogue.md, Add-ons). A change of plan
 * may have cut short what was paid to a later day: what is paid until then is not charged again.
 */
export function addonBase(
  addon: PricedAddon,
  window: WindowPlan,
  paidUntil: Temporal.PlainDate | null,
): DraftLine | null {
  const { start, end } = heldPeriod(window)
  if (paidUntil && !isBefore(paidUntil, end)) return null
  if (paidUntil && isBefore(start, paidUntil)) return addonShare(addon, window, paidUntil)
  return lineOf(addon, addon.price, { startsOn: start, endsOn: end }, window.number, null)
}

/**
 * What an add-on costs from a day to the end of the running period: base price × remaining days ÷ days of the period, one
 * rounding. A free or one-time plan has no period longer than its consumption window.
 */
export function addonShare(addon: PricedAddon, window: WindowPlan, today: Temporal.PlainDate): DraftLine {
  const period = heldPeriod(window)
  const [days, of] = [daysRemaining(period, today), periodDays(period)]
  return lineOf(addon, share(addon.price, days, of), { startsOn: today, endsOn: period.end }, window.number, {
    days,
    of,
  })
}

function lineOf(
  { addonId, name, featureId, featureName, price, revision, rate }: PricedAddon,
  amount: bigint,
  span: Pick<DraftLine, 'startsOn' | 'endsOn'>,
  windowNumber: number,
  part: { readonly days: number; readonly of: number } | null,
): DraftLine {
  return line({
    lineType: 'addon_base',
    featureId,
    featureName,
    description: name + partSuffix(part),
    quantity: units(1),
    unitAmount: price,
    amount,
    windowNumber,
    ...span,
    basis: { kind: 'addon', addonId, revision: Number(revision), part, ...(rate ? { rate } : {}) },
  })
}
