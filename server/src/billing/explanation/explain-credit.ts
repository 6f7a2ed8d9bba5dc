import { type Computed, notKept } from '#billing/explanation/explained-line.ts'
import type { CreditFacts } from '#billing/explanation/facts.ts'
import { minorInput } from '#billing/explanation/inputs.ts'
import type { Currency } from '#money/currency.ts'
import { formatMinor } from '#money/format.ts'

/** Customer credit that was used: what was taken from each grant, first-in first. */
export function explainCredit({ uses }: CreditFacts, c: Currency): Computed {
  if (uses.length === 0) return notKept('credit', [], 'no credit of the customer is kept as used by this invoice')
  const used = uses.reduce((sum, { amount }) => sum + amount, 0n)
  return {
    rule: 'credit',
    inputs: uses.map(({ amount, grantedAt, grantedBy }) =>
      minorInput(`credit of ${grantedBy}`, amount, c, { source: 'customer_credit_use', since: grantedAt }),
    ),
    steps: [
      ...uses.map(({ amount, grantedBy }) => `${formatMinor(amount, c)} of the credit of ${grantedBy}`),
      `0 − ${formatMinor(used, c)} = ${formatMinor(-used, c)}`,
    ],
    recomputed: -used,
  }
}
