import type * as z from 'zod'
import type { NamedDraw } from '#billing/explanation/facts.ts'
import {
  type InvoiceExplanation as Explanation,
  type LineExplanation,
  matchesAll,
} from '#billing/explanation/invoice-explanation.ts'
import { rules } from '#billing/explanation/rules.ts'
import type { InvoiceExplanation } from '#billing/explanation.contract.ts'
import type { Totals } from '#invoicing/invoice-draft.ts'

type Shown = z.output<typeof InvoiceExplanation>

/** An explanation as the API shows it; the pages of its rules lie below `publicUrl`. */
export function toApiExplanation(explanation: Explanation, publicUrl: string, livemode: boolean): Shown {
  const { invoice, currency, lines, totals } = explanation
  const sum = (name: keyof Totals) => ({
    amount: totals.amounts[name],
    recomputedAmount: totals.recomputed?.[name] ?? null,
  })
  return {
    invoiceId: invoice.id,
    number: invoice.number,
    currency,
    lines: lines.map((line) => toApiLine(line, publicUrl)),
    totals: {
      subtotal: sum('subtotal'),
      discountAmount: sum('discountAmount'),
      creditApplied: sum('creditApplied'),
      taxAmount: sum('taxAmount'),
      total: sum('total'),
      steps: [...totals.steps],
      matches: totals.matches,
    },
    matches: matchesAll(explanation),
    object: 'invoice_explanation',
    livemode,
  }
}

function toApiLine(explained: LineExplanation, publicUrl: string): Shown['lines'][number] {
  const { line, window, rule } = explained
  return {
    position: line.position,
    lineType: line.lineType,
    chargeType: line.chargeType,
    featureName: line.featureName,
    description: line.description,
    rule: { code: rule, sentence: rules[rule], documentationUrl: `${publicUrl}/docs/invoice-lines#${rule}` },
    window: window && { number: window.number, kind: window.kind, start: window.startsOn, end: window.endsOn },
    inputs: [...explained.inputs],
    steps: [...explained.steps],
    carried: explained.carried && { ...explained.carried },
    usage: explained.draws.map(toApiDraw),
    amount: explained.amount,
    recomputedAmount: explained.recomputed,
    matches: explained.matches,
  }
}

function toApiDraw({ tokens, ...draw }: NamedDraw): Shown['lines'][number]['usage'][number] {
  if (!tokens) return { ...draw, tokens }
  const { margin, ...parts } = tokens
  return { ...draw, tokens: { ...parts, marginCost: margin } }
}
