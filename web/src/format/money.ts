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
