import { type Beside, differenceOf, type SimulatedCustomer, type SimulatedTotal } from '#billing/simulation/tally.ts'
import type { Currency } from '#money/currency.ts'
import { formatMinor } from '#money/format.ts'

/** What a simulation came to. */
export type Simulated = {
  readonly plan: { readonly code: string }
  readonly months: number
  readonly windows: number
  readonly totals: readonly SimulatedTotal[]
  readonly top: readonly SimulatedCustomer[]
  readonly leftOut: readonly { readonly currency: Currency; readonly windows: number }[]
}

/** A simulation as plain text. */
export function simulationText({ plan, months, windows, totals, top, leftOut }: Simulated): string {
  const head = `${plan.code}: ${plural(windows, 'window')} closed in ${plural(months, 'month')}. Before tax and customer credit.`
  const left = leftOut.map(
    ({ currency, windows: some }) =>
      `Left out: ${plural(some, 'window')} in ${currency.toUpperCase()}, for which the plan has no exchange rate.`,
  )
  const named = top.filter((one) => differenceOf(one) !== 0n)
  return [head, ...totals.map(totalText), ...left, ...(named.length > 0 ? [customersText(named)] : [])].join('\n\n')
}

function totalText(total: SimulatedTotal): string {
  const { currency, customers, up, down, refused, byLineType } = total
  const rows = [...byLineType].map(([type, sum]) => rowOf(type, sum, currency))
  return [
    `${currency.toUpperCase()}, ${plural(customers, 'customer')}: ${up} would have paid more, ${down} less`,
    ...table([['', 'invoiced', 'simulated', 'difference'], ...rows, rowOf('total', total, currency)]),
    ...(refused > 0 ? [`Usage that the draft would have refused: ${refused} times. It is not billed.`] : []),
  ].join('\n')
}

function customersText(customers: readonly SimulatedCustomer[]): string {
  const rows = customers.map((one) => rowOf(one.customerId, one, one.currency))
  return ['The largest differences', ...table([['', 'invoiced', 'simulated', 'difference'], ...rows])].join('\n')
}

function rowOf(name: string, sum: Beside, currency: Currency): string[] {
  const difference = differenceOf(sum)
  const signed = `${difference > 0n ? '+' : ''}${formatMinor(difference, currency)}`
  return [name, formatMinor(sum.invoiced, currency), formatMinor(sum.simulated, currency), signed]
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    `  ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ')}`.trimEnd(),
  )
}

const plural = (count: number, noun: string) => `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`
