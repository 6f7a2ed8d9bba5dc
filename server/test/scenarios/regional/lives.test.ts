import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Story } from '../../support/billing-stories.ts'
import { chargesOf, checkoutOf, invoicesOf, regionalPlan } from '../../support/regional-stories.ts'

const calls = { type: 'usage', included: 1000, beyond: 200 } as const

test('a customer in Brazil: the checkout turns to reais, and everything that follows is paid in them', async () => {
  const story = await Story.on('2041-01-01')
  after(() => story.close())
  const { client } = story.world
  const plan = await regionalPlan(story, 'pro', { features: { calls }, rates: { brl: 5.4321 } })
  await story.customer('ana')
  const { checkoutUrl } = await story.subscribe('ana', 'pro')
  const checkout = checkoutOf(story, checkoutUrl)
  const [before, there] = [await checkout.get(), await checkout.quote({ country: 'BR' })]
  assert.deepEqual([before.currency, before.total, before.renewal.amount], ['usd', 2900, 2900])
  // 29.00 × 5.4321 = 157.5309.
  assert.deepEqual([there.currency, there.total, there.renewal.amount], ['brl', 15_753, 15_753])
  assert.equal((await story.pay(checkoutUrl, undefined, 'BR')).status, 200)
  assert.deepEqual(await invoicesOf(story, 'ana'), ['recurring paid 15753 brl: plan_base 15753'])
  assert.deepEqual(await chargesOf(story), ['15753 brl'])
  const { data: transactions } = await client.transactions.list({ customerEmail: 'ana@example.com' })
  const { currency, presentmentAmount, grossAmount, subtotal } = transactions?.[0] ?? {}
  assert.deepEqual([currency, presentmentAmount, grossAmount, subtotal], ['brl', 15_753, null, null])
  assert.equal((await story.subscription('ana')).plan.basePrice, 15_753)

  // 0.02 × 5.4321 = 0.1086: 500 beyond are 54.30.
  await story.use('ana', 'calls', 1500)
  const { data: check } = await client.usage.check({ customerId: 'ana', featureCode: 'calls', quantity: 1 })
  assert.deepEqual([check?.overageUnitPrice, check?.overageEnabled], [1086, true])
  await story.until('2041-02-01')
  assert.equal(
    (await invoicesOf(story, 'ana')).at(-1),
    'recurring paid 21183 brl: plan_base 15753, feature_overage 5430',
  )

  // A rate that makes calls dearer waits for the next window; the base is today's at each renewal: 29.00 × 6.
  await client.plans.setRegionalPricing({ id: plan.id, currency: 'brl', exchangeRate: 6 })
  await story.use('ana', 'calls', 1500)
  await story.until('2041-03-01')
  assert.equal(
    (await invoicesOf(story, 'ana')).at(-1),
    'recurring paid 22830 brl: plan_base 17400, feature_overage 5430',
  )
  // One that makes them cheaper holds at once, for the whole window: 500 × 0.10.
  await story.use('ana', 'calls', 1500)
  await client.plans.setRegionalPricing({ id: plan.id, currency: 'brl', exchangeRate: 5 })
  await story.until('2041-04-01')
  assert.equal(
    (await invoicesOf(story, 'ana')).at(-1),
    'recurring paid 19500 brl: plan_base 14500, feature_overage 5000',
  )
  // A change of the dollars is followed: 500 × 0.05, 39.00 × 5.
  await client.plans.updateFeature({ id: plan.id, featureId: 'calls', overage: { enabled: true, unitPrice: 100 } })
  await client.plans.updatePrice({ id: plan.id, priceId: plan.priceId, price: 3900 })
  await story.use('ana', 'calls', 1500)
  await story.until('2041-05-01')
  assert.equal(
    (await invoicesOf(story, 'ana')).at(-1),
    'recurring paid 22000 brl: plan_base 19500, feature_overage 2500',
  )
  // Moving house changes nothing of it.
  const address = { line1: '1 Main St', city: 'Lima', postalCode: '15001', country: 'PE' }
  await client.customers.update({ id: 'ana', address })
  await story.until('2041-06-01')
  assert.equal((await invoicesOf(story, 'ana')).at(-1), 'recurring paid 19500 brl: plan_base 19500')
  await story.cancel('ana', { immediate: true })

  const { data: invoices } = await client.invoices.list({ customerId: 'ana', limit: 100 })
  for (const { id, invoiceNumber } of invoices ?? []) {
    const { body } = await story.world.request('GET', `/api/v1/invoices/${id}/explain`)
    assert.deepEqual([invoiceNumber, body.data.matches], [invoiceNumber, true], JSON.stringify(body.data))
  }
})

