import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { setRegionalPricing } from '#catalogue/actions/set-regional-pricing.ts'
import { updatePlanFeature } from '#catalogue/actions/update-plan-feature.ts'
import { loadPlanTerms, revisionInForce } from '#catalogue/feature-terms.store.ts'
import { noIntroOffer, type PlanPrice } from '#catalogue/plan-price.ts'
import { regionalCurrencies, regionColumns, regionOf } from '#catalogue/region.ts'
import { inRatio, localPrice, localUnitPrice } from '#catalogue/regional-price.ts'
import { inTransaction } from '#database/transaction.ts'
import { type Currency, currency, minorDigits } from '#money/currency.ts'
import { exchangeRateToText, parseExchangeRate } from '#money/exchange.ts'
import { newFeature, newPlan, newPlanFeature } from '../support/catalogue.ts'
import { cloneDatabase } from '../support/database.ts'
import { contextAt, newOrganisation } from '../support/organisations.ts'

const { db, drop } = await cloneDatabase()
after(drop)

const one = 10n ** 12n
const rates = fc.bigInt(1n, 10n ** 18n)
const cents = fc.bigInt(0n, 10n ** 9n)
const currencies = fc.constantFrom(...regionalCurrencies).map(currency)

const noon = Temporal.Instant.from('2041-01-01T12:00:00Z')
function priceOf(price: bigint, given: Partial<PlanPrice> = {}): PlanPrice {
  return {
    id: 'prc_1',
    planId: 'pln_1',
    billingInterval: 'monthly',
    isDefault: true,
    revision: 1,
    price,
    trialDays: 0,
    includedBalance: null,
    includedCredits: null,
    introOffer: noIntroOffer,
    deletedAt: null,
    createdAt: noon,
    updatedAt: noon,
    ...given,
  }
}
const derived = (price: bigint, to: Currency, rate: bigint) =>
  localPrice(priceOf(price), { currency: to, rate, manual: undefined })?.price ?? assert.fail()

test('a derived price is never further from its exact amount than half a minor unit, and a half is rounded up', () => {
  fc.assert(
    fc.property(cents, rates, currencies, (price, rate, to) => {
      const unit = 10n ** BigInt(minorDigits(to))
      // In units of 10^-14 of a minor unit.
      const [exact, scale] = [price * rate * unit, 100n * one]
      const off = derived(price, to, rate) * scale - exact
      assert.ok(2n * off <= scale && 2n * off > -scale)
    }),
  )
})

test('more dollars are never fewer anywhere, nor is more for a dollar', () => {
  fc.assert(
    fc.property(cents, cents, rates, rates, currencies, (price, more, rate, higher, to) => {
      assert.ok(derived(price + more, to, rate) >= derived(price, to, rate))
      assert.ok(derived(price, to, rate + higher) >= derived(price, to, rate))
    }),
  )
})

test('at par, dollars for the United States are what they are', () => {
  fc.assert(fc.property(cents, (price) => assert.equal(derived(price, currency('usd'), one), price)))
})

test('what is given by hand does not follow, everything else does', () => {
  fc.assert(
    fc.property(cents, cents, cents, rates, currencies, (before, now, byHand, rate, to) => {
      const manual = { price: byHand, includedBalance: null, introOffer: null }
      const at = (price: bigint) =>
        localPrice(priceOf(price, { includedBalance: price }), { currency: to, rate, manual }) ?? assert.fail()
      assert.equal(at(before).price, at(now).price)
      assert.equal(at(now).includedBalance, localUnitPrice(now, { rate, manual: undefined }))
    }),
  )
})

test('a fixed discount is never more than its price where it is not in dollars, and at the same price the same', () => {
  fc.assert(
    fc.property(cents, cents, cents, (discount, price, local) => {
      if (discount <= price) assert.ok(inRatio(discount, price, local) <= local)
      if (price > 0n) assert.equal(inRatio(discount, price, price), discount)
    }),
  )
})

test('a rate is the same after it was written down and read', () => {
  fc.assert(fc.property(rates, (rate) => assert.equal(parseExchangeRate(exchangeRateToText(rate)), rate)))
})

test('a region is the same after a subscription kept it', () => {
  for (const region of [null, ...regionalCurrencies.map(currency)]) {
    assert.equal(regionOf(regionColumns(region)), region)
  }
})

type Step = { kind: 'rate'; rate: bigint } | { kind: 'by_hand'; price: bigint } | { kind: 'dollars'; price: bigint }
const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('rate' as const), rate: fc.bigInt(one / 10n, 10n * one) }),
    fc.record({ kind: fc.constant('by_hand' as const), price: fc.bigInt(1n, 5_000n) }),
    fc.record({ kind: fc.constant('dollars' as const), price: fc.bigInt(1n, 1_000n) }),
  ),
  { minLength: 2, maxLength: 7 },
)

test('in every currency a window keeps its unit price when it rises and has it when it falls, whoever made it so', async () => {
  const { sandbox: org } = await newOrganisation(db)
  const day = (number: number) => noon.add({ hours: 24 * number })
  await fc.assert(
    fc.asyncProperty(steps, fc.nat(), async (history: Step[], cut) => {
      const context = contextAt(org, day(0))
      const plan = await newPlan(db, context)
      const feature = await newFeature(db, context)
      await newPlanFeature(db, context, plan, feature, { overageEnabled: true, overageUnitPrice: 200n })
      const begun = cut % history.length
      let [dollars, rate, byHand]: [bigint, bigint | null, bigint | null] = [200n, null, null]
      const prices: (bigint | null)[] = []
      for (const [index, step] of history.entries()) {
        const now = contextAt(org, day(index + 1))
        if (step.kind === 'dollars') {
          dollars = step.price
          const changes = { overageUnitPrice: dollars }
          await inTransaction(db, (tx) => updatePlanFeature(tx, now, { plan: plan.id, feature: feature.id, changes }))
        } else {
          rate = step.kind === 'rate' ? step.rate : (rate ?? one)
          byHand = step.kind === 'by_hand' ? step.price : null
          const features = byHand === null ? [] : [{ featureId: feature.id, overageUnitPrice: byHand }]
          const setting = { plan: plan.id, currency: 'brl', rate, prices: [], features, introOffers: [] }
          await inTransaction(db, (tx) => setRegionalPricing(tx, now, setting))
        }
        prices.push(byHand ?? (rate === null ? null : (2n * dollars * rate + one) / (2n * one)))
      }
      const sinceRevision = await revisionInForce(db, org.id, day(begun + 1))
      const [terms] = await loadPlanTerms(db, org.id, plan.id, { sinceRevision, region: currency('brl') })
      const had = prices.slice(begun).filter((price) => price !== null)
      const least = had.length === 0 ? null : had.reduce((a, b) => (a < b ? a : b))
      assert.equal(terms?.isPriceMissing === true ? null : terms?.overageUnitPrice, least)
      const [canonical] = await loadPlanTerms(db, org.id, plan.id, {
        sinceRevision: org.version + 10_000n,
        region: null,
      })
      assert.equal(canonical?.overageUnitPrice, dollars)
    }),
    { numRuns: Number(process.env.REGIONAL_RUNS ?? 25) },
  )
})
