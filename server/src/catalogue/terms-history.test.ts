import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import { besidePlan, datedTerms, type TermsState } from '#catalogue/terms-history.ts'

const calls: FeatureTerms = {
  featureId: 'ftr_1',
  code: 'calls',
  name: 'Calls',
  type: 'usage',
  unitName: null,
  enabled: true,
  includedAmount: 100_000_000n,
  unlimited: false,
  overageEnabled: true,
  overageUnitPrice: 200n,
  creditsPerUnit: null,
  pricingMode: 'fixed',
  margin: null,
}

const state = (revision: bigint, day: string, change: Partial<FeatureTerms> | 'removed'): TermsState => ({
  revision,
  effectiveAt: Temporal.Instant.from(`${day}T00:00:00Z`),
  terms: change === 'removed' ? change : { ...calls, ...change },
})

function dated(history: readonly TermsState[], sinceRevision: bigint, before?: string) {
  const end = before === undefined ? {} : { before: Temporal.Instant.from(`${before}T00:00:00Z`) }
  const found = datedTerms(history, { sinceRevision, ...end }, 'metered')
  if (!found) return null
  const { terms, priceSince, includedSince } = found
  return [terms.overageUnitPrice, priceSince.at.toString().slice(0, 10), includedSince.at.toString().slice(0, 10)]
}

const history = [
  state(1n, '2026-01-01', {}),
  state(4n, '2026-02-01', { overageUnitPrice: 300n }),
  state(5n, '2026-03-01', { overageUnitPrice: 300n, includedAmount: 200_000_000n }),
  state(9n, '2026-04-10', { overageUnitPrice: 250n, includedAmount: 200_000_000n }),
  state(10n, '2026-04-20', { overageUnitPrice: 900n, includedAmount: 50_000_000n }),
]

test('a price is from the change that made it, also one before the window', () => {
  assert.deepEqual(dated(history, 5n, '2026-04-01'), [300n, '2026-02-01', '2026-03-01'])
})

test('a kinder price is from its change in the window, a harsher one changes nothing', () => {
  assert.deepEqual(dated(history, 5n, '2026-05-01'), [250n, '2026-04-10', '2026-03-01'])
})

test('the next window has the harsher terms, from the day they were announced', () => {
  assert.deepEqual(dated(history, 10n, '2026-06-01'), [900n, '2026-04-20', '2026-04-20'])
})

test('a feature that was never on the plan, or not yet, has no terms', () => {
  assert.equal(dated([], 3n), null)
  assert.equal(dated(history, 0n, '2026-01-01'), null)
  assert.equal(dated([state(1n, '2026-01-01', {}), state(2n, '2026-01-05', 'removed')], 2n), null)
})

test('removed in the window: the terms it began with hold, from their own day', () => {
  assert.deepEqual(dated([state(1n, '2026-01-01', {}), state(2n, '2026-01-05', 'removed')], 1n), [
    200n,
    '2026-01-01',
    '2026-01-01',
  ])
})

test('beside a plan each number is from where the kinder of both is from', () => {
  const of = (at: string, change: Partial<FeatureTerms>) => {
    const since = { revision: 1n, at: Temporal.Instant.from(`${at}T00:00:00Z`) }
    return { terms: { ...calls, ...change }, priceSince: since, includedSince: since }
  }
  const told = (plan: Parameters<typeof besidePlan>[0], addon: Parameters<typeof besidePlan>[1]) => {
    const { priceSince, includedSince } = besidePlan(plan, addon, 'metered')
    return [priceSince, includedSince].map(({ at, of }) => `${at.toString().slice(0, 10)} ${of ?? 'plan'}`)
  }
  const addon = of('2026-02-01', { includedAmount: 500_000_000n })
  assert.deepEqual(told(null, addon), ['2026-02-01 addon', '2026-02-01 addon'])
  assert.deepEqual(told(of('2026-01-01', {}), addon), ['2026-01-01 plan', '2026-02-01 addon'])
  assert.deepEqual(told(of('2026-01-01', { enabled: false }), addon), ['2026-02-01 addon', '2026-02-01 addon'])
})