test('a customer in Japan: a prepaid balance in yen, with top-up, overdraft and no decimals anywhere', async () => {
  const story = await Story.on('2041-01-01')
  after(() => story.close())
  const { client } = story.world
  const plan = await regionalPlan(story, 'wallet', {
    model: 'balance',
    includedBalance: 100_000,
    features: { calls: { type: 'usage', beyond: 200 } },
    rates: { jpy: 150.5 },
  })
  const id = await story.join('taro', 'wallet', { country: 'JP' })
  // 29.00 × 150.5 = 4364.5, half up.
  assert.deepEqual(await invoicesOf(story, 'taro'), ['recurring paid 4365 jpy: plan_base 4365'])
  const balance = async () => (await story.subscription('taro')).balance
  assert.deepEqual(await balance(), { remaining: 15_050_000, included: 15_050_000, currency: 'jpy' })
  // 0.02 × 150.5 = 3.01 yen a call.
  const { data: check } = await client.usage.check({ customerId: 'taro', featureCode: 'calls', quantity: 100 })
  assert.deepEqual([check?.unitPrice, check?.estimatedAmount, check?.currency], [30_100, 3_010_000, 'jpy'])
  await story.use('taro', 'calls', 400)
  assert.equal((await balance())?.remaining, 3_010_000)
  await assert.rejects(client.subscriptions.topupBalance({ id, amount: 49 }), /50 minor units of jpy/)
  const { data: topup } = await client.subscriptions.topupBalance({ id, amount: 1000 })
  assert.equal(topup?.amount, 1000)
  assert.equal((await balance())?.remaining, 13_010_000)
  await story.use('taro', 'calls', 500)
  // 500 × 3.01 = 1505 yen of 1301: 204 short.
  assert.equal((await balance())?.remaining, -2_040_000)
  await client.plans.setRegionalPricing({ id: plan.id, currency: 'jpy', exchangeRate: 160 })
  // The included balance was raised from 1505 to 1600 yen: the difference is given now.
  assert.equal((await balance())?.remaining, -1_090_000)
  await story.until('2041-02-01')
  assert.deepEqual((await invoicesOf(story, 'taro')).slice(1), [
    'balance_topup paid 1000 jpy: one_time 1000',
    'recurring paid 4749 jpy: plan_base 4640, balance_overage 109',
  ])
  assert.deepEqual(await balance(), { remaining: 16_000_000, included: 16_000_000, currency: 'jpy' })
  assert.deepEqual(await chargesOf(story), ['4365 jpy', '1000 jpy', '4749 jpy'])
})

