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

test('Usage.check: an ai_model feature answers whether the balance is used up, and with a model what tokens would cost', async () => {
  const { data: plain } = await world.client.usage.check({
    customerId: customer.id,
    featureCode: 'ai',
    quantity: 1_000,
  })
  const { currentBalance, ...rest } = plain ?? assert.fail()
  assert.deepEqual(rest, {
    allowed: true,
    consumptionModel: 'balance',
    feature: 'ai',
    quantity: 1_000,
    blockOnExhaustion: true,
    currency: 'usd',
    featureCode: 'ai',
  })
  assert.equal(currentBalance, await balance())
  const tokens = { model: 'claude-sonnet-4-0', inputTokens: 1_000, outputTokens: 500 }
  const ask = async (body: Record<string, unknown>) =>
    (
      await world.request('POST', '/api/v1/usage/check', {
        body: { customerId: customer.id, featureCode: 'ai', quantity: 1, ...body },
      })
    ).body
  const { data: priced } = await ask(tokens)
  assert.deepEqual(
    [priced.allowed, priced.quantity, priced.estimatedAmount, priced.unitPrice],
    [true, 1_500, 126, undefined],
  )
  const { data: dear } = await ask({ ...tokens, outputTokens: 900_000 })
  assert.deepEqual([dear.allowed, dear.reason], [false, 'insufficient_balance'])
  assert.equal((await ask({ ...tokens, model: 'acme/none' })).error.code, 'model_not_found')
  assert.deepEqual(
    (await ask({ model: 'claude-sonnet-4-0' })).error.details.map(({ field }: { field: string }) => field),
    ['inputTokens', 'outputTokens'],
  )
})

test('FeatureAccess.get: an ai_model feature has no price per unit, and is allowed while anything is left', async () => {
  const { data } = await world.client.featureAccess.get({ code: 'ai', customerId: customer.id, action: 'canUse' })
  const { object: _, livemode: __, current: ___, ...rest } = Object.fromEntries(Object.entries(data ?? assert.fail()))
  assert.deepEqual(rest, {
    allowed: true,
    code: 'ai',
    name: 'ai',
    type: 'usage',
    included: 0,
    overageQuantity: 0,
    overageUnitPrice: 0,
    unlimited: false,
    overageEnabled: false,
    willBeCharged: false,
  })
})

test('an emptied balance allows no model at all, and says so', async () => {
  const plan = await fundedPlan(world, {
    model: 'balance',
    feature: 'chat',
    aiMargin: 0,
    includedBalance: 30,
    blockOnExhaustion: true,
  })
  const { id } = await fundedCustomer(world, plan)
  await world.client.usage.track({
    feature: 'chat',
    customerId: id,
    model: 'claude-sonnet-4-0',
    inputTokens: 1_000,
    outputTokens: 0,
  })
  const { data } = await world.client.usage.check({ customerId: id, featureCode: 'chat', quantity: 1 })
  assert.deepEqual(
    [data?.allowed, data?.reason, data?.message],
    [false, 'insufficient_balance', 'The balance is 0.00 usd: nothing is left for chat.'],
  )
  const { data: access } = await world.client.featureAccess.get({ code: 'chat', customerId: id, action: 'canUse' })
  assert.deepEqual([access?.allowed, (access as { reason?: string }).reason], [false, 'insufficient_balance'])
})
