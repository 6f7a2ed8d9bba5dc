export const cardBrands = ['visa', 'mastercard', 'amex', 'discover', 'diners', 'jcb', 'unionpay'] as const
export type CardBrand = (typeof cardBrands)[number]

type BrandFacts = { name: string; starts: RegExp; groups: readonly number[]; cvcDigits: 3 | 4 }

const fourByFour = [4, 4, 4, 4, 3]

/** What a number of each brand looks like. `starts` needs as few digits as possible: it is a hint while typing. */
export const brandFacts: Record<CardBrand, BrandFacts> = {
  visa: { name: 'Visa', starts: /^4/, groups: fourByFour, cvcDigits: 3 },
  mastercard: {
    name: 'Mastercard',
    starts: /^(5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/,
    groups: fourByFour,
    cvcDigits: 3,
  },
  amex: { name: 'American Express', starts: /^3[47]/, groups: [4, 6, 5], cvcDigits: 4 },
  discover: { name: 'Discover', starts: /^(6011|64[4-9]|65)/, groups: fourByFour, cvcDigits: 3 },
  diners: { name: 'Diners Club', starts: /^(30[0-5]|309|36|38|39)/, groups: [4, 6, 4], cvcDigits: 3 },
  jcb: { name: 'JCB', starts: /^35(2[89]|[3-8])/, groups: fourByFour, cvcDigits: 3 },
  unionpay: { name: 'UnionPay', starts: /^62/, groups: fourByFour, cvcDigits: 3 },
}

/** The digits of what was typed or pasted, full-width and Arabic-Indic ones included, everything else dropped. */
export function digitsOf(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/[٠-٩۰-۹]/g, (digit) => String(digit.charCodeAt(0) & 0xf))
    .replace(/[^0-9]/g, '')
}

/** The brand the first digits speak for, or undefined while they do not. */
export function cardBrand(text: string): CardBrand | undefined {
  const digits = digitsOf(text)
  return cardBrands.find((brand) => brandFacts[brand].starts.test(digits))
}

/** The number in the groups printed on the card (4-4-4-4, or 4-6-5); no digit is added or lost up to 19. */
export function formatCardNumber(text: string): string {
  const digits = digitsOf(text).slice(0, 19)
  const brand = cardBrand(digits)
  const groups: string[] = []
  let rest = digits
  for (const size of brand ? brandFacts[brand].groups : fourByFour) {
    if (rest === '') break
    groups.push(rest.slice(0, size))
    rest = rest.slice(size)
  }
  // Digits beyond the brand's length stay visible, so that a slip of the finger can be seen.
  return groups.join(' ') + rest
}

/** Where the caret belongs in `formatted` so that it keeps the same number of digits before it. */
export function caretAfterDigits(formatted: string, digitsBefore: number): number {
  let seen = 0
  for (let at = 0; at < formatted.length; at += 1) {
    if (seen === digitsBefore) return at
    if (/[0-9]/.test(formatted.charAt(at))) seen += 1
  }
  return formatted.length
}

/** The check digit that almost every card number carries. */
export function passesLuhn(text: string): boolean {
  const digits = digitsOf(text)
  let sum = 0
  for (let fromEnd = 0; fromEnd < digits.length; fromEnd += 1) {
    const digit = Number(digits.charAt(digits.length - 1 - fromEnd))
    const doubled = digit * 2 > 9 ? digit * 2 - 9 : digit * 2
    sum += fromEnd % 2 === 1 ? doubled : digit
  }
  return digits.length > 0 && sum % 10 === 0
}
