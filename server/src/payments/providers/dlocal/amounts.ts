import { currency, minorDigits } from '#money/currency.ts'

/** An amount as dLocal writes it: major units, with the currency's digits. Null where a float could not say it exactly. */
export function majorUnits(amount: bigint, code: string): number | null {
  const digits = minorDigits(currency(code))
  const text = amount.toString().padStart(digits + 1, '0')
  const major = digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`
  return Number(major).toFixed(digits) === major ? Number(major) : null
}

/** An amount of dLocal in minor units. `code` in any case. */
export function minorUnits(amount: number, code: string): bigint {
  return BigInt(amount.toFixed(minorDigits(currency(code.toLowerCase()))).replace('.', ''))
}
