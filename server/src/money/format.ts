import { type Currency, minorDigits } from '#money/currency.ts'
import { type Quantity, quantityToText } from '#money/quantity.ts'
import type { Rate } from '#money/rate.ts'

const rateDigits = 4

/** An amount in minor units as English text: 10_000n usd is '$100.00', 2900n jpy '¥2,900'. Exact, whatever its size. */
export function formatMinor(minor: bigint, c: Currency): string {
  return formatScaled(minor, minorDigits(c), c)
}

/** A rate with all of its decimals: 200n usd is '$0.0200'. */
export function formatRate(rate: Rate, c: Currency): string {
  return formatScaled(rate, rateDigits, c)
}

/** A whole number of some decimal part of the major unit, such as `digits` 6 for millionths. */
export function formatScaled(scaled: bigint, digits: number, c: Currency): string {
  const format = new Intl.NumberFormat('en-US', {
    style: 'currency',
    currency: c.toUpperCase(),
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  })
  return format.format(decimalText(scaled, digits))
}

/** A quantity with separators: 5_000_000_000n is '5,000', 1_500_000n '1.5'. */
export function formatQuantity(quantity: Quantity): string {
  const format = new Intl.NumberFormat('en-US', { maximumFractionDigits: 6 })
  return format.format(quantityToText(quantity) as `${number}`)
}

// Decimal text is formatted digit by digit; a number would lose the last ones of large amounts.
function decimalText(scaled: bigint, digits: number): `${number}` {
  const size = (scaled < 0n ? -scaled : scaled).toString().padStart(digits + 1, '0')
  const whole = size.slice(0, size.length - digits)
  return `${scaled < 0n ? '-' : ''}${whole}${digits === 0 ? '' : `.${size.slice(-digits)}`}` as `${number}`
}
