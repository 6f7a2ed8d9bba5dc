import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import { decideHeld, type HeldChange } from '#metering/held.ts'
import { units } from '#money/quantity.ts'
import { Problem } from '#problem.ts'

const paid = { model: 'metered', status: 'active', windowKind: 'paid' } as const

const termsOf = (included: number, overageEnabled: boolean): FeatureTerms => ({
  featureId: 'ftr_1',
  code: 'members',
  name: 'Members',
  type: 'seats',
  unitName: null,
  enabled: true,
  includedAmount: units(included),
  unlimited: false,
  overageEnabled,
  overageUnitPrice: 10_000n,
  creditsPerUnit: null,
  pricingMode: 'fixed',
  margin: null,
})

const changes = fc.array(
  fc.record<HeldChange>({ action: fc.constantFrom('add', 'set', 'remove'), count: fc.bigInt({ min: 0n, max: 20n }) }),
  { maxLength: 40 },
)

/** A period of changes; refused ones change nothing. */
function live(terms: FeatureTerms, start: bigint, list: readonly HeldChange[]) {
  let held = { current: start, mark: start }
  const counts = [start]
  const steps: { from: bigint; to: bigint }[] = []
  for (const change of list) {
    try {
      const { current, mark, step } = decideHeld(terms, paid, held, change)
      held = { current, mark }
      counts.push(current)
      if (step) steps.push({ from: step.markBefore, to: step.markAfter })
    } catch (error) {
      assert(error instanceof Problem)
    }
  }
  return { counts, steps }
}

test('the increases of a period add up to its highest count beyond what was included or paid at its start, each unit once', () => {
  fc.assert(
    fc.property(fc.nat(10), fc.bigInt({ min: 0n, max: 15n }), changes, (included, start, list) => {
      const { counts, steps } = live(termsOf(included, true), start, list)
      const highest = counts.reduce((a, b) => (a > b ? a : b))
      const paidFor = start > BigInt(included) ? start : BigInt(included)
      const billed = steps.reduce((sum, { from, to }) => sum + to - from, 0n)
      assert.equal(billed, highest > paidFor ? highest - paidFor : 0n)
      for (const [index, { from }] of steps.entries()) assert.equal(from, steps[index - 1]?.to ?? paidFor)
    }),
  )
})

test('without overage no change ends above what is included unless it goes down, and no count is below zero', () => {
  fc.assert(
    fc.property(fc.nat(10), fc.bigInt({ min: 0n, max: 15n }), changes, (included, start, list) => {
      const { counts, steps } = live(termsOf(included, false), start, list)
      assert.equal(steps.length, 0)
      counts.forEach((count, index) => {
        const before = counts[index - 1] ?? start
        assert(count >= 0n)
        assert(count <= BigInt(included) || count <= before)
      })
    }),
  )
})
