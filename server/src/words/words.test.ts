import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayText, periodText } from '#words/day.ts'
import { readerIn } from '#words/language.ts'
import { amountText, countText, moneyText, percentText, rateAmountText, rateText } from '#words/money.ts'

const day = (text: string) => Temporal.PlainDate.from(text)
// Intl puts no-break spaces; they look like spaces.
const spaced = (text: string) => text.replaceAll(/[\u00a0\u202f]/g, ' ')

test('amounts have the digits of their currency, whatever Intl thinks of it', () => {
  assert.equal(moneyText(290_000n, 'usd', 'en-US'), '$2,900.00')
  assert.equal(spaced(moneyText(290_000n, 'eur', 'es-ES')), '2.900,00 €')
  assert.equal(moneyText(5000n, 'jpy', 'en-US'), '¥5,000')
  assert.equal(spaced(moneyText(1_234_567n, 'kwd', 'en-US')), 'KWD 1,234.567')
  assert.equal(spaced(moneyText(150_000n, 'clp', 'es-CL')), '$150.000')
})

test('an amount larger than any float is written to the last digit', () => {
  assert.equal(amountText(9_007_199_254_740_993_01n, 'usd', 'en-US'), '9,007,199,254,740,993.01')
})

test('negative amounts have a minus as wide as a digit', () => {
  assert.equal(amountText(-990n, 'usd', 'en-US'), '\u22129.90')
  assert.equal(moneyText(-5n, 'usd', 'en-US'), '\u2212$0.05')
})

test('unit prices show the digits they need and no more than four', () => {
  assert.equal(rateText(25n, 'usd', 'en-US'), '$0.0025')
  assert.equal(rateAmountText(100n, 'usd', 'en-US'), '0.01')
  assert.equal(rateAmountText(12_500n, 'jpy', 'en-US'), '1.25')
})

test('counts, shares, days and periods are written as the reader writes them', () => {
  assert.equal(countText('1250.5', 'es-ES'), '1.250,5')
  assert.equal(percentText(210_000n, 'en-US'), '21%')
  assert.equal(spaced(percentText(52_500n, 'es-ES')), '5,25 %')
  assert.equal(dayText(day('2026-06-16'), 'en-US'), 'June 16, 2026')
  assert.equal(dayText(day('2026-06-16'), 'es-ES'), '16 de junio de 2026')
  // Half-open: the last day is the one before the end.
  assert.equal(periodText(day('2026-06-16'), day('2026-07-16'), 'en-US'), 'Jun 16, 2026 – Jul 15, 2026')
  assert.equal(periodText(day('2026-06-16'), day('2026-06-17'), 'en-US'), 'Jun 16, 2026')
})

test('a reader is written to in the language of their country, else in the organisation’s', () => {
  assert.deepEqual(readerIn('MX', 'en'), { language: 'es', locale: 'es-MX' })
  assert.deepEqual(readerIn('US', 'es'), { language: 'en', locale: 'en-US' })
  assert.deepEqual(readerIn('DE', 'es'), { language: 'es', locale: 'es-ES' })
  assert.deepEqual(readerIn(null, 'en'), { language: 'en', locale: 'en-US' })
})
