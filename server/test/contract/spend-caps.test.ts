import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fundedCustomer, fundedPlan } from '../support/ledger-stories.ts'
import { freePlan, type Named, paidCustomer, subscribe } from '../support/usage-stories.ts'
import { createWorld } from '../support/world.ts'

let world: Awaited<ReturnType<typeof createWorld>>
before(async () => {
  world = await createWorld()
})
after(() => world.close())

const subscriptionOf = async ({ id }: Named): Promise<string> => {
  const { data } = await world.client.subscriptions.getActive({ customerId: id })
  assert(data)
  return data.id
}
const put = (id: string, body: Record<string, unknown>) =>
  world.request('PUT', `/api/v1/subscriptions/${id}/spend-cap`, { body })
const get = (id: string) => world.request('GET', `/api/v1/subscriptions/${id}/spend-cap`)

test('Subscriptions.setSpendCap and getSpendCaps', async () => {
  const customer = await paidCustomer(world, { sms: { type: 'usage', includedAmount: 3, overage: 200 } })
  const id = await subscriptionOf(customer)
  const empty = { subscriptionId: id, currency: 'usd', caps: [], object: 'spend_cap', livemode: false }
  assert.deepEqual((await get(id)).body.data, empty)
  const { status, body } = await put(id, { amount: 500 })
  assert.equal(status, 200)
  const whole = { featureCode: null, amount: 500, merchantAmount: 500, customerAmount: null }
  assert.deepEqual(body.data, { ...empty, caps: [whole] })
  await put(id, { amount: 10, featureCode: 'sms' })
  const sms = { featureCode: 'sms', amount: 10, merchantAmount: 10, customerAmount: null }
  assert.deepEqual((await get(id)).body.data.caps, [whole, sms])
  await put(id, { amount: null })
  assert.deepEqual((await get(id)).body.data.caps, [sms])
  await put(id, { amount: null, featureCode: 'sms' })
  assert.deepEqual((await get(id)).body.data, empty)
})

test('Subscriptions.setSpendCap: usage, check and feature access say that it is the spend cap', async () => {
  const customer = await paidCustomer(world, { mails: { type: 'usage', includedAmount: 3, overage: 10_000 } })
  await put(await subscriptionOf(customer), { amount: 200 })
  await world.client.usage.track({ feature: 'mails', customerId: customer.id, value: 5 })
  const sentence =
    '1 of mails does not fit: 5 are used in this window, and more would be billed than the spend cap of 2.00 usd allows.'
  const refused = await world.request('POST', '/api/v1/usage/events', {
    body: { feature: 'mails', customerId: customer.id },
  })
  assert.equal(refused.status, 402)
  const { doc_url: _, ...error } = refused.body.error
  assert.deepEqual(error, {
    type: 'billing_error',
    code: 'included_limit_reached',
    message: sentence,
    details: { limit: 'spend_cap' },
  })
  const { data: check } = await world.client.usage.check({
    customerId: customer.id,
    featureCode: 'mails',
    quantity: 1,
  })
  assert.deepEqual(check, {
    allowed: false,
    consumptionModel: 'metered',
    feature: 'mails',
    quantity: 1,
    current: 5,
    remaining: 0,
    unlimited: false,
    included: 3,
    overageEnabled: true,
    overageUnitPrice: 10_000,
    reason: 'included_limit_reached',
    message: sentence,
    featureCode: 'mails',
  })
  const { data: access } = await world.client.featureAccess.canUse({ code: 'mails', customerId: customer.id })
  assert.deepEqual([access?.allowed, access?.willBeCharged, access?.reason], [false, false, 'included_limit_reached'])
  const { data: half } = await world.client.usage.check({
    customerId: customer.id,
    featureCode: 'mails',
    quantity: 0.004999,
  })
  assert.equal(half?.allowed, true, 'what still rounds to the cap is sold')
})

