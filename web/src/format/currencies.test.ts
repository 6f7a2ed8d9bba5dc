import assert from 'node:assert/strict'
import { test } from 'node:test'
import { currencyTable } from '../../../server/src/money/currency-table.ts'
import { locales } from '../text/locale.ts'
import { currencyDigits } from './currency-digits.ts'
import { formatMoney } from './money.ts'

const codes = Object.keys(currencyTable)

test('every supported currency is written with the digits that the server counts in', () => {
  assert.ok(codes.length > 100)
  for (const code of codes) assert.equal(currencyDigits(code), currencyTable[code]?.digits, code)
})

for (const locale of locales) {
  test(`an amount in any currency reads back as the same minor units (${locale})`, () => {
    for (const code of codes) {
      for (const minor of [0, 1, 50, 1999, -1999, 123_456_789]) {
        const text = formatMoney(minor, code, locale)
        // Without its grouping and its point an amount is its minor units again: nothing was rounded or padded away.
        const digits = text.replace(/[^0-9]/g, '')
        assert.equal(Number(digits) * (/[-−]/.test(text) ? -1 : 1), minor, `${code} ${minor}: ${text}`)
        const point = new RegExp(`[.,][0-9]{${currencyDigits(code)}}(?![0-9])`)
        if (currencyDigits(code) > 0) assert.match(text, point, `${code} ${minor}: ${text}`)
      }
    }
  })
}
