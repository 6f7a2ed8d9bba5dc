import { amountStep, type Computed, exchangeStep, notKept } from '#billing/explanation/explained-line.ts'
import type { DiscountFacts, PriceFacts } from '#billing/explanation/facts.ts'
import { countInput, exchangeInput, type LineInput, minorInput } from '#billing/explanation/inputs.ts'
import type { DraftLine } from '#invoicing/invoice-draft.ts'
import { type Currency, currency } from '#money/currency.ts'
import { formatMinor, formatQuantity } from '#money/format.ts'
import { quantityScale } from '#money/quantity.ts'

const usd = currency('usd')
const hundred = 100n
const wholeBasisPoints = 10_000n

/** A plan base: the price as it was listed, nothing on a free plan. */
export function explainBase({ isFree, listed }: PriceFacts, c: Currency): Computed {
  if (isFree && !listed) {
    const text = formatMinor(0n, c)
    return { rule: 'plan_base', inputs: [], steps: [`A free plan: ${text}`], recomputed: 0n }
  }
  if (!listed) return notKept('plan_base', [], 'the price it was charged at is not kept')
  if (listed.regional) return explainRegionalBase(listed, listed.regional.kept, c)
  if (c !== 'usd') return notKept('plan_base', [], `how the price became ${c.toUpperCase()} is not kept`)
  const price = minorInput('price', listed.price, c, { source: 'plan_price_revision', since: listed.since })
  const text = formatMinor(listed.price, c)
  return { rule: 'plan_base', inputs: [price], steps: [`1 × ${text} = ${text}`], recomputed: listed.price }
}

type Listed = NonNullable<PriceFacts['listed']>

// A price in another currency: given by hand, or what its dollars are at the rate of its plan.
function explainRegionalBase(
  { price, since }: Listed,
  kept: NonNullable<Listed['regional']>['kept'],
  c: Currency,
): Computed {
  if (!kept) return notKept('plan_base', [], 'where its amount in this currency is from is')
  if ('price' in kept) {
    const text = formatMinor(kept.price, c)
    const input = minorInput('price', kept.price, c, { source: 'plan_price_regional' })
    return { rule: 'plan_base', inputs: [input], steps: [`1 × ${text} = ${text}`], recomputed: kept.price }
  }
  const dollars = minorInput('price in US dollars', price, usd, { source: 'plan_price_revision', since })
  const rate = exchangeInput(kept.rate, { source: 'plan_exchange_rate' })
  const [step, amount] = exchangeStep(price, kept.rate, c)
  return { rule: 'plan_base', inputs: [dollars, rate], steps: [step], recomputed: amount }
}

/** A discount on a plan base that was computed anew. */
export function explainDiscount(line: DraftLine, facts: DiscountFacts, c: Currency): Computed {
  const rule = line.lineType === 'discount' ? 'intro_offer' : 'promo_code'
  const { base, type, value, source, cycle } = facts
  const cycles = cycle ? cycleInputs(cycle) : []
  if (base === null || type === null || value === null) return notKept(rule, cycles, 'its plan base or its terms are')
  const baseInput = minorInput('plan base', base, c, { source: 'plan_price_revision' })
  const [wanted, steps, valueInput] = type === 'percentage' ? shareOf(base, value, source, c) : fixed(value, source, c)
  const taken = wanted < base ? wanted : base
  return {
    rule,
    inputs: [baseInput, valueInput, ...cycles],
    steps: [
      ...steps,
      ...(taken < wanted ? [`No more than the plan base: ${formatMinor(taken, c)}`] : []),
      ...(cycle ? [cycleStep(cycle)] : []),
      `0 − ${formatMinor(taken, c)} = ${formatMinor(-taken, c)}`,
    ],
    recomputed: -taken,
  }
}

type Part = readonly [bigint, readonly string[], LineInput]

function shareOf(base: bigint, points: bigint, source: DiscountFacts['source'], c: Currency): Part {
  const percent = `${formatQuantity((points * quantityScale) / hundred)} %`
  const exact = { numerator: base * points, denominator: wholeBasisPoints }
  const [step, amount] = amountStep(`${percent} of ${formatMinor(base, c)}`, exact, c)
  return [amount, [step], { ...countInput('discount', points, { source, unit: 'basis_points' }), text: percent }]
}

function fixed(value: bigint, source: DiscountFacts['source'], c: Currency): Part {
  return [value, [`${formatMinor(value, c)} off the plan base`], minorInput('discount', value, c, { source })]
}

function cycleInputs({ number, of }: NonNullable<DiscountFacts['cycle']>): LineInput[] {
  const about = { source: 'invoice_line' } as const
  return [
    countInput('billing period of the discount', number, about),
    ...(of === null ? [] : [countInput('billing periods it lasts', of, about)]),
  ]
}

function cycleStep({ number, of }: NonNullable<DiscountFacts['cycle']>): string {
  return of === null ? `Billing period ${number} of a discount without end` : `Billing period ${number} of ${of}`
}
