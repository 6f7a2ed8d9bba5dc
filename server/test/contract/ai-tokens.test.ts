import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Funded, fundedCustomer, fundedPlan } from '../support/ledger-stories.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
let customer: Funded
before(async () => {
  world = await createWorld()
  const plan = await fundedPlan(world, {
    model: 'balance',
    feature: 'ai',
    aiMargin: 2_000,
    includedBalance: 50_000,
    blockOnExhaustion: true,
  })
  customer = await fundedCustomer(world, plan)
})
after(() => world.close())

const balance = async () =>
  (await world.client.subscriptions.get({ id: customer.subscriptionId })).data?.balance?.remaining
const tokensOf = async (id: string | undefined) => {
  const event = await world.db
    .selectFrom('usage_event')
    .select('tokens')
    .where('id', '=', id ?? '')
    .executeTakeFirst()
  return event?.tokens
}

test('Usage.track: 1,000 in and 500 out at $3 and $15 per million with 20 % margin take $0.0126 from the balance', async () => {
  const earlier = await balance()
  const { data } = await world.client.usage.track({
    feature: 'ai',
    customerId: customer.id,
    model: 'anthropic/claude-sonnet-4-0',
    inputTokens: 1_000,
    outputTokens: 500,
  })
  assert.equal((data as { value?: number } | undefined)?.value, 1_500)
  assert.equal((earlier ?? 0) - ((await balance()) ?? 0), 126)
  assert.deepEqual(await tokensOf(data?.id), {
    asked: 'anthropic/claude-sonnet-4-0',
    provider: 'anthropic',
    model: 'claude-sonnet-4-0',
    source: 'shipped',
    dataSet: '0.1.8',
    since: null,
    input: { tokens: 1_000, price: '30000', cost: '30' },
    output: { tokens: 500, price: '150000', cost: '75' },
    cacheRead: { tokens: 0, price: '3000', cost: '0' },
    cacheWrite: { tokens: 0, price: '37500', cost: '0' },
    subtotal: '105',
    margin: { basisPoints: '2000', cost: '21' },
    total: '126',
    currency: 'usd',
    exchangeRate: null,
    charged: '126',
  })
})

test('Usage.track: cached tokens cost their own price, and the bare id means its maker', async () => {
  const earlier = await balance()
  const { data } = await world.client.usage.track({
    feature: 'ai',
    customerId: customer.id,
    model: 'claude-sonnet-4-0',
    inputTokens: 10_000,
    outputTokens: 100,
    cacheReadTokens: 8_000,
    cacheWriteTokens: 1_500,
  })
  // 15 + 15 + 24 + 57 = 111, margin 22.2.
  assert.equal((earlier ?? 0) - ((await balance()) ?? 0), 134)
  assert.equal((data as { value?: number } | undefined)?.value, 10_100)
})

test('Usage.track: a model without a price is model_not_found, and nothing is recorded', async () => {
  const earlier = await balance()
  const event = { feature: 'ai', customerId: customer.id, model: 'acme/none', inputTokens: 1, outputTokens: 1 }
  await assert.rejects(world.client.usage.track(event), { code: 'model_not_found', statusCode: 404 })
  assert.equal(await balance(), earlier)
})

test('Usage.track: tokens are required by an ai_model feature', async () => {
  await assert.rejects(world.client.usage.track({ feature: 'ai', customerId: customer.id, value: 2 }), {
    code: 'pricing_mode_mismatch',
    statusCode: 400,
  })
})

test('Usage.track: tokens that cost more than the balance are refused whole', async () => {
  const earlier = await balance()
  const event = {
    feature: 'ai',
    customerId: customer.id,
    model: 'claude-sonnet-4-0',
    inputTokens: 1,
    outputTokens: 900_000,
  }
  await assert.rejects(world.client.usage.track(event), { code: 'insufficient_balance', statusCode: 402 })
  assert.equal(await balance(), earlier)
})
