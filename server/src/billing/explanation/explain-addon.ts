import { amountStep, type Computed, notKept } from '#billing/explanation/explained-line.ts'
import type { AddonFacts } from '#billing/explanation/facts.ts'
import { countInput, dayInput, minorInput } from '#billing/explanation/inputs.ts'
import type { Currency } from '#money/currency.ts'
import { formatMinor } from '#money/format.ts'
import { daysBetween } from '#time/period.ts'

/** The base of an add-on: the price as it was listed, for the days from its activation where it began in the period. */
export function explainAddon({ listed, span }: AddonFacts, c: Currency): Computed {
  if (!listed || !span) return notKept('addon_base', [], 'the price it was charged at, or its period, is not kept')
  // Prices are kept in USD; how they become another currency is not theirs to say.
  if (c !== 'usd') return notKept('addon_base', [], `the price is kept in USD, not in ${c.toUpperCase()}`)
  const price = minorInput('base price', listed.price, c, { source: 'addon_revision', since: listed.since })
  const text = formatMinor(listed.price, c)
  const [days, whole] = [daysBetween(span.from, span.end), daysBetween(span.start, span.end)]
  if (days === whole)
    return { rule: 'addon_base', inputs: [price], steps: [`1 × ${text} = ${text}`], recomputed: listed.price }
  const about = { source: 'subscription_window' } as const
  const exact = { numerator: listed.price * BigInt(days), denominator: BigInt(whole) }
  const [last, amount] = amountStep(`${text} × ${days} ÷ ${whole} days`, exact, c)
  return {
    rule: 'addon_base',
    inputs: [
      price,
      dayInput('activated on', span.from, about),
      dayInput('period end', span.end, about),
      countInput('days left', days, { ...about, unit: 'days' }),
      countInput('days in the period', whole, { ...about, unit: 'days' }),
    ],
    steps: [`From ${span.from.toString()} to ${span.end.toString()}: ${days} of ${whole} days`, last],
    recomputed: amount,
  }
}
