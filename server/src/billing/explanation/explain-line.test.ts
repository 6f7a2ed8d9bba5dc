import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { meteredOverage } from '#billing/charges/metered-overage.ts'
import { explainLine } from '#billing/explanation/explain-line.ts'
import { explainTotals } from '#billing/explanation/explain-totals.ts'
import type { LineFacts } from '#billing/explanation/facts.ts'
import { factsKindOf } from '#billing/explanation/rules.ts'
import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import type { DatedTerms } from '#catalogue/terms-history.ts'
import { chargeTypes, type DraftLine, line, lineTypes } from '#invoicing/invoice-draft.ts'
import { currency } from '#money/currency.ts'
import { units } from '#money/quantity.ts'

const [usd, jpy] = [currency('usd'), currency('jpy')]
const day = (text: string) => Temporal.PlainDate.from(text)
const noon = Temporal.Instant.from('2026-06-01T12:00:00Z')

const calls: FeatureTerms = {
  featureId: 'ftr_1',
  code: 'calls',
  name: 'Calls',
  type: 'usage',
  unitName: null,
  enabled: true,
  includedAmount: units(10_000),
  unlimited: false,
  overageEnabled: true,
  overageUnitPrice: 200n,
  creditsPerUnit: null,
  pricingMode: 'fixed',
  margin: null,
}
const since = { revision: 3n, at: noon }
const dated = (terms: FeatureTerms): DatedTerms => ({ terms, priceSince: since, includedSince: since })

const lineOf = (given: Partial<DraftLine> & Pick<DraftLine, 'lineType'>): DraftLine =>
  line({ description: 'A line', quantity: units(1), unitAmount: 0n, amount: 0n, ...given })

function used(total: bigint, counted = total, terms: FeatureTerms | null = calls): LineFacts {
  return {
    kind: 'overage',
    terms: terms && dated(terms),
    counter: { total: counted, events: 1n },
    events: { total, count: 1n, late: 0n, firstAt: noon, lastAt: noon },
  }
}

test('what was used beyond is computed from the events, not from the line', () => {
  const overage = lineOf({ lineType: 'feature_overage', amount: 9_999n })
  const { recomputed, matches, steps } = explainLine(overage, used(units(15_000)), usd)
  assert.deepEqual([recomputed, matches, steps.at(-1)], [10_000n, false, '5,000 × $0.0200 = $100.00'])
})

test('a right amount does not match when the counter is not the sum of its events', () => {
  const overage = lineOf({ lineType: 'feature_overage', amount: 10_000n })
  assert.equal(explainLine(overage, used(units(15_000)), usd).matches, true)
  assert.equal(explainLine(overage, used(units(15_000), units(15_001)), usd).matches, false)
  assert.equal(explainLine(overage, used(units(15_000), units(15_000), null), usd).matches, null)
})

test('where nothing is sold beyond, an overage line comes to nothing', () => {
  const overage = lineOf({ lineType: 'feature_overage', amount: 10_000n })
  for (const terms of [
    { ...calls, unlimited: true },
    { ...calls, overageEnabled: false },
    { ...calls, includedAmount: units(15_000) },
  ]) {
    const { recomputed, matches } = explainLine(overage, used(units(15_000), units(15_000), terms), usd)
    assert.deepEqual([recomputed, matches], [0n, false])
  }
})

test('explained overage is billed overage, whatever is used at whatever price in whatever currency', () => {
  const window = {
    number: 1,
    kind: 'paid',
    startsOn: day('2026-06-01'),
    endsOn: day('2026-07-01'),
    periodStart: day('2026-06-01'),
    periodEnd: day('2026-07-01'),
  } as const
  const law = fc.property(
    fc.bigInt({ min: 0n, max: 10n ** 15n }),
    fc.bigInt({ min: 0n, max: 10n ** 12n }),
    fc.bigInt({ min: 0n, max: 10n ** 9n }),
    fc.constantFrom(usd, jpy, currency('kwd')),
    (total, includedAmount, overageUnitPrice, c) => {
      const terms = { ...calls, includedAmount, overageUnitPrice }
      const billed = meteredOverage(terms, total, window, c)
      const { recomputed } = explainLine(
        billed ?? lineOf({ lineType: 'feature_overage' }),
        used(total, total, terms),
        c,
      )
      assert.equal(recomputed, billed?.amount ?? 0n)
    },
  )
  fc.assert(law)
})

