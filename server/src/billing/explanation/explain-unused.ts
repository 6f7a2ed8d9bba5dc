import { amountStep, type Computed, notKept } from '#billing/explanation/explained-line.ts'
import type { UnusedFacts } from '#billing/explanation/facts.ts'
import { countInput, type LineInput, minorInput } from '#billing/explanation/inputs.ts'
import type { Currency } from '#money/currency.ts'
import { formatMinor } from '#money/format.ts'

/** What a plan change gives back: the base that was charged for the period, less its discount, for the days that were left. */
export function explainUnused({ base, days, charged }: UnusedFacts, c: Currency): Computed {
  if (base.length === 0) return notKept('unused_time', [], 'the base it gives back is on no invoice')
  const paid = base.reduce((sum, { amount }) => sum + amount, 0n)
  const inputs: LineInput[] = base.map(({ invoiceNumber, amount }) =>
    minorInput(amount < 0n ? `discount on ${invoiceNumber}` : `base on ${invoiceNumber}`, amount, c, {
      source: 'invoice_line',
    }),
  )
  const [step, unused] = amountStep(
    `${formatMinor(paid, c)} × ${days.left} ÷ ${days.of} days`,
    { numerator: paid * BigInt(days.left), denominator: BigInt(days.of) },
    c,
  )
  const given = unused < charged ? unused : charged
  return {
    rule: 'unused_time',
    inputs: [
      ...inputs,
      countInput('days left', days.left, { source: 'subscription_window', unit: 'days' }),
      countInput('days of the period', days.of, { source: 'subscription_window', unit: 'days' }),
    ],
    steps: [
      ...(base.length > 1 ? [`Charged for the period: ${formatMinor(paid, c)}`] : []),
      step,
      ...(given < unused
        ? [`No more than is charged: ${formatMinor(given, c)}; the rest is kept for the customer`]
        : []),
      `0 − ${formatMinor(given, c)} = ${formatMinor(-given, c)}`,
    ],
    recomputed: -given,
  }
}
