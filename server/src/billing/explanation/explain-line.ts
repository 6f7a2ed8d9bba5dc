import { explainAddon } from '#billing/explanation/explain-addon.ts'
import { explainCredit } from '#billing/explanation/explain-credit.ts'
import { explainAdvance, explainTrueUp } from '#billing/explanation/explain-held.ts'
import { explainOverdraft, explainPurchase } from '#billing/explanation/explain-ledger.ts'
import { explainOverage } from '#billing/explanation/explain-overage.ts'
import { explainBase, explainDiscount } from '#billing/explanation/explain-price.ts'
import { explainUnused } from '#billing/explanation/explain-unused.ts'
import { amountStep, type Computed } from '#billing/explanation/explained-line.ts'
import type { LineFacts } from '#billing/explanation/facts.ts'
import { minorInput, rateInput, unitsInput } from '#billing/explanation/inputs.ts'
import type { RuleCode } from '#billing/explanation/rules.ts'
import type { DraftLine, LineType } from '#invoicing/invoice-draft.ts'
import type { Currency } from '#money/currency.ts'
import { formatMinor, formatQuantity, formatRate } from '#money/format.ts'
import { quantityScale } from '#money/quantity.ts'
import { minorPerMajor, rateScale } from '#money/rate.ts'

/** A line with how it was computed. `matches` is null where it cannot be computed again. */
export type ExplainedLine = Computed & { readonly amount: bigint; readonly matches: boolean | null }

/**
 * Computes a line again from the facts that were gathered for it and says whether that is what the invoice says. Amounts are
 * minor units of `c`.
 */
export function explainLine(line: DraftLine, facts: LineFacts, c: Currency): ExplainedLine {
  const computed = compute(line, facts, c)
  const { recomputed } = computed
  return {
    ...computed,
    amount: line.amount,
    matches: recomputed === null ? null : recomputed === line.amount && isProven(facts),
  }
}

function compute(line: DraftLine, facts: LineFacts, c: Currency): Computed {
  switch (facts.kind) {
    case 'price':
      return explainBase(facts, c)
    case 'discount':
      return explainDiscount(line, facts, c)
    case 'overage':
      return explainOverage(facts, c)
    case 'advance':
      return explainAdvance(facts, c)
    case 'true_up':
      return explainTrueUp(facts, c)
    case 'overdraft':
      return explainOverdraft(facts, c)
    case 'purchase':
      return explainPurchase(facts, c) ?? explainWritten(line, c)
    case 'unused':
      return explainUnused(facts, c)
    case 'credit':
      return explainCredit(facts, c)
    case 'addon':
      return explainAddon(facts, c)
    case 'written':
      return explainWritten(line, c)
    default:
      return facts satisfies never
  }
}

/** Whether what was gathered agrees with itself: a counter is the sum of its events. */
function isProven(facts: LineFacts): boolean {
  if (facts.kind !== 'overage') return true
  const { counter, events } = facts
  return counter !== null && counter.total === events.total && counter.events === events.count
}

/** Lines whose unit amount is on the rate scale (billing.md, Money). */
const ratedLines: ReadonlySet<LineType> = new Set<LineType>([
  'feature_overage',
  'feature_seats',
  'feature_quota',
  'balance_overage',
])

// Nothing is kept but the line: its quantity times its unit amount is all there is to check.
function explainWritten(line: DraftLine, c: Currency): Computed {
  const { lineType, quantity, unitAmount } = line
  const about = { source: 'invoice_line' } as const
  const isRated = ratedLines.has(lineType)
  const price = isRated ? formatRate(unitAmount, c) : formatMinor(unitAmount, c)
  const [step, amount] = amountStep(
    `${formatQuantity(quantity)} × ${price}`,
    isRated
      ? { numerator: quantity * unitAmount * minorPerMajor(c), denominator: quantityScale * rateScale }
      : { numerator: quantity * unitAmount, denominator: quantityScale },
    c,
  )
  return {
    rule: writtenRule(lineType),
    inputs: [
      unitsInput('quantity', quantity, about),
      isRated ? rateInput('unit amount', unitAmount, c, about) : minorInput('unit amount', unitAmount, c, about),
    ],
    steps: [step],
    recomputed: amount,
  }
}

function writtenRule(lineType: LineType): RuleCode {
  return lineType === 'credit' ? lineType : 'written'
}
