import type { Carried, NamedDraw } from '#billing/explanation/facts.ts'
import { type InvoiceExplanation, type LineExplanation, matchesAll } from '#billing/explanation/invoice-explanation.ts'
import { rules } from '#billing/explanation/rules.ts'
import type { Currency } from '#money/currency.ts'
import { formatMinor, formatQuantity, formatRate } from '#money/format.ts'

/** An explanation as plain text, to be read out or pasted into a letter. */
export function explanationText(explanation: InvoiceExplanation): string {
  const { invoice, currency, lines, totals } = explanation
  const issuedOn = invoice.issuedAt.toString().slice(0, 10)
  const paragraphs = [
    `Invoice ${invoice.number} (${invoice.id})\n${invoice.type}, ${invoice.status}, issued ${issuedOn}, ${currency.toUpperCase()}`,
    ...lines.map((line) => lineText(line, currency)),
    ['Totals', ...totals.steps.map(indented), indented(verdict(totals.matches))].join('\n'),
    conclusion(matchesAll(explanation)),
  ]
  return paragraphs.join('\n\n')
}

function lineText(explained: LineExplanation, c: Currency): string {
  const { line, window, rule, inputs, steps, carried, draws, amount, matches } = explained
  const days = window ? `, window ${window.number} (${window.startsOn.toString()} to ${window.endsOn.toString()})` : ''
  return [
    `${line.position}. ${line.description}: ${formatMinor(amount, c)}`,
    indented(`${rule}${days}: ${rules[rule]}`),
    ...(carried ? [indented(carriedText(carried, c))] : []),
    ...table(
      inputs.map(({ name, text, since, source }) => [
        name,
        text,
        since ? `since ${since.toString({ smallestUnit: 'second' })}` : '',
        source,
      ]),
    ),
    ...draws.map((draw) => indented(drawText(draw, c))),
    ...steps.map((step) => indented(`= ${step}`)),
    indented(verdict(matches, explained.recomputed === null ? null : formatMinor(explained.recomputed, c))),
  ].join('\n')
}

function carriedText({ since, together, minimum }: Carried, c: Currency): string {
  const on = since.toString().slice(0, 10)
  return `Put off on ${on}: ${formatMinor(together, c)} together is less than the minimum charge of ${formatMinor(minimum, c)}`
}

function drawText({ featureName, provider, model, events, quantity, cost, tokens }: NamedDraw, c: Currency): string {
  const name = model === null ? featureName : `${featureName}, ${provider}/${model}`
  const used = `${name}: ${formatQuantity(quantity)} in ${events} events cost ${formatRate(cost, c)}`
  if (!tokens) return used
  const { input, output, cacheRead, cacheWrite } = tokens
  const kinds = Object.entries({ input, output, 'cache read': cacheRead, 'cache write': cacheWrite })
  const parts = kinds.filter(([, part]) => part.tokens > 0n).map(([kind, part]) => `${part.tokens} ${kind}`)
  return `${used} (${parts.join(', ')} tokens)`
}

function verdict(matches: boolean | null, recomputed: string | null = null): string {
  if (matches === null) return 'Cannot be checked.'
  if (matches) return 'Matches the invoice.'
  return recomputed === null ? 'DOES NOT MATCH the invoice.' : `DOES NOT MATCH the invoice: comes to ${recomputed}.`
}

function conclusion(matches: boolean | null): string {
  if (matches === null) return 'What can be computed again matches; some of it cannot.'
  return matches ? 'Every line matches.' : 'SOMETHING DOES NOT MATCH.'
}

const indented = (text: string) => `   ${text}`

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    indented(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    ),
  )
}
