import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { meteredOverage } from '#billing/charges/metered-overage.ts'
import { overdraftLine } from '#billing/charges/overdraft.ts'
import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import {
  cappedCapacity,
  capsInForce,
  isShared,
  mostOverdraft,
  mostUnits,
  noCaps,
  overageAmount,
  roomFor,
  spentBesides,
} from '#metering/spend-cap.ts'
import { currency } from '#money/currency.ts'
import { units } from '#money/quantity.ts'
import { lineAmount, rateToMinor } from '#money/rate.ts'

const [usd, jpy, kwd] = [currency('usd'), currency('jpy'), currency('kwd')]

const calls: FeatureTerms = {
  featureId: 'ftr_calls',
  code: 'calls',
  name: 'Calls',
  type: 'usage',
  unitName: null,
  enabled: true,
  includedAmount: units(10),
  unlimited: false,
  overageEnabled: true,
  overageUnitPrice: 200n,
  creditsPerUnit: null,
  pricingMode: 'fixed',
  margin: null,
}
const texts = { ...calls, featureId: 'ftr_texts', code: 'texts', overageUnitPrice: 10_000n }

test('$5.00 pays for 250 units at $0.02, and for what still rounds down to it', () => {
  // 250.249999 units are $5.00499998, the next millionth is $5.005 and rounds to $5.01.
  assert.equal(mostUnits(500n, 200n, usd), 250_249_999n)
})

test('a cap of 0 leaves what rounds to nothing', () => {
  assert.equal(mostUnits(0n, 200n, usd), 249_999n)
  assert.equal(mostUnits(0n, 10_000n, jpy), 499_999n)
  assert.equal(mostUnits(0n, 1_000_000n, usd), 49n)
})

test('a currency without decimals: ¥100 pays for 40 units at ¥2.5', () => {
  assert.equal(mostUnits(100n, 25_000n, jpy), 40_199_999n)
})

test('units that cost nothing are not limited', () => {
  assert.equal(mostUnits(0n, 0n, usd), null)
})

test('an overdraft of $5.00 is 50,049 on the rate scale, of 5 dinar 50,004, of ¥5 54,999', () => {
  assert.equal(mostOverdraft(500n, usd), 50_049n)
  assert.equal(mostOverdraft(5000n, kwd), 50_004n)
  assert.equal(mostOverdraft(5n, jpy), 54_999n)
})

const amounts = fc.bigInt({ min: 0n, max: 1_000_000_000n })
const prices = fc.bigInt({ min: 1n, max: 10_000_000n })
const currencies = fc.constantFrom(usd, jpy, kwd)

test('the most units are billed with the cap at most, and a millionth more is billed beyond it', () => {
  fc.assert(
    fc.property(amounts, prices, currencies, (amount, price, c) => {
      const most = mostUnits(amount, price, c)
      assert(most !== null)
      assert(lineAmount(most, price, c) <= amount)
      assert(lineAmount(most + 1n, price, c) > amount)
    }),
  )
})

test('the deepest overdraft is billed with the cap at most, and a ten-thousandth more beyond it', () => {
  fc.assert(
    fc.property(amounts, currencies, (amount, c) => {
      const most = mostOverdraft(amount, c)
      assert(rateToMinor(most, c) <= amount)
      assert(rateToMinor(most + 1n, c) > amount)
    }),
  )
})

const day = Temporal.PlainDate.from('2026-06-01')
const window = {
  number: 1,
  kind: 'paid',
  startsOn: day,
  endsOn: day.add({ months: 1 }),
  periodStart: day,
  periodEnd: day.add({ months: 1 }),
} as const

test('what usage is taken to add to the bill is the amount of its invoice line', () => {
  const features = fc.record({
    unlimited: fc.boolean(),
    overageEnabled: fc.boolean(),
    overageUnitPrice: fc.bigInt({ min: 0n, max: 100_000n }),
  })
  fc.assert(
    fc.property(features, fc.bigInt({ min: 0n, max: 50_000_000n }), currencies, (settings, used, c) => {
      const terms = { ...calls, ...settings }
      assert.equal(overageAmount(terms, used, c), meteredOverage(terms, used, window, c)?.amount ?? 0n)
    }),
  )
  assert.equal(overdraftLine(mostOverdraft(500n, usd), window, usd).amount, 500n)
})

