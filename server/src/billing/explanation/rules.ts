import type { DraftLine } from '#invoicing/invoice-draft.ts'

/**
 * How lines are computed: a stable code and a sentence for each. docs/guides/invoice-lines.md has a section for every code.
 */
export const rules = {
  plan_base: 'The price of the plan for one billing period, paid in advance.',
  intro_offer:
    'An introductory offer: a share of the plan base or a fixed amount off it, never more than the base itself.',
  promo_code: 'A promo code: a share of the plan base or a fixed amount off it, never more than the base itself.',
  metered_overage: 'Usage in a consumption window beyond what the plan includes, times the unit price, rounded once.',
  held_advance:
    'Seats or quota held beyond what is included when the period begins, times the unit price for every window of the period, paid in advance.',
  held_true_up:
    'An increase above the most that was held in the period, billed from its day to the end of the period, rounded once.',
  balance_overdraft: 'What the prepaid balance was short of when its window ended, rounded once.',
  credit_pack: 'The price of a credit pack when it was bought.',
  balance_topup: 'Money added to the prepaid balance.',
  unused_time:
    'A change of plan gives the unused part of the period back: its base less its discount, times the days left, divided by the days of the period.',
  credit: 'Money that is given back or was kept for the customer.',
  addon_base:
    'The price of an add-on for one billing period, or for what was left of it when the add-on was activated.',
  written: 'An amount that was written on the invoice: quantity times unit amount.',
} as const
export type RuleCode = keyof typeof rules

/** Which facts a line has to be computed from. */
export type FactsKind =
  | 'price'
  | 'discount'
  | 'overage'
  | 'advance'
  | 'true_up'
  | 'overdraft'
  | 'purchase'
  | 'credit'
  | 'addon'
  /** Nothing but the line itself: quantity × unit amount. */
  | 'written'

/** The facts of each type of line. A new type of line does not compile until it is here. */
export function factsKindOf({ lineType, chargeType }: Pick<DraftLine, 'lineType' | 'chargeType'>): FactsKind {
  switch (lineType) {
    case 'plan_base':
      return 'price'
    case 'discount':
    case 'promo_code_discount':
      return 'discount'
    case 'feature_overage':
      return 'overage'
    case 'feature_seats':
    case 'feature_quota':
      if (chargeType === 'standard') return 'written'
      return chargeType
    case 'balance_overage':
      return 'overdraft'
    case 'one_time':
      return 'purchase'
    case 'credit':
      return 'credit'
    case 'addon_base':
      return 'addon'
    default:
      return lineType satisfies never
  }
}