test('credit packs are priced in dollars and paid at the rate of the plan', async () => {
  const story = await Story.on('2041-01-01')
  after(() => story.close())
  const { client } = story.world
  const images = { type: 'usage', creditsPerUnit: 10 } as const
  const plan = { model: 'credits', includedCredits: 100, features: { images } } as const
  await regionalPlan(story, 'studio', { ...plan, rates: { brl: 5.4321 } })
  const bare = await regionalPlan(story, 'bare', plan)
  await client.plans.setRegionalPrices({
    id: bare.id,
    priceId: bare.priceId,
    overrides: [{ currency: 'brl', price: 9990 }],
  })
  const { data: pack } = await client.creditPacks.create({ name: 'Small', credits: 500, price: 1000 })
  assert(pack)
  const id = await story.join('ana', 'studio', { country: 'BR' })
  await client.subscriptions.purchaseCredits({ id, creditPackId: pack.id })
  assert.deepEqual(await invoicesOf(story, 'ana'), [
    'recurring paid 15753 brl: plan_base 15753',
    'credit_purchase paid 5432 brl: one_time 5432',
  ])
  assert.equal((await story.subscription('ana')).credits?.remaining, 600)
  const other = await story.join('bia', 'bare', { country: 'BR' })
  assert.deepEqual(await invoicesOf(story, 'bia'), ['recurring paid 9990 brl: plan_base 9990'])
  await assert.rejects(client.subscriptions.purchaseCredits({ id: other, creditPackId: pack.id }), {
    code: 'missing_regional_price',
    statusCode: 400,
  })
  const { data: invoices } = await client.invoices.list({ customerId: 'ana' })
  for (const invoice of invoices ?? []) {
    const { body } = await story.world.request('GET', `/api/v1/invoices/${invoice.id}/explain`)
    assert.equal(body.data.matches, true, JSON.stringify(body.data))
  }
})

test('customers in the United States pay dollars at the multiplier, everybody else the canonical ones', async () => {
  const story = await Story.on('2041-01-01')
  after(() => story.close())
  await regionalPlan(story, 'pro', { features: { calls }, rates: { usd: 1.1, eur: 0.9 } })
  for (const [customer, country] of [
    ['ada', 'US'],
    ['ben', 'GB'],
    ['carl', 'DE'],
    ['dora', 'MX'],
  ] as const) {
    await story.join(customer, 'pro', { country })
    await story.use(customer, 'calls', 1500)
  }
  await story.until('2041-02-01')
  assert.deepEqual(await invoicesOf(story, 'ada'), [
    'recurring paid 3190 usd: plan_base 3190',
    'recurring paid 4290 usd: plan_base 3190, feature_overage 1100',
  ])
  for (const customer of ['ben', 'dora']) {
    assert.deepEqual(await invoicesOf(story, customer), [
      'recurring paid 2900 usd: plan_base 2900',
      'recurring paid 3900 usd: plan_base 2900, feature_overage 1000',
    ])
  }
  assert.deepEqual(await invoicesOf(story, 'carl'), [
    'recurring paid 2610 eur: plan_base 2610',
    'recurring paid 3510 eur: plan_base 2610, feature_overage 900',
  ])
})

test('seats in advance and as a true-up, in guaraníes', async () => {
  const story = await Story.on('2041-01-01')
  after(() => story.close())
  const { client } = story.world
  const seats = { type: 'seats', included: 2, beyond: 50_000 } as const
  await regionalPlan(story, 'team', { features: { seats }, rates: { pyg: 7321.5 } })
  await story.join('ana', 'team', { country: 'PY', initialSeats: { seats: 4 } })
  // 29.00 × 7321.5 = 212,323.5; a seat 5.00 × 7321.5 = 36,607.5, two of them 73,215.
  assert.deepEqual(await invoicesOf(story, 'ana'), ['recurring paid 285539 pyg: plan_base 212324, feature_seats 73215'])
  await story.goTo('2041-01-16')
  await client.seats.add({ customerId: 'ana', featureCode: 'seats', count: 1 })
  await story.until('2041-02-01')
  // 36,607.5 × 16 of 31 days = 18,894.2; three seats beyond what is included are 109,822.5.
  assert.equal(
    (await invoicesOf(story, 'ana')).at(-1),
    'recurring paid 341041 pyg: plan_base 212324, feature_seats 18894, feature_seats 109823',
  )
})