test('Subscriptions.setSpendCap: several features share the cap of the subscription', async () => {
  const customer = await paidCustomer(world, {
    rings: { type: 'usage', includedAmount: 0, overage: 10_000 },
    pings2: { type: 'usage', includedAmount: 0, overage: 20_000 },
  })
  await put(await subscriptionOf(customer), { amount: 500 })
  await put(await subscriptionOf(customer), { amount: 300, featureCode: 'rings' })
  await assert.rejects(world.client.usage.track({ feature: 'rings', customerId: customer.id, value: 4 }), {
    message: /the spend cap of 3\.00 usd allows/,
  })
  await put(await subscriptionOf(customer), { amount: null, featureCode: 'rings' })
  await world.client.usage.track({ feature: 'rings', customerId: customer.id, value: 3 })
  const asked = async (featureCode: string, quantity: number) => {
    const { data } = await world.client.usage.check({ customerId: customer.id, featureCode, quantity })
    return data?.allowed
  }
  assert.deepEqual([await asked('rings', 2), await asked('rings', 3)], [true, false])
  assert.deepEqual([await asked('pings2', 1), await asked('pings2', 2)], [true, false])
  await world.client.usage.track({ feature: 'pings2', customerId: customer.id })
  await assert.rejects(world.client.usage.track({ feature: 'rings', customerId: customer.id }), {
    code: 'included_limit_reached',
  })
  const { data: list } = await world.client.featureAccess.list({ customerId: customer.id })
  assert.deepEqual(
    list?.map(({ allowed }) => allowed),
    [false, false],
  )
})

test('Subscriptions.setSpendCap: on a balance plan it ends the overdraft', async () => {
  const plan = await fundedPlan(world, { model: 'balance', feature: 'asks', unitPrice: 5000, includedBalance: 10_000 })
  const customer = await fundedCustomer(world, plan)
  await put(customer.subscriptionId, { amount: 100 })
  await world.client.usage.track({ feature: 'asks', customerId: customer.id, value: 4 })
  const { data: access } = await world.client.featureAccess.canUse({ code: 'asks', customerId: customer.id })
  assert.deepEqual([access?.allowed, access?.reason], [false, 'included_limit_reached'])
  const sentence =
    'This use of asks costs 0.50 usd, and the balance is -1.00 usd. More would be billed than the spend cap of 1.00 usd allows.'
  const { status, body } = await world.request('POST', '/api/v1/usage/events', {
    body: { feature: 'asks', customerId: customer.id },
  })
  assert.deepEqual([status, body.error.code, body.error.message], [402, 'included_limit_reached', sentence])
  assert.deepEqual(body.error.details, { limit: 'spend_cap' })
  const { data: check } = await world.client.usage.check({ customerId: customer.id, featureCode: 'asks', quantity: 1 })
  assert.deepEqual([check?.allowed, check?.reason, check?.message], [false, 'included_limit_reached', sentence])
  await assert.rejects(world.client.subscriptions.adjustBalance({ id: customer.subscriptionId, amount: -50 }), {
    code: 'insufficient_balance',
  })
  await put(customer.subscriptionId, { amount: 50 })
  const { data: nothing } = await world.client.usage.track({ feature: 'asks', customerId: customer.id, value: 0 })
  assert.equal(nothing?.object, 'usage_event', 'what costs nothing is recorded also below a lowered cap')
  await put(customer.subscriptionId, { amount: null })
  await world.client.usage.track({ feature: 'asks', customerId: customer.id, value: 100 })
})

test('Subscriptions.setSpendCap: a cap below what is used refuses more and leaves what is included', async () => {
  const customer = await paidCustomer(world, {
    faxes: { type: 'usage', includedAmount: 3, overage: 10_000 },
    cards: { type: 'usage', includedAmount: 3, overage: 10_000 },
  })
  await world.client.usage.track({ feature: 'faxes', customerId: customer.id, value: 8 })
  await put(await subscriptionOf(customer), { amount: 100 })
  await assert.rejects(world.client.usage.track({ feature: 'faxes', customerId: customer.id, value: 0.1 }), {
    code: 'included_limit_reached',
  })
  await world.client.usage.track({ feature: 'cards', customerId: customer.id, value: 3 })
  await assert.rejects(world.client.usage.track({ feature: 'cards', customerId: customer.id }), {
    code: 'included_limit_reached',
  })
  const { data: set } = await world.client.usage.set({ customerId: customer.id, feature: 'faxes', value: 7 })
  assert.equal(set?.adjustment, -1)
})

