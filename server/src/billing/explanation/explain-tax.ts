import type { ExplainedLine } from '#billing/explanation/explain-line.ts'
import type { LineType } from '#invoicing/invoice-draft.ts'
import { allocate } from '#money/allocate.ts'
import type { Currency } from '#money/currency.ts'
import { formatMinor } from '#money/format.ts'
import type { RateOrigin } from '#tax/tax-rate.ts'

/** A tax as the invoice has it: only its rate, and where that is from and holds, are believed. `rate` in millionths. */
export type KnownTax = {
  readonly name: string
  readonly rate: bigint
  readonly country: string
  readonly region: string | null
  readonly origin: RateOrigin | null
}

type TaxedLine = Pick<ExplainedLine, 'recomputed'> & { readonly lineType: LineType }
export type ExplainedTax = { readonly amount: bigint; readonly steps: readonly string[] }

const whole = 1_000_000n

/**
 * The tax of an invoice from lines that were computed again; null where one cannot be. Written a second time, as every explanation
 * is: what is charged on a line is what it has left once discounts are off the plan's base and credits off everything.
 */
export function explainTax(lines: readonly TaxedLine[], taxes: readonly KnownTax[], c: Currency): ExplainedTax | null {
  const amounts: bigint[] = []
  for (const { recomputed } of lines) {
    if (recomputed === null) return null
    amounts.push(recomputed)
  }
  const left = leftOf(lines, amounts)
  let amount = 0n
  const steps = taxes.map((tax) => {
    const parts = left.flatMap((base, place) => {
      if (base === 0n) return []
      const share = nearest(base * tax.rate)
      amount += share
      return [`${lines[place]?.lineType} ${percent(tax.rate)}% of ${formatMinor(base, c)} = ${formatMinor(share, c)}`]
    })
    const place = tax.region === null ? tax.country : `${tax.country}-${tax.region}`
    return `${tax.name} ${percent(tax.rate)} % (${place}${originText(tax.origin)}): ${parts.join(', ')}`
  })
  return { amount, steps }
}

/** Where a rate is from, as an explanation says it: ', shipped rate since 2021-01-01'. */
export function originText(origin: RateOrigin | null): string {
  if (origin === null) return ''
  const { source, asOf } = origin
  if (source === 'provider') return `, by the payment provider on ${asOf}`
  const kind = source === 'own' ? 'own rate' : 'shipped rate'
  return asOf === null ? `, ${kind}` : `, ${kind} since ${asOf}`
}

function leftOf(lines: readonly TaxedLine[], amounts: readonly bigint[]): readonly bigint[] {
  let left = amounts.map((amount) => (amount > 0n ? amount : 0n))
  let discounts = 0n
  let credits = 0n
  for (const [place, amount] of amounts.entries()) {
    if (amount >= 0n) continue
    const { lineType } = lines[place] ?? {}
    if (lineType === 'discount' || lineType === 'promo_code_discount') discounts -= amount
    else credits -= amount
  }
  const bases = left.map((amount, place) => (lines[place]?.lineType === 'plan_base' ? amount : 0n))
  const onBases = smaller(discounts, total(bases))
  left = minus(left, allocate(onBases, bases))
  // What is more than all lines is no tax: nothing is left then.
  return minus(left, allocate(smaller(credits + discounts - onBases, total(left)), left))
}

const total = (amounts: readonly bigint[]) => amounts.reduce((sum, amount) => sum + amount, 0n)
const smaller = (one: bigint, other: bigint) => (one < other ? one : other)
const minus = (amounts: readonly bigint[], taken: readonly bigint[]) =>
  amounts.map((amount, place) => amount - (taken[place] ?? 0n))

// Half a minor unit is rounded up; what is taxed is never less than nothing.
function nearest(millionths: bigint): bigint {
  const rest = millionths % whole
  return millionths / whole + (2n * rest >= whole ? 1n : 0n)
}

function percent(rate: bigint): string {
  return (Number(rate) / 10_000).toString()
}
