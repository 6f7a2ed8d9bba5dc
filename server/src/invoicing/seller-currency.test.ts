import assert from 'node:assert/strict'
import { test } from 'node:test'
import { currencyBeside, foreignTaxOf, rateBetween, rateOfCorrected } from '#invoicing/seller-currency.ts'
import { currency } from '#money/currency.ts'
import { exchangeRateToText, parseExchangeRate } from '#money/exchange.ts'

const rates: Readonly<Record<string, string>> = { eur: '0.92', jpy: '150', usd: '1.2' }
const rateOf = (code: string) => parseExchangeRate(rates[code] ?? '0')
const between = (from: string, to: string) => {
  const rate = rateBetween(from, to, rateOf)
  return rate === undefined ? null : exchangeRateToText(rate)
}

test('a seller in Spain tells the tax of an invoice in dollars in euros, and of one in euros only there', () => {
  assert.equal(currencyBeside('usd', 'ES'), 'eur')
  assert.equal(currencyBeside('eur', 'ES'), null)
  assert.equal(currencyBeside('eur', 'US'), 'usd')
})

test('a country whose currency is none of a plan’s tells nothing, and is not taken for the United States', () => {
  assert.equal(currencyBeside('eur', 'GB'), null)
  assert.equal(currencyBeside('eur', null), null)
})

test('rates go by the dollar; what customers in the United States pay more is no rate of exchange', () => {
  assert.equal(between('usd', 'eur'), '0.92')
  assert.equal(between('jpy', 'eur'), '0.0061333333')
  assert.equal(between('eur', 'usd'), '1.0869565')
  assert.equal(between('jpy', 'brl'), null)
})

test('19.24 dollars of tax at 0.92 are 17.70 euros; without a rate there are none', () => {
  const invoice = { currency: 'usd', taxAmount: 1924n, sellerCurrency: 'eur', sellerCurrencyRate: '0.92' }
  assert.deepEqual(foreignTaxOf(invoice), { currency: 'eur', rate: 920_000_000_000n, amount: 1770n })
  assert.equal(foreignTaxOf({ ...invoice, sellerCurrency: null, sellerCurrencyRate: null }), null)
})

test('a correction has the rate of the invoice it corrects, if both are of the same currencies', () => {
  const eur = currency('eur')
  const corrected = { currency: 'usd', sellerCurrency: 'eur', sellerCurrencyRate: '0.92' }
  assert.equal(rateOfCorrected(corrected, 'usd', eur), 920_000_000_000n)
  assert.equal(rateOfCorrected(corrected, 'brl', eur), undefined)
  assert.equal(rateOfCorrected(corrected, 'usd', currency('jpy')), undefined)
  assert.equal(rateOfCorrected({ ...corrected, sellerCurrency: null, sellerCurrencyRate: null }, 'usd', eur), undefined)
  assert.equal(rateOfCorrected(null, 'usd', eur), undefined)
})