test('Subscriptions.setSpendCap: what it is not for', async () => {
  const plan = await freePlan(world, {
    chairs: { type: 'seats', includedAmount: 1 },
    folders: { type: 'quota', includedAmount: 1 },
    flag: { type: 'boolean' },
    views: { type: 'usage', includedAmount: 1 },
  })
  const customer = await subscribe(world, plan)
  const id = await subscriptionOf(customer)
  const credits = await fundedCustomer(
    world,
    await fundedPlan(world, { model: 'credits', feature: 'videos', creditsPerUnit: 1, isFree: true }),
  )
  const answers = []
  for (const [subscription, body] of [
    [id, { amount: 100, featureCode: 'chairs' }],
    [id, { amount: 100, featureCode: 'folders' }],
    [id, { amount: 100, featureCode: 'flag' }],
    [credits.subscriptionId, { amount: 100, featureCode: 'videos' }],
    [id, { amount: 100, featureCode: 'nothing' }],
    ['sub_unknown', { amount: 100 }],
    [id, { amount: -1 }],
    [id, { amount: 1.5 }],
    [id, {}],
  ] as const) {
    const { status, body: answer } = await put(subscription, body)
    answers.push(`${status} ${answer.error.code} ${answer.error.param ?? ''}`.trim())
  }
  assert.deepEqual(answers, [
    '422 validation_error featureCode',
    '422 validation_error featureCode',
    '422 validation_error featureCode',
    '422 validation_error featureCode',
    '404 feature_not_found',
    '404 subscription_not_found',
    '422 validation_error amount',
    '422 validation_error amount',
    '422 validation_error amount',
  ])
  assert.equal((await get('sub_unknown')).status, 404)
  await world.client.subscriptions.cancel({ id, immediate: true })
  assert.equal((await put(id, { amount: 100 })).body.error.code, 'subscription_not_active')
})

test('Usage.track: a slip that would bill more than anybody can pay is refused without a spend cap, and the check agrees', async () => {
  const customer = await paidCustomer(world, { seconds: { type: 'usage', includedAmount: 0, overage: 10_000_000 } })
  const track = (value: number) =>
    world.request('POST', '/api/v1/usage/events', { body: { feature: 'seconds', customerId: customer.id, value } })
  const refused = await track(1_000_000_000_000)
  assert.equal(refused.status, 402)
  assert.equal(refused.body.error.code, 'included_limit_reached')
  assert.equal(
    refused.body.error.message,
    '1000000000000 of seconds does not fit: 0 are used in this window, and more would be billed than the 1000000000000.00 usd that one window can be billed for a feature. Is the quantity meant?',
  )
  assert.equal(refused.body.error.details, undefined)
  const check = { customerId: customer.id, featureCode: 'seconds', quantity: 1_000_000_000_000 }
  assert.equal((await world.client.usage.check(check)).data?.allowed, false)
  assert.equal((await track(1_000_000_000)).status, 201)
  assert.equal((await track(0.00001)).status, 402)
})

test('Usage.check: a cost that no JSON number holds is left out and told in the message', async () => {
  const credits = await fundedPlan(world, {
    model: 'credits',
    feature: 'dear_credits',
    creditsPerUnit: 9_007_199_254_740_991,
    includedCredits: 5,
  })
  const balance = await fundedPlan(world, {
    model: 'balance',
    feature: 'dear_balance',
    unitPrice: 9_007_199_254_740_991,
    includedBalance: 5,
  })
  for (const [plan, featureCode, reason, message] of [
    [
      credits,
      'dear_credits',
      'insufficient_credits',
      'This use of dear_credits costs 18014398509481982 credits, and 5 are left.',
    ],
    [
      balance,
      'dear_balance',
      'insufficient_balance',
      'This use of dear_balance costs 1801439850948.1982 usd, and the balance is 0.0005 usd.',
    ],
  ] as const) {
    const customer = await fundedCustomer(world, plan)
    const { data } = await world.client.usage.check({ customerId: customer.id, featureCode, quantity: 2 })
    assert.equal(data?.allowed, false)
    assert.equal(data.reason, reason)
    assert.equal(data.message, message)
    assert.equal('estimatedCredits' in data, false)
    assert.equal('estimatedAmount' in data, false)
  }
})
