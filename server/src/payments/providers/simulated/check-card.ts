import cardValidator from 'card-validator'
import type { CardInput } from '#payments/provider.ts'
import { findTestCard, type TestCard } from '#payments/providers/simulated/test-cards.ts'

export type CheckedCard =
  | { readonly ok: true; readonly card: TestCard; readonly last4: string; readonly expYear: number }
  | { readonly ok: false; readonly code: string; readonly message: string; readonly field: keyof CardInput }

/**
 * Whether a card may be used with the simulated processor in this month. A number on the list of test cards is taken as
 * it is; any other is refused, a real one with the advice not to type it here.
 */
export function checkCard(input: CardInput, month: Temporal.PlainYearMonth): CheckedCard {
  const digits = input.number.replace(/[\s-]/g, '')
  const card = findTestCard(digits)
  if (!card) return unknownNumber(digits)
  return checkExpiry(input, month) ?? checkCode(card, input) ?? accepted(card, digits, input)
}

function accepted(card: TestCard, digits: string, input: CardInput): CheckedCard {
  return { ok: true, card, last4: digits.slice(-4), expYear: fullYear(input.expYear) }
}

function unknownNumber(digits: string): CheckedCard {
  return cardValidator.number(digits).isValid
    ? refused(
        'number',
        'not_a_test_card',
        'Only test cards work here, such as 4242 4242 4242 4242. Never type a real card.',
      )
    : refused('number', 'incorrect_number', 'This is not a card number. A test card is 4242 4242 4242 4242.')
}

function checkExpiry({ expMonth, expYear }: CardInput, month: Temporal.PlainYearMonth): CheckedCard | undefined {
  if (!Number.isInteger(expMonth) || expMonth < 1 || expMonth > 12) {
    return refused('expMonth', 'invalid_expiry_month', 'The month must be 1 to 12.')
  }
  const year = fullYear(expYear)
  if (!Number.isInteger(year) || year < 2000 || year > 9999) {
    return refused('expYear', 'invalid_expiry_year', 'The year must have two or four digits.')
  }
  const lastMonth = Temporal.PlainYearMonth.from({ year, month: expMonth })
  if (Temporal.PlainYearMonth.compare(lastMonth, month) >= 0) return undefined
  const field = year < month.year ? 'expYear' : 'expMonth'
  return refused(field, 'expired_card', 'The card has expired.')
}

/** A year as it is printed on cards: 34 is 2034. */
function fullYear(year: number): number {
  return year >= 0 && year < 100 ? 2000 + year : year
}

function checkCode(card: TestCard, { cvc }: CardInput): CheckedCard | undefined {
  const length = card.brand === 'amex' ? 4 : 3
  if (/^[0-9]+$/.test(cvc) && cvc.length === length) return undefined
  return refused('cvc', 'invalid_cvc', `The security code has ${length} digits.`)
}

function refused(field: keyof CardInput, code: string, message: string): CheckedCard {
  return { ok: false, code, message, field }
}
