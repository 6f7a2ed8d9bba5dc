// Longer than any number JavaScript prints; a longer text would only cost time.
const maxTextLength = 400
const decimalText = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/

/**
 * A decimal number or its text ('1.5', '1e-6', 1e21) as a whole number of 10^-decimals, exactly; undefined when it is not
 * finite, not a decimal number, or finer than that. Works on the decimal text alone, so no digit is ever lost.
 */
export function parseDecimal(value: number | string, decimals: number): bigint | undefined {
  const text = String(value)
  if (text.length > maxTextLength) return undefined
  const match = decimalText.exec(text)
  if (!match) return undefined
  const [, sign, whole = '', fraction = '', exponent = '0'] = match
  const size = shiftDecimal(BigInt(whole + fraction), Number(exponent) - fraction.length + decimals)
  if (size === undefined) return undefined
  return sign === '-' ? -size : size
}

/** The shortest exact decimal text of a whole number of 10^-decimals: '1.5', '-0.000001', '3'. */
export function toDecimalText(value: bigint, decimals: number): string {
  const one = 10n ** BigInt(decimals)
  const size = value < 0n ? -value : value
  const fraction = (size % one).toString().padStart(decimals, '0').replace(/0+$/, '')
  return `${value < 0n ? '-' : ''}${size / one}${fraction && `.${fraction}`}`
}

/** digits × 10^places, or undefined when that is not whole. */
function shiftDecimal(digits: bigint, places: number): bigint | undefined {
  if (places >= 0) return digits * 10n ** BigInt(places)
  const divisor = 10n ** BigInt(-places)
  return digits % divisor === 0n ? digits / divisor : undefined
}
