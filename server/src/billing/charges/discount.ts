import { type DraftLine, line, totalsOf } from '#invoicing/invoice-draft.ts'
import { percentOf } from '#money/basis-points.ts'
import { type Currency, minimumCharge } from '#money/currency.ts'
import { units } from '#money/quantity.ts'

/** A discount on the plan base: basis points of it, or minor units off it. */
export type Discount = {
  readonly kind: 'intro_offer' | 'promo_code'
  readonly type: 'percentage' | 'amount'
  readonly value: bigint
  readonly name: string | null
  /** Billing periods it lasts, null = forever; the first paid one counts. */
  readonly cycles: number | null
  readonly cyclesUsed: number
}

/** Whether the discount still applies to the next billing period. */
export function isRunning(discount: Discount): boolean {
  return discount.cycles === null || discount.cyclesUsed < discount.cycles
}

/** The discount's line on a plan base, never more than the base itself (billing.md: discounts apply to plan base only). */
export function discountOn(base: DraftLine, discount: Discount): DraftLine {
  const wanted = discount.type === 'percentage' ? percentOf(base.amount, discount.value) : discount.value
  const amount = -(wanted < base.amount ? wanted : base.amount)
  return line({
    lineType: discount.kind === 'intro_offer' ? 'discount' : 'promo_code_discount',
    description: discount.name ?? (discount.kind === 'intro_offer' ? 'Introductory offer' : 'Promo code'),
    quantity: units(1),
    unitAmount: amount,
    amount,
    discountType: discount.type,
    discountValue: discount.value,
    discountName: discount.name,
    windowNumber: base.windowNumber,
    startsOn: base.startsOn,
    endsOn: base.endsOn,
    basis: { kind: 'cycle', cycle: discount.cyclesUsed + 1, cycles: discount.cycles },
  })
}

/**
 * The lines of a first bill with a promo code on its base, in place of any other code. Null when the total would come below the
 * least amount worth charging: the code is dropped then (catalogue.md, Promo codes).
 */
export function withPromoCode(
  lines: readonly DraftLine[],
  discount: Discount,
  currency: Currency,
): readonly DraftLine[] | null {
  const discounted = withoutPromoCode(lines).flatMap((one) =>
    one.lineType === 'plan_base' ? [one, discountOn(one, discount)] : [one],
  )
  return totalsOf(discounted, 0n).total < minimumCharge(currency) ? null : discounted
}

/** The same lines at the full price. */
export function withoutPromoCode(lines: readonly DraftLine[]): readonly DraftLine[] {
  return lines.filter(({ lineType }) => lineType !== 'promo_code_discount')
}