test('every kind of line has facts, and none of them fails where nothing is kept', () => {
  const nothing: Record<LineFacts['kind'], LineFacts> = {
    price: { kind: 'price', isFree: false, listed: null },
    discount: { kind: 'discount', base: null, type: null, value: null, source: 'invoice_line', cycle: null },
    overage: {
      kind: 'overage',
      terms: null,
      counter: null,
      events: { total: 0n, count: 0n, late: 0n, firstAt: null, lastAt: null },
    },
    unused: { kind: 'unused', base: [], days: { left: 0, of: 1 }, charged: 0n },
    advance: { kind: 'advance', terms: null, held: null, windows: null },
    true_up: { kind: 'true_up', step: null, byWindow: [], period: null, windows: null },
    overdraft: { kind: 'overdraft', run: null, draws: [] },
    purchase: { kind: 'purchase', purchase: null },
    credit: { kind: 'credit', uses: [] },
    addon: { kind: 'addon', listed: null, span: null },
    written: { kind: 'written' },
  }
  for (const lineType of lineTypes) {
    for (const chargeType of chargeTypes) {
      const facts = nothing[factsKindOf({ lineType, chargeType })]
      const own = lineOf({ lineType, chargeType, quantity: units(3), unitAmount: 700n, amount: 2_100n })
      const { recomputed, matches, steps } = explainLine(own, facts, usd)
      const isWritten = facts.kind === 'written' || facts.kind === 'purchase'
      assert.deepEqual(matches, isWritten ? recomputed === 2_100n : null, `${lineType} ${chargeType}`)
      assert(steps.length > 0)
    }
  }
})

test('a written line is its quantity times its unit amount', () => {
  const own = lineOf({ lineType: 'one_time', quantity: units(3), unitAmount: 700n, amount: 2_100n })
  const { rule, steps, matches } = explainLine(own, { kind: 'written' }, usd)
  assert.deepEqual([rule, steps, matches], ['written', ['3 × $7.00 = $21.00'], true])
})

test('a fixed discount is never more than its base', () => {
  const own = lineOf({ lineType: 'discount', amount: -2_900n })
  const facts = {
    kind: 'discount',
    base: 2_900n,
    type: 'amount',
    value: 5_000n,
    source: 'subscription',
    cycle: null,
  } as const
  const { steps, matches } = explainLine(own, facts, usd)
  assert.deepEqual(steps, ['$50.00 off the plan base', 'No more than the plan base: $29.00', '0 − $29.00 = -$29.00'])
  assert.equal(matches, true)
})

test('a price that is kept in USD explains a base in another currency by its rate, or by what was given by hand', () => {
  const facts = (regional: { kept: { rate: bigint } | { price: bigint } | null } | null) =>
    ({
      kind: 'price',
      isFree: false,
      listed: { priceId: 'prc_1', revision: 1, price: 2_910n, since: noon, regional },
    }) as const
  const own = lineOf({ lineType: 'plan_base', amount: 2_910n })
  assert.equal(explainLine(own, facts(null), usd).matches, true)
  assert.equal(explainLine(own, facts(null), jpy).matches, null)
  assert.equal(explainLine(own, facts({ kept: null }), jpy).matches, null)
  const yen = lineOf({ lineType: 'plan_base', amount: 4_380n })
  const derived = explainLine(yen, facts({ kept: { rate: 150_500_000_000_000n } }), jpy)
  assert.deepEqual(derived.steps, ['$29.10 at 150.5 = ¥4,379.550000, rounded to ¥4,380'])
  assert.equal(derived.matches, true)
  assert.equal(explainLine(yen, facts({ kept: { price: 4_380n } }), jpy).matches, true)
})

test('a base on a free plan without a price is explained as nothing', () => {
  const facts = { kind: 'price', isFree: true, listed: null } as const
  const nothing = explainLine(lineOf({ lineType: 'plan_base', amount: 0n }), facts, usd)
  assert.deepEqual(nothing.steps, ['A free plan: $0.00'])
  assert.equal(nothing.matches, true)
  assert.equal(explainLine(lineOf({ lineType: 'plan_base', amount: 1n }), facts, usd).matches, false)
})

test('totals are those of the lines computed again; credit that was used is no part of the subtotal', () => {
  const of = (lineType: DraftLine['lineType'], recomputed: bigint | null) => ({
    lineType,
    recomputed,
    amount: recomputed ?? 0n,
    rule: 'written' as const,
    inputs: [],
    steps: [],
    matches: true,
  })
  const lines = [of('plan_base', 9_900n), of('discount', -990n), of('credit', -1_000n)]
  const amounts = { subtotal: 9_900n, discountAmount: 990n, creditApplied: 1_000n, taxAmount: 1_503n, total: 9_413n }
  const tax = {
    name: 'VAT',
    rate: 190_000n,
    country: 'DE',
    region: null,
    origin: { source: 'shipped', asOf: null },
  } as const
  const { steps, matches } = explainTotals(lines, amounts, [tax], usd)
  assert.equal(matches, true)
  assert.deepEqual(steps, [
    'Subtotal: $99.00 + -$10.00 + $10.00 of credit used = $99.00',
    'Discounts: -$9.90',
    'VAT 19 % (DE, shipped rate): plan_base 19% of $79.10 = $15.03',
    'Total: $99.00 − $9.90 discount − $10.00 credit + $15.03 tax = $94.13',
  ])
  assert.equal(explainTotals(lines, { ...amounts, total: 9_414n }, [tax], usd).matches, false)
  assert.equal(explainTotals([...lines, of('addon_base', null)], amounts, [tax], usd).matches, null)
})
