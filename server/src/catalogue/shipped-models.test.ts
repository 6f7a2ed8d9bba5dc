import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { calcPrice, type ModelInfo, type Provider, waitForUpdate } from '@pydantic/genai-prices'
import { modelKey, priceAt, shippedPricesAt } from '#catalogue/ai-model.ts'
import { dataSetVersion, shippedModels } from '#catalogue/shipped-models.ts'
import { costOfTokens } from '#metering/token-cost.ts'
import { tokenPriceToText } from '#money/token-price.ts'

const shipped = await shippedModels()
const found = (name: string): string | undefined => {
  const match = shipped.find(name)
  return match && `${match.provider}/${match.model.id}`
}

test('at least 150 models ship, each found by its own name', () => {
  assert.ok(shipped.list.length >= 150)
  assert.ok(shipped.list.length > 1_400, `${shipped.list.length} models`)
  for (const model of shipped.list) {
    assert.equal(shipped.find(modelKey(model.provider, model.id))?.model, model, `${model.provider}/${model.id}`)
  }
})

test('the version that is kept with events is the installed one', () => {
  const read = (path: string) => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'))
  assert.equal(read('../../package.json').dependencies['@pydantic/genai-prices'], dataSetVersion)
})

test('a bare id is a model of its maker, in any case and with its date', () => {
  const names = {
    'GPT-4o': 'openai/gpt-4o',
    'gpt-4o-2024-08-06': 'openai/gpt-4o',
    'claude-sonnet-4-5-20250929': 'anthropic/claude-sonnet-4-5',
    ' Claude-Sonnet-4-5 ': 'anthropic/claude-sonnet-4-5',
    'gemini-2.5-pro': 'google/gemini-2.5-pro',
    'mistral-large-latest': 'mistral/mistral-large',
    'deepseek-chat': 'deepseek/deepseek-chat',
    'text-embedding-3-small': 'openai/text-embedding-3-small',
    'sonar-reasoning': 'perplexity/sonar-reasoning',
  }
  for (const [name, expected] of Object.entries(names)) assert.equal(found(name), expected, name)
})

test('provider/model means that provider, by its aliases as well', () => {
  const names = {
    'openai/gpt-4o': 'openai/gpt-4o',
    'Anthropic/claude-sonnet-4-5-20250929': 'anthropic/claude-sonnet-4-5',
    'xai/grok-4': 'x-ai/grok-4-0709',
    'azure/gpt-4o': 'azure/gpt-4o',
    'openrouter/openai/gpt-4o': 'openrouter/openai/gpt-4o',
    'fireworks/kimi-k3': 'fireworks/kimi-k3',
  }
  for (const [name, expected] of Object.entries(names)) assert.equal(found(name), expected, name)
})

test('an id that only hosts have is found as it is written, always at the same one', () => {
  assert.equal(found('meta-llama/llama-3.3-70b-instruct'), 'huggingface_fireworks-ai/meta-llama/Llama-3.3-70B-Instruct')
})

test('what nobody sells is not found', () => {
  for (const name of ['no-such-model', 'openai/no-such-model', 'nobody/gpt-4o', '', '/', 'openai/']) {
    assert.equal(found(name), undefined, name)
  }
})

const moments = ['2025-01-01T00:00:00Z', '2026-08-31T02:00:00Z', '2026-11-21T17:00:00Z', '2027-02-01T09:30:00Z']
const uses = [
  { inputTokens: 1_000, outputTokens: 500, cacheReadTokens: 0, cacheWriteTokens: 0 },
  { inputTokens: 199_999, outputTokens: 7, cacheReadTokens: 150_000, cacheWriteTokens: 3 },
  { inputTokens: 600_001, outputTokens: 64_000, cacheReadTokens: 1, cacheWriteTokens: 400_000 },
]

test('every model costs what the package computes, rounded up part by part', async () => {
  let compared = 0
  for (const provider of (await waitForUpdate()) ?? []) {
    for (const info of provider.models) {
      const model = shipped.list.find((one) => one.provider === provider.id && one.id === info.id)
      if (!model) continue
      for (const moment of moments) {
        const at = Temporal.Instant.from(moment)
        const { prices } = shippedPricesAt(model, at)
        for (const use of uses) {
          const cost = costOfTokens(
            model.id,
            use,
            { ...model, model: model.id, source: 'shipped', since: null, prices },
            noMargin,
            '',
          )
          const exact = packagePrice(provider, info, use, at) * 10_000
          const above = Number(cost.subtotal) - exact
          assert.ok(
            above > -1e-6 * Math.max(1, exact) && above < 4.000001 + exact * 1e-9,
            `${provider.id}/${info.id} ${moment}: ${cost.subtotal} for ${exact}`,
          )
          compared++
        }
      }
    }
  }
  assert.ok(compared > 16_000, `${compared} comparisons`)
})

const noMargin = { marginBasisPoints: 0n, currency: 'usd', exchangeRate: null }

// A provider of one model that everything matches: what a name stands for is another question. Fees that are not for tokens are left out.
function packagePrice(provider: Provider, info: ModelInfo, use: (typeof uses)[number], at: Temporal.Instant): number {
  const alone = { ...provider, models: [{ ...info, match: { contains: '' } }] }
  const usage = {
    input_tokens: use.inputTokens,
    output_tokens: use.outputTokens,
    cache_read_tokens: use.cacheReadTokens,
    cache_write_tokens: use.cacheWriteTokens,
  }
  const options = { provider: alone, timestamp: new Date(at.epochMilliseconds) }
  const price = calcPrice(usage, 'x', options) ?? assert.fail(info.id)
  return price.input_price + price.output_price
}

test('prices are the decimals of the data set, digit by digit', () => {
  const priceOf = (name: string, inputTokens = 0) => {
    const match = shipped.find(name) ?? assert.fail(name)
    const { input, output, cacheRead } = shippedPricesAt(
      match.model,
      Temporal.Instant.from('2026-11-21T12:00:00Z'),
    ).prices
    return [input, output, cacheRead].map((price) => price && tokenPriceToText(priceAt(price, inputTokens)))
  }
  assert.deepEqual(priceOf('anthropic/claude-sonnet-4-0'), ['30000', '150000', '3000'])
  assert.deepEqual(priceOf('gpt-4o'), ['25000', '100000', '12500'])
  assert.deepEqual(priceOf('quicksilverpro/deepseek-v4-pro').at(2), '36.25')
})
