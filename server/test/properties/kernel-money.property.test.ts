import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { allocate } from '#money/allocate.ts'
import { percentOf } from '#money/basis-points.ts'
import { currency, currencyTable } from '#money/currency.ts'
import { proratedLineAmount, share } from '#money/proration.ts'
import { parseQuantity, quantityToNumber, quantityToText } from '#money/quantity.ts'
import { lineAmount, minorToRate, rateCostUp, rateToMinor } from '#money/rate.ts'
import { divideRounded, divideUp } from '#money/rounding.ts'

const largest = 10n ** 18n
const amount = fc.bigInt({ min: -largest, max: largest })
const positive = fc.bigInt({ min: 1n, max: largest })
const anyCurrency = fc.constantFrom(...Object.keys(currencyTable)).map(currency)
const days = fc
  .integer({ min: 1, max: 366 })
  .chain((whole) => fc.tuple(fc.integer({ min: 0, max: whole }), fc.constant(whole)))

const absolute = (n: bigint) => (n < 0n ? -n : n)

test('a rounded quotient is the nearest, and of two equally near the one farther from zero', () => {
  fc.assert(
    fc.property(amount, positive, (numerator, denominator) => {
      const quotient = divideRounded(numerator, denominator)
      const error = 2n * (quotient * denominator - numerator)
      assert(absolute(error) <= denominator)
      if (absolute(error) === denominator) assert(absolute(quotient * denominator) > absolute(numerator))
      assert.equal(divideRounded(-numerator, denominator), -quotient)
    }),
  )
})

test('exact halves go away from zero on both sides', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: largest }), positive, (whole, half) => {
      const numerator = whole * 2n * half + half
      assert.equal(divideRounded(numerator, 2n * half), whole + 1n)
      assert.equal(divideRounded(-numerator, 2n * half), -whole - 1n)
    }),
  )
})

test('rounding up gives the least whole number that is not below the quotient', () => {
  fc.assert(
    fc.property(amount, positive, (numerator, denominator) => {
      const quotient = divideUp(numerator, denominator)
      assert(quotient * denominator >= numerator)
      assert((quotient - 1n) * denominator < numerator)
    }),
  )
})

test('an allocation loses no unit, and each part is within one unit of its exact share', () => {
  const weights = fc.array(fc.bigInt({ min: 0n, max: largest }), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(amount, weights, positive, fc.nat(19), (whole, drawn, sure, at) => {
      const carried = drawn.with(at % drawn.length, sure)
      const total = carried.reduce((all, weight) => all + weight, 0n)
      const parts = allocate(whole, carried)
      assert.equal(
        parts.reduce((all, part) => all + part, 0n),
        whole,
      )
      for (const [index, part] of parts.entries()) {
        const weight = carried[index] ?? 0n
        assert(absolute(part * total - whole * weight) < total)
        if (weight === 0n) assert.equal(part, 0n)
      }
      assert.deepEqual(
        allocate(-whole, carried),
        parts.map((part) => -part),
      )
    }),
  )
})

test('a share of no days is nothing, of all days the whole, and never beyond either', () => {
  fc.assert(
    fc.property(amount, days, (whole, [part, all]) => {
      assert.equal(share(whole, 0, all), 0n)
      assert.equal(share(whole, all, all), whole)
      const some = share(whole, part, all)
      assert(absolute(some) <= absolute(whole))
      assert.equal(share(-whole, part, all), -some)
      // What is used and what is left meet within the one rounding of each.
      assert(absolute(some + share(whole, all - part, all) - whole) <= 1n)
    }),
  )
})

test('a prorated line of no days is nothing, of all days the line', () => {
  fc.assert(
    fc.property(
      amount,
      fc.bigInt({ min: 0n, max: 10n ** 12n }),
      anyCurrency,
      days,
      (quantity, unitPrice, c, [part, all]) => {
        const line = lineAmount(quantity, unitPrice, c)
        assert.equal(proratedLineAmount(quantity, unitPrice, c, 0, all), 0n)
        assert.equal(proratedLineAmount(quantity, unitPrice, c, all, all), line)
        assert(absolute(proratedLineAmount(quantity, unitPrice, c, part, all) - share(line, part, all)) <= 1n)
      },
    ),
  )
})

test('minor units come back unchanged from the rate scale', () => {
  fc.assert(
    fc.property(amount, anyCurrency, (minor, c) => {
      assert.equal(rateToMinor(minorToRate(minor, c), c), minor)
    }),
  )
})

test('what a balance pays is never less than the usage costs, and less than one rate unit more', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: largest }),
      fc.bigInt({ min: 0n, max: 10n ** 12n }),
      (quantity, unitPrice) => {
        const excess = rateCostUp(quantity, unitPrice) * 1_000_000n - quantity * unitPrice
        assert(excess >= 0n && excess < 1_000_000n)
      },
    ),
  )
})

test('a percentage and its complement meet within one unit', () => {
  fc.assert(
    fc.property(amount, fc.bigInt({ min: 0n, max: 10_000n }), (whole, part) => {
      assert(absolute(percentOf(whole, part) + percentOf(whole, 10_000n - part) - whole) <= 1n)
    }),
  )
})

test('a quantity comes back unchanged from its text, and from a number of up to 15 digits', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), (quantity) => {
      assert.equal(parseQuantity(quantityToText(quantity)), quantity)
    }),
  )
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 15n) + 1n, max: 10n ** 15n - 1n }), (quantity) => {
      assert.equal(parseQuantity(quantityToNumber(quantity)), quantity)
    }),
  )
})

test('a seventh decimal is refused', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(999_999), fc.integer({ min: 1, max: 9 }), (whole, millionths, seventh) => {
      const six = `${whole}.${String(millionths).padStart(6, '0')}`
      assert.equal(parseQuantity(six), BigInt(whole) * 1_000_000n + BigInt(millionths))
      assert.equal(parseQuantity(`${six}${seventh}`), undefined)
    }),
  )
})

test('any double is read as its decimal text says, or refused', () => {
  fc.assert(
    fc.property(fc.double(), (value) => {
      const quantity = parseQuantity(value)
      if (quantity !== undefined) assert.equal(quantityToNumber(quantity), value === 0 ? 0 : value)
    }),
  )
})