test('two features on one cap: whatever each uses up to its ceiling, the lines are the cap at most', () => {
  fc.assert(
    fc.property(amounts, prices, prices, fc.nat(1_000_000_000), currencies, (cap, one, other, used, c) => {
      const features = [
        { ...calls, overageUnitPrice: one },
        { ...texts, overageUnitPrice: other },
      ] as const
      const caps = { ...noCaps, total: cap }
      const ceiling = (feature: FeatureTerms, usedOf: (id: string) => bigint) => {
        const room = roomFor(caps, feature.featureId, spentBesides(feature, features, usedOf, c))
        const capacity = cappedCapacity({ kind: 'billed_beyond', included: units(10) }, feature, room, c)
        assert(capacity.kind === 'capped')
        return capacity.most
      }
      const first = ceiling(features[0], () => 0n)
      const callsUsed = BigInt(used) < first ? BigInt(used) : first
      const textsUsed = ceiling(features[1], (id) => (id === 'ftr_calls' ? callsUsed : 0n))
      const bill = overageAmount(features[0], callsUsed, c) + overageAmount(features[1], textsUsed, c)
      assert(bill <= cap)
      assert(overageAmount(features[0], callsUsed, c) + overageAmount(features[1], textsUsed + 1n, c) > cap)
    }),
  )
})

test('of what merchant and customer set, the lower one is in force', () => {
  const set = [
    { featureId: null, owner: 'merchant', amount: 500n },
    { featureId: null, owner: 'customer', amount: 300n },
    { featureId: 'ftr_calls', owner: 'merchant', amount: 100n },
    { featureId: 'ftr_calls', owner: 'customer', amount: 900n },
  ] as const
  assert.deepEqual(capsInForce(set), { total: 300n, byFeature: new Map([['ftr_calls', 100n]]) })
  assert.deepEqual(capsInForce([]), noCaps)
})

test('what is left is the lower of the feature, and of the subscription without what the others spent', () => {
  const caps = { total: 500n, byFeature: new Map([['ftr_calls', 300n]]) }
  assert.deepEqual(roomFor(caps, 'ftr_calls', 0n), { cap: 300n, left: 300n })
  assert.deepEqual(roomFor(caps, 'ftr_calls', 250n), { cap: 500n, left: 250n })
  assert.deepEqual(roomFor(caps, 'ftr_texts', 250n), { cap: 500n, left: 250n })
  assert.deepEqual(roomFor(caps, 'ftr_texts', 900n), { cap: 500n, left: 0n })
  assert.equal(roomFor(noCaps, 'ftr_calls', 900n), null)
})

test('a cap is shared when another feature can be billed beyond what is included', () => {
  const caps = { ...noCaps, total: 500n }
  assert.equal(isShared(caps, calls, [calls, texts]), true)
  assert.equal(isShared(noCaps, calls, [calls, texts]), false)
  assert.equal(isShared(caps, calls, [calls]), false)
  for (const free of [
    { overageEnabled: false },
    { overageUnitPrice: 0n },
    { unlimited: true },
    { type: 'seats' },
  ] as const) {
    assert.equal(isShared(caps, calls, [calls, { ...texts, ...free }]), false)
  }
})

test('what is included or not sold beyond is not capped', () => {
  const room = { cap: 0n, left: 0n }
  for (const capacity of [
    { kind: 'unlimited' },
    { kind: 'limited', included: units(10) },
    { kind: 'ledger', model: 'balance' },
  ] as const) {
    assert.deepEqual(cappedCapacity(capacity, calls, room, usd), capacity)
  }
  assert.deepEqual(cappedCapacity({ kind: 'billed_beyond', included: units(10) }, calls, room, usd), {
    kind: 'capped',
    included: 10_000_000n,
    most: 10_249_999n,
    cap: 0n,
  })
})
