import { amountStep, type Computed, exchangeStep, notKept } from '#billing/explanation/explained-line.ts'
import type { AddonFacts } from '#billing/explanation/facts.ts'
import { countInput, dayInput, exchangeInput, type LineInput, minorInput } from '#billing/explanation/inputs.ts'
import { type Currency, currency } from '#money/currency.ts'
import { formatMinor } from '#money/format.ts'
import { daysBetween } from '#time/period.ts'

const usd = currency('usd')

/** The base of an add-on: the price as it was listed, for the days from its activation where it began in the period, or from what was paid for. */
export function explainAddon({ listed, span }: AddonFacts, c: Currency): Computed {
  if (!listed || !span) return notKept('addon_base', [], 'the price it was charged at, or its period, is not kept')
  const price = priceIn(listed, c)
  if (!price) return notKept('addon_base', [], `how the price became ${c.toUpperCase()} is not kept`)
  const text = formatMinor(price.amount, c)
  const [days, whole] = [daysBetween(span.from, span.end), daysBetween(span.start, span.end)]
  if (days === whole) {
    const steps = [...price.steps, `1 × ${text} = ${text}`]
    return { rule: 'addon_base', inputs: price.inputs, steps, recomputed: price.amount }
  }
  const about = { source: 'subscription_window' } as const
  const exact = { numerator: price.amount * BigInt(days), denominator: BigInt(whole) }
  const [last, amount] = amountStep(`${text} × ${days} ÷ ${whole} days`, exact, c)
  const left = `From ${span.from.toString()} to ${span.end.toString()}: ${days} of ${whole} days`
  return {
    rule: 'addon_base',
    inputs: [
      ...price.inputs,
      dayInput('from', span.from, about),
      dayInput('period end', span.end, about),
      countInput('days left', days, { ...about, unit: 'days' }),
      countInput('days in the period', whole, { ...about, unit: 'days' }),
    ],
    steps: [...price.steps, left, last],
    recomputed: amount,
  }
}

type PriceIn = { readonly amount: bigint; readonly inputs: readonly LineInput[]; readonly steps: readonly string[] }

// Prices are kept in dollars; the rate of the plan makes them another currency, rounded once before days are counted.
function priceIn({ price, since, rate }: NonNullable<AddonFacts['listed']>, c: Currency): PriceIn | null {
  const dollars = minorInput('base price', price, usd, { source: 'addon_revision', since })
  if (rate === null) return c === usd ? { amount: price, inputs: [dollars], steps: [] } : null
  if (rate.kept === null) return null
  const [step, amount] = exchangeStep(price, rate.kept, c)
  return { amount, inputs: [dollars, exchangeInput(rate.kept, { source: 'plan_exchange_rate' })], steps: [step] }
}
