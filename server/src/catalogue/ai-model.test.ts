import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  changeInForce,
  type ModelPrices,
  type OwnPrices,
  type PriceChange,
  priceAt,
  pricesInForce,
  type ShippedModel,
  shippedPricesAt,
} from '#catalogue/ai-model.ts'

const at = (text: string): Temporal.Instant => Temporal.Instant.from(text)
const flat = (base: bigint) => ({ base, tiers: [] })
const costing = (base: bigint): ModelPrices => ({
  input: flat(base),
  output: flat(base),
  cacheRead: null,
  cacheWrite: null,
})

const change = (effectiveFrom: string, revision: bigint, price: bigint | null, name = 'openai/gpt-4o'): PriceChange => {
  const [provider = '', model = ''] = name.split('/')
  return { provider, model, revision, effectiveFrom: at(effectiveFrom), prices: price === null ? null : costing(price) }
}
const own = (...changes: PriceChange[]): OwnPrices =>
  Map.groupBy(changes, ({ provider, model }) => `${provider}/${model}`)

const shipped: ShippedModel = {
  provider: 'openai',
  id: 'gpt-4o',
  name: 'GPT 4o',
  prices: [
    { time: { kind: 'always' }, prices: costing(10n) },
    { time: { kind: 'from', day: Temporal.PlainDate.from('2026-08-17') }, prices: costing(20n) },
    { time: { kind: 'daily', fromMs: 3_600_000, toMs: 14_400_000 }, prices: costing(40n) },
  ],
}
const match = { model: shipped, provider: 'openai', asked: 'gpt-4o' }
const shippedAt = (moment: string) => shippedPricesAt(shipped, at(moment)).prices.input.base

test('shipped prices hold from their day and within their hours, the last that holds counts', () => {
  assert.equal(shippedAt('2026-08-16T23:59:59.999Z'), 10n)
  assert.equal(shippedAt('2026-08-17T00:00:00Z'), 20n)
  assert.equal(shippedAt('2026-08-17T01:00:00Z'), 40n)
  assert.equal(shippedAt('2026-08-17T03:59:59.999Z'), 40n)
  assert.equal(shippedAt('2026-08-17T04:00:00Z'), 20n)
})

test('hours may lie across midnight', () => {
  const night: ShippedModel = {
    ...shipped,
    prices: [
      { time: { kind: 'always' }, prices: costing(10n) },
      { time: { kind: 'daily', fromMs: 59_400_000, toMs: 1_800_000 }, prices: costing(5n) },
    ],
  }
  const price = (moment: string) => shippedPricesAt(night, at(moment)).prices.input.base
  assert.deepEqual(
    ['2026-06-01T16:29:59Z', '2026-06-01T16:30:00Z', '2026-06-02T00:29:59Z', '2026-06-02T00:30:00Z'].map(price),
    [10n, 5n, 5n, 10n],
  )
})

test('a tier holds above its number of input tokens, the highest one counts', () => {
  const price = {
    base: 1n,
    tiers: [
      { above: 100, price: 2n },
      { above: 200, price: 3n },
    ],
  }
  assert.deepEqual(
    [100, 101, 200, 201].map((tokens) => priceAt(price, tokens)),
    [1n, 2n, 2n, 3n],
  )
})

test('an own price holds from its date until the next change', () => {
  const changes = own(
    change('2026-06-10T00:00:00Z', 5n, 7n),
    change('2026-06-20T00:00:00Z', 6n, 8n),
    change('2026-06-25T00:00:00Z', 7n, null),
  )
  const price = (moment: string) => pricesInForce('gpt-4o', match, changes, at(moment))?.prices.input.base
  assert.deepEqual(
    ['2026-06-09T23:59:59Z', '2026-06-10T00:00:00Z', '2026-06-20T00:00:00Z', '2026-06-25T00:00:00Z'].map(price),
    [10n, 7n, 8n, 10n],
  )
})

test('of two changes for one moment the later made one counts', () => {
  const changes = [change('2026-06-10T00:00:00Z', 6n, 8n), change('2026-06-10T00:00:00Z', 5n, 7n)]
  assert.equal(changeInForce(changes, at('2026-06-11T00:00:00Z'), true)?.revision, 6n)
})

test('a model that did not ship costs its first price before that began', () => {
  const changes = own(change('2026-06-10T00:00:00Z', 5n, 7n, 'acme/large'))
  const found = pricesInForce('acme/large', undefined, changes, at('2026-06-09T00:00:00Z'))
  assert.equal(found?.prices.input.base, 7n)
  assert.equal(pricesInForce('acme/small', undefined, changes, at('2026-06-11T00:00:00Z')), undefined)
})

test('a removed own model has no price from then on', () => {
  const changes = own(
    change('2026-06-10T00:00:00Z', 5n, 7n, 'acme/large'),
    change('2026-06-20T00:00:00Z', 6n, null, 'acme/large'),
  )
  const price = (moment: string) => pricesInForce('acme/large', undefined, changes, at(moment))?.prices.input.base
  assert.deepEqual(['2026-06-19T00:00:00Z', '2026-06-20T00:00:00Z'].map(price), [7n, undefined])
})

test('an own model is found by its bare id where no shipped one has it, the first by name where several do', () => {
  const changes = own(
    change('2026-06-10T00:00:00Z', 5n, 9n, 'zeta/large'),
    change('2026-06-10T00:00:00Z', 6n, 7n, 'acme/large'),
  )
  assert.equal(pricesInForce('large', undefined, changes, at('2026-06-11T00:00:00Z'))?.provider, 'acme')
})

test('a price for one dated name holds for that name alone', () => {
  const changes = own(change('2026-06-10T00:00:00Z', 5n, 7n, 'openai/gpt-4o-2024-08-06'))
  const now = at('2026-06-11T00:00:00Z')
  const dated = { ...match, asked: 'gpt-4o-2024-08-06' }
  assert.equal(pricesInForce('gpt-4o-2024-08-06', dated, changes, now)?.prices.input.base, 7n)
  assert.equal(pricesInForce('gpt-4o', match, changes, now)?.prices.input.base, 10n)
})
