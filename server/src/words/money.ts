import { currency as currencyOf, minorDigits } from '#money/currency.ts'
import type { Rate } from '#money/rate.ts'

/** Digits of a unit price at most: it may be finer than anything that can be paid. */
const rateDigits = 4

/** An amount in minor units as its reader writes it, exact to the last digit: 290000 'usd' is '$2,900.00'. */
export function moneyText(minor: bigint, currency: string, locale: string): string {
  const digits = minorDigits(currencyOf(currency))
  return formatted(decimalText(minor, digits), currency, locale, digits, digits)
}

/** A unit price on the rate scale, with as many digits as it needs: 25n 'usd' is '$0.0025'. */
export function rateText(rate: Rate, currency: string, locale: string): string {
  const digits = minorDigits(currencyOf(currency))
  return formatted(decimalText(rate, rateDigits), currency, locale, digits, Math.max(digits, rateDigits))
}

/** The same without the currency, for a column that names it: 290000n 'usd' is '2,900.00'. */
export function amountText(minor: bigint, currency: string, locale: string): string {
  const digits = minorDigits(currencyOf(currency))
  return plain(decimalText(minor, digits), locale, digits, digits)
}

/** A unit price without its currency, with as many digits as it needs. */
export function rateAmountText(rate: Rate, currency: string, locale: string): string {
  const digits = minorDigits(currencyOf(currency))
  return plain(decimalText(rate, rateDigits), locale, digits, Math.max(digits, rateDigits))
}

/** A share in millionths: 99750n is '9.975%'. */
export function percentText(millionths: bigint, locale: string): string {
  const format = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 4 })
  return format.format(decimalText(millionths, 6))
}

/** A number of units from its exact decimal text, six decimals at most where nothing else is said: '1250.5' is '1,250.5'. */
export function countText(decimal: string, locale: string, mostDecimals = 6): string {
  return plain(decimal as `${number}`, locale, 0, mostDecimals)
}

function plain(text: `${number}`, locale: string, least: number, most: number): string {
  const format = new Intl.NumberFormat(locale, {
    minimumFractionDigits: least,
    maximumFractionDigits: most,
    useGrouping: 'always',
  })
  return withMinus(format.format(text))
}

// Intl takes decimal text without rounding it through a float. Digits are ours: its own are wrong for several currencies.
function formatted(text: `${number}`, currency: string, locale: string, least: number, most: number): string {
  const format = new Intl.NumberFormat(locale, {
    style: 'currency',
    currency: currency.toUpperCase(),
    minimumFractionDigits: least,
    maximumFractionDigits: most,
    useGrouping: 'always',
  })
  return withMinus(format.format(text))
}

// The hyphen that Intl writes is shorter than a digit and breaks a column.
function withMinus(text: string): string {
  return text.replace('-', '\u2212')
}

/** The decimal text of a whole number of the `digits`th decimals: 2900n with 2 is '29.00'. */
function decimalText(whole: bigint, digits: number): `${number}` {
  const size = (whole < 0n ? -whole : whole).toString().padStart(digits + 1, '0')
  const text = digits === 0 ? size : `${size.slice(0, -digits)}.${size.slice(-digits)}`
  return `${whole < 0n ? '-' : ''}${text}` as `${number}`
}
