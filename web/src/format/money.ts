import { currencyDigits } from './currency-digits.ts'

/** The amount of `minor` units as an exact decimal text: 2900 'usd' is '29.00', 2900 'jpy' is '2900'. */
export function decimalText(minor: number, currency: string): `${number}` {
  if (!Number.isSafeInteger(minor)) throw new RangeError(`${minor} is not a whole number of minor units`)
  const digits = currencyDigits(currency)
  const size = String(Math.abs(minor)).padStart(digits + 1, '0')
  const whole = size.slice(0, size.length - digits)
  const text = digits === 0 ? whole : `${whole}.${size.slice(-digits)}`
  return `${minor < 0 ? '-' : ''}${text}` as `${number}`
}

/** An amount in minor units as its reader writes it, never rounded: `formatMoney(2900, 'usd', 'en')` is '$29.00'. */
export function formatMoney(minor: number, currency: string, locale: string): string {
  const digits = currencyDigits(currency)
  const format = new Intl.NumberFormat(locale, {
    style: 'currency',
    currency: currency.toUpperCase(),
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  })
  return format.format(decimalText(minor, currency))
}

/** Digits of the rate scale: 10,000 is one whole unit of any currency. */
const rateDigits = 4

/** A unit price or a balance on the rate scale, with as many digits as it needs: `formatRate(25, 'usd', 'en')` is '$0.0025'. */
export function formatRate(rate: number, currency: string, locale: string): string {
  if (!Number.isSafeInteger(rate)) throw new RangeError(`${rate} is not a whole number of rate units`)
  const digits = currencyDigits(currency)
  const format = new Intl.NumberFormat(locale, {
    style: 'currency',
    currency: currency.toUpperCase(),
    minimumFractionDigits: digits,
    maximumFractionDigits: Math.max(digits, rateDigits),
  })
  const size = String(Math.abs(rate)).padStart(rateDigits + 1, '0')
  const text = `${rate < 0 ? '-' : ''}${size.slice(0, -rateDigits)}.${size.slice(-rateDigits)}`
  return format.format(text as `${number}`)
}
