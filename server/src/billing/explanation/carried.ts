import type { Carried } from '#billing/explanation/facts.ts'
import type { DraftLine } from '#invoicing/invoice-draft.ts'
import { type Currency, minimumCharge } from '#money/currency.ts'

/** A line that waited, as it was put off. */
export type WaitingLine = { readonly line: DraftLine; readonly carriedAt: Temporal.Instant }

/** For each line of an invoice where it waited before; null for those that did not. */
export function matchCarried(
  lines: readonly DraftLine[],
  waiting: readonly WaitingLine[],
  c: Currency,
): (Carried | null)[] {
  const left = [...waiting]
  return lines.map((line) => {
    const index = left.findIndex((one) => isSame(one.line, line))
    const [found] = index === -1 ? [] : left.splice(index, 1)
    if (!found) return null
    const { carriedAt } = found
    // Whatever waited already was weighed together with what came then.
    const together = waiting.filter((one) => Temporal.Instant.compare(one.carriedAt, carriedAt) <= 0)
    return {
      since: carriedAt,
      together: together.reduce((sum, one) => sum + one.line.amount, 0n),
      minimum: minimumCharge(c),
    }
  })
}

function isSame(a: DraftLine, b: DraftLine): boolean {
  return (
    a.lineType === b.lineType &&
    a.chargeType === b.chargeType &&
    a.featureId === b.featureId &&
    a.windowNumber === b.windowNumber &&
    a.description === b.description &&
    a.amount === b.amount
  )
}
