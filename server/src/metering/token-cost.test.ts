import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ModelPrices, PricesInForce, TieredPrice } from '#catalogue/ai-model.ts'
import {
  allTokens,
  costOfTokens,
  fromStoredTokenCost,
  type TokenUse,
  tokenValue,
  toStoredTokenCost,
} from '#metering/token-cost.ts'
import { parseExchangeRate } from '#money/exchange.ts'
import { tokenPriceOfDollars } from '#money/token-price.ts'

const flat = (dollars: number): TieredPrice => ({ base: tokenPriceOfDollars(dollars) ?? assert.fail(), tiers: [] })
const tiered = (base: number, above: number, dollars: number): TieredPrice => ({
  ...flat(base),
  tiers: [{ above, price: flat(dollars).base }],
})

const sonnet: ModelPrices = { input: flat(3), output: flat(15), cacheRead: flat(0.3), cacheWrite: flat(3.75) }
const plain: ModelPrices = { input: flat(3), output: flat(15), cacheRead: null, cacheWrite: null }

const inForce = (prices: ModelPrices): PricesInForce => ({
  provider: 'anthropic',
  model: 'claude-sonnet-4-5',
  source: 'shipped',
  since: null,
  prices,
})
const usd = { currency: 'usd', exchangeRate: null }
const twentyPercent = { ...usd, marginBasisPoints: 2_000n }
const noMargin = { ...usd, marginBasisPoints: 0n }

const cost = (use: TokenUse, prices: ModelPrices, terms: Parameters<typeof costOfTokens>[3] = noMargin) =>
  costOfTokens('claude', use, inForce(prices), terms, '0.0.1')

test('1,000 in, 500 out at $3 and $15 per million, margin 20 %: 30 + 75 = 105, margin 21, total 126', () => {
  const { input, output, subtotal, margin, total, charged } = cost(
    { inputTokens: 1_000, outputTokens: 500 },
    plain,
    twentyPercent,
  )
  assert.deepEqual([input.cost, output.cost, subtotal, margin.cost, total, charged], [30n, 75n, 105n, 21n, 126n, 126n])
})

test('cached tokens are part of the input and cost their own price instead of it', () => {
  const use = { inputTokens: 10_000, outputTokens: 100, cacheReadTokens: 8_000, cacheWriteTokens: 1_500 }
  const { input, output, cacheRead, cacheWrite, subtotal } = cost(use, sonnet)
  assert.deepEqual([input.tokens, cacheRead.tokens, cacheWrite.tokens, output.tokens], [500, 8_000, 1_500, 100])
  // 500 × $3, 8,000 × $0.30, 1,500 × $3.75 = 56.25 and 100 × $15 per million.
  assert.deepEqual([input.cost, cacheRead.cost, cacheWrite.cost, output.cost], [15n, 24n, 57n, 15n])
  assert.equal(subtotal, 111n)
  assert.equal(allTokens(use), 10_100)
})

test('a model without prices for cached tokens charges them as input', () => {
  const use = { inputTokens: 10_000, outputTokens: 0, cacheReadTokens: 8_000, cacheWriteTokens: 1_500 }
  const { input, cacheRead, cacheWrite, total } = cost(use, plain)
  assert.deepEqual([input.cost, cacheRead.cost, cacheWrite.cost, total], [15n, 240n, 45n, 300n])
})

test('more cached tokens than input leave no input to pay, and every token counts once', () => {
  const use = { inputTokens: 10, outputTokens: 5, cacheReadTokens: 1_000, cacheWriteTokens: 0 }
  const { input, cacheRead } = cost(use, sonnet)
  assert.deepEqual([input.tokens, input.cost, cacheRead.cost], [0, 0n, 3n])
  assert.equal(tokenValue(use), 1_005_000_000n)
})

test('long input makes every token of the event dearer, from one token above the tier', () => {
  const prices = { ...plain, input: tiered(3, 200_000, 6), output: tiered(15, 200_000, 22.5) }
  const at = (inputTokens: number) => cost({ inputTokens, outputTokens: 1_000 }, prices)
  assert.deepEqual([at(200_000).input.cost, at(200_000).output.cost], [6_000n, 150n])
  assert.deepEqual([at(200_001).input.cost, at(200_001).output.cost], [12_001n, 225n])
})

test('the total is exchanged once, rounded up', () => {
  const exchangeRate = parseExchangeRate('5.437') ?? null
  const terms = { currency: 'brl', exchangeRate, marginBasisPoints: 2_000n }
  const { total, charged } = cost({ inputTokens: 1_000, outputTokens: 500 }, plain, terms)
  assert.deepEqual([total, charged], [126n, 686n])
})

test('what is kept with an event reads back as it was, and must add up', () => {
  const exchangeRate = parseExchangeRate('5.437') ?? null
  const use = { inputTokens: 10_000, outputTokens: 100, cacheReadTokens: 8_000 }
  const before = cost(
    use,
    { ...sonnet, cacheRead: flat(0.003625) },
    { ...twentyPercent, currency: 'brl', exchangeRate },
  )
  const stored = toStoredTokenCost(before)
  assert.deepEqual(stored.cacheRead, { tokens: 8_000, price: '36.25', cost: '1' })
  assert.deepEqual(fromStoredTokenCost(JSON.parse(JSON.stringify(stored))), before)
  assert.throws(() => fromStoredTokenCost({ ...stored, subtotal: '1' }))
})

const tokens = fc.integer({ min: 0, max: 10 ** 12 })
const uses = fc.record({ inputTokens: tokens, outputTokens: tokens, cacheReadTokens: tokens, cacheWriteTokens: tokens })
const price = fc.bigInt(0n, 10n ** 21n).map((base) => ({ base, tiers: [] }))
const models = fc.record({
  input: price,
  output: price,
  cacheRead: fc.option(price),
  cacheWrite: fc.option(price),
})

test('parts count every token once and add up to the total', () => {
  fc.assert(
    fc.property(uses, models, fc.bigInt(0n, 100_000n), (use, prices, marginBasisPoints) => {
      const { input, output, cacheRead, cacheWrite, margin, total } = cost(use, prices, { ...usd, marginBasisPoints })
      const parts = [input, output, cacheRead, cacheWrite]
      assert.equal(
        parts.reduce((sum, part) => sum + part.tokens, 0),
        allTokens(use),
      )
      assert.equal(parts.reduce((sum, part) => sum + part.cost, 0n) + margin.cost, total)
    }),
  )
})

test('more input or output never costs less', () => {
  const grown = fc.constantFrom('inputTokens', 'outputTokens')
  fc.assert(
    fc.property(uses, models, grown, fc.integer({ min: 1, max: 10 ** 9 }), (use, prices, kind, more) => {
      assert.ok(cost({ ...use, [kind]: use[kind] + more }, prices).total >= cost(use, prices).total)
    }),
  )
})

test('an event never costs less than its exact price, and less than one rate unit a part more', () => {
  fc.assert(
    fc.property(uses, models, (use, prices) => {
      const { input, output, cacheRead, cacheWrite, subtotal } = cost(use, prices)
      const parts = [input, output, cacheRead, cacheWrite]
      const exact = parts.reduce((sum, part) => sum + BigInt(part.tokens) * part.price, 0n)
      const charged = subtotal * 10n ** 20n
      assert.ok(charged >= exact && charged - exact < 4n * 10n ** 20n)
    }),
  )
})
