import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { cards, Story } from '../../support/billing-stories.ts'
import { digestOf } from '../../support/digest.ts'

const story = await Story.on('2041-06-01')
after(() => story.close())
const { world } = story

// Ada uses 15,000 of 10,000 calls in June and 8,000 in July; Bo never comes near it.
await story.plan('pro', { price: 2900, features: { calls: { included: 10_000, beyond: 200 } } })
await story.join('ada', 'pro')
await story.join('bo', 'pro')
await story.use('ada', 'calls', 15_000)
await story.until('2041-07-02')
await story.use('ada', 'calls', 8_000)
await story.use('bo', 'calls', 500)
await story.until('2041-08-02')

async function simulate(plan: Record<string, unknown>, more: Record<string, unknown> = {}) {
  const body = { plan: { planCode: 'pro', ...plan }, ...more }
  const { status, body: answer } = await world.request('POST', '/api/v1/billing/simulations', { body })
  assert.equal(status, 200, JSON.stringify(answer))
  return answer.data
}

test('$29 with 10,000 calls became $99 with 20,000: what two customers paid beside what they would have', async () => {
  const told = await simulate({
    prices: [{ billingInterval: 'monthly', price: 9900 }],
    features: [{ code: 'calls', includedAmount: 20_000 }],
  })
  assert.deepEqual(
    [told.planCode, told.months, told.from, told.to, told.windows],
    ['pro', 6, '2041-02-02T12:00:00.000Z', '2041-08-02T12:00:00.000Z', 4],
  )
  // Each was billed 29.00 on 1 June, 1 July and 1 August; Ada's overage of June was 5,000 × 0.02 = 100.00.
  const base = { lineType: 'plan_base', invoiced: 17_400, simulated: 59_400, difference: 42_000 }
  const overage = { lineType: 'feature_overage', invoiced: 10_000, simulated: 0, difference: -10_000 }
  assert.deepEqual(told.totals, [
    {
      currency: 'usd',
      windows: 4,
      invoiced: 27_400,
      simulated: 59_400,
      difference: 32_000,
      refusedUses: 0,
      lines: [base, overage],
      customers: 2,
      customersPayingMore: 2,
      customersPayingLess: 0,
    },
  ])
  assert.deepEqual(
    told.customers.map(({ customerId, invoiced, simulated, difference }: Record<string, unknown>) => [
      customerId,
      invoiced,
      simulated,
      difference,
    ]),
    [
      ['bo', 8_700, 29_700, 21_000],
      ['ada', 18_700, 29_700, 11_000],
    ],
  )
})

test('a draft that changes nothing comes to what was invoiced, and so does one that says all terms again', async () => {
  const own = {
    prices: [{ billingInterval: 'monthly', price: 2900 }],
    features: [{ code: 'calls', includedAmount: 10_000, overage: { enabled: true, unitPrice: 200 } }],
  }
  for (const draft of [{}, own]) {
    const { totals } = await simulate(draft)
    assert.deepEqual(
      totals.map(({ invoiced, simulated }: Record<string, unknown>) => [invoiced, simulated]),
      [[27_400, 27_400]],
    )
  }
})

test('one customer, one month: the window of July and the invoice at its end', async () => {
  const { totals, customers, windows } = await simulate(
    { prices: [{ billingInterval: 'monthly', price: 1900 }] },
    { customerId: 'bo', months: 1 },
  )
  assert.equal(windows, 1)
  assert.deepEqual([totals[0].invoiced, totals[0].simulated], [2_900, 1_900])
  assert.deepEqual(customers.length, 1)
})

test('what is below the minimum charge waits under the draft too', async () => {
  // 5,020 beyond 9,980 … at $0.00001 each is 5 cents with no base: it waits and is never asked for.
  const { totals } = await simulate({
    prices: [{ billingInterval: 'monthly', price: 0 }],
    features: [{ code: 'calls', includedAmount: 9_980, overage: { enabled: true, unitPrice: 1 } }],
  })
  // 5,020 × 0.0001 = 0.502, half away from zero 50 cents: just enough.
  assert.deepEqual([totals[0].invoiced, totals[0].simulated], [27_400, 50])
  const cheaper = await simulate({
    prices: [{ billingInterval: 'monthly', price: 0 }],
    features: [{ code: 'calls', includedAmount: 10_100, overage: { enabled: true, unitPrice: 1 } }],
  })
  assert.deepEqual([cheaper.totals[0].invoiced, cheaper.totals[0].simulated], [27_400, 0])
})

test('usage that the draft would have refused is not billed, and counted', async () => {
  const { totals } = await simulate({ features: [{ code: 'calls', overage: { enabled: false } }] })
  assert.deepEqual([totals[0].simulated, totals[0].refusedUses], [17_400, 1])
})

test('nothing is written, and everything wrong with a draft is told at once', async () => {
  const before = await digestOf(world.database)
  await simulate({ prices: [{ billingInterval: 'monthly', price: 1 }] })
  const { status, body } = await world.request('POST', '/api/v1/billing/simulations', {
    body: {
      plan: {
        planCode: 'pro',
        blockOnExhaustion: true,
        prices: [{ billingInterval: 'weekly', price: 100, includedCredits: 5 }],
        features: [{ code: 'nothing_like_it' }, { code: 'calls', margin: 100 }],
      },
    },
  })
  assert.equal(status, 422)
  assert.deepEqual(
    body.error.details.map(({ field }: { field: string }) => field),
    [
      'plan.blockOnExhaustion',
      'plan.prices.0.billingInterval',
      'plan.prices.0.includedCredits',
      'plan.features.0.code',
      'plan.features.1.margin',
    ],
  )
  const unknown = await world.request('POST', '/api/v1/billing/simulations', {
    body: { plan: { planCode: 'pro', price: 100, features: [{ code: 'calls', included: 5 }] }, months: 0 },
  })
  assert.equal(unknown.status, 422)
  assert.equal(unknown.body.error.details.length, 3)
  assert.deepEqual(await digestOf(world.database), before)
})

test('a change of plan that was declined is none: the renewal after it is compared like any other', async () => {
  const { body } = await world.request('POST', '/api/v1/plan-groups', { body: { name: 'Sizes' } })
  for (const code of ['small', 'large']) {
    const planId = await story.plan(code, { price: code === 'small' ? 1000 : 5000 })
    await world.request('POST', `/api/v1/plan-groups/${body.data.id}/plans`, { body: { planId } })
  }
  await story.goTo('2041-09-01')
  await story.join('cy', 'small', { card: cards.failsLater })
  const { id } = await story.subscription('cy')
  await story.goTo('2041-09-03')
  const path = `/api/v1/subscriptions/${id}/change-plan`
  assert.equal((await world.request('POST', path, { body: { newPlanId: 'large' } })).status, 402)
  await story.until('2041-10-01')
  const { totals } = await simulate({ planCode: 'small' })
  // 10.00 paid in the checkout, and 10.00 that were declined at the renewal.
  assert.deepEqual([totals[0].invoiced, totals[0].simulated], [2_000, 2_000])
})

test('what an interval held beyond is simulated at that interval, also where a scheduled change goes on with another', async () => {
  const { client } = world
  await client.features.create({ code: 'projects', name: 'Projects', type: 'quota' })
  const planId = await story.plan('studio', { price: 3000, interval: 'quarterly' })
  await story.price(planId, { price: 300, interval: 'weekly' })
  await client.planGroups.addPlan({ id: (await client.planGroups.create({ name: 'Studios' })).data?.id ?? '', planId })
  const overage = { enabled: true, unitPrice: 70_000 }
  await client.plans.addFeature({ id: planId, featureId: 'projects', includedAmount: 2, overage })
  await story.goTo('2041-11-01')
  await story.join('dee', 'studio', { billingInterval: 'quarterly' })
  await client.quota.set({ customerId: 'dee', featureCode: 'projects', count: 5 })
  const { id } = await story.subscription('dee')
  const { data } = await client.subscriptions.changePlan({ id, newPlanId: planId, newBillingInterval: 'weekly' })
  assert(data && 'scheduled' in data && data.scheduled)
  await story.until('2042-02-02')
  // Three projects beyond for three months of $7.00 each are $63.00, and a week of them in advance $21.00.
  assert.deepEqual(await story.invoices('dee'), [
    'recurring paid 2041-11-01..2042-02-01 3000 = plan_base 3000',
    'recurring paid 2042-02-01..2042-02-08 8700 = plan_base 300 + feature_quota 6300 + feature_quota 2100',
  ])
  const { totals } = await simulate({ planCode: 'studio' })
  assert.deepEqual([totals[0].invoiced, totals[0].simulated], [11_700, 11_700])
})

test('what was too little to charge and waits since the instant a window ends is of the window it began', async () => {
  const { body } = await world.request('POST', '/api/v1/plan-groups', { body: { name: 'Pennies' } })
  const [tiny, least] = [
    await story.plan('tiny', { price: 100, interval: 'weekly' }),
    await story.plan('least', { price: 140, interval: 'weekly' }),
  ]
  await story.price(least, { price: 1000, interval: 'monthly' })
  for (const planId of [tiny, least]) {
    await world.request('POST', `/api/v1/plan-groups/${body.data.id}/plans`, { body: { planId } })
  }
  await story.goTo('2042-03-01')
  await story.join('eli', 'tiny')
  const { id } = await story.subscription('eli')
  const change = (settings: object) =>
    world.request('POST', `/api/v1/subscriptions/${id}/change-plan`, { body: { newPlanId: least, ...settings } })
  // $1.40 − $1.00 is less than 50 cents: it waits for the invoice of the next change, a moment later.
  assert.equal((await change({})).body.data.billing.totalCharged, 0)
  assert.equal((await change({ newBillingInterval: 'monthly' })).body.data.billing.totalCharged, 900)
  await story.until('2042-04-01')
  const { totals } = await simulate({ planCode: 'least' })
  assert.equal(totals[0].simulated, totals[0].invoiced)
})

test('usage that a refund forgave is billed by no simulation, also after the customer came back', async () => {
  await story.goTo('2042-06-01')
  await story.plan('phone', { price: 1000, features: { texts: { included: 10, beyond: 500 } } })
  await story.join('fay', 'phone')
  await story.use('fay', 'texts', 30)
  await story.goTo('2042-06-11')
  const { data } = await world.client.transactions.list({ customerEmail: 'fay@example.com' })
  await world.client.transactions.refund({ id: data?.[0]?.id ?? '' })
  const { id } = await story.subscription('fay')
  await story.goTo('2042-06-12')
  await world.client.subscriptions.reactivate({ id })
  await story.until('2042-07-12')
  // $10.00 at first, $10.00 to come back, $10.00 for the next month; 20 texts beyond were forgiven.
  assert.deepEqual(await story.invoices('fay'), [
    'recurring paid 2042-06-01..2042-07-01 1000 = plan_base 1000',
    'reactivation paid 2042-06-12..2042-07-12 1000 = plan_base 1000',
    'recurring paid 2042-07-12..2042-08-12 1000 = plan_base 1000',
  ])
  const { totals } = await simulate({ planCode: 'phone' })
  assert.deepEqual([totals[0].invoiced, totals[0].simulated], [3_000, 3_000])
})

test('periods that changes of plan began are left as they were, also where what they cost waits', async () => {
  const { client } = world
  const group = (await client.planGroups.create({ name: 'Crumbs' })).data?.id ?? ''
  await story.goTo('2042-08-01')
  for (const [code, price] of [
    ['crumb', 100],
    ['bit', 140],
    ['bite', 145],
    ['meal', 5000],
  ] as const) {
    const planId = await story.plan(code, {
      price,
      trialDays: code === 'bite' ? 10 : 0,
      interval: code === 'meal' ? 'yearly' : 'monthly',
    })
    if (code === 'bite') await story.price(planId, { price: 30, interval: 'yearly' })
    await client.planGroups.addPlan({ id: group, planId })
  }
  await story.join('gus', 'crumb')
  await story.join('hal', 'bite')
  const change = async (customer: string, newPlanId: string, newBillingInterval?: 'yearly') => {
    const { id } = await story.subscription(customer)
    const { data } = await client.subscriptions.changePlan({
      id,
      newPlanId,
      ...(newBillingInterval && { newBillingInterval }),
    })
    assert(data && 'billing' in data)
    return data.billing?.totalCharged
  }
  // $0.40 more, then $0.05: together less than 50 cents, and both wait.
  assert.deepEqual([await change('gus', 'bit'), await change('gus', 'bite')], [0, 0])
  // The trial ends with a year of $0.30, which waits for the $50.00 of the next change, less what the year is not used.
  assert.deepEqual([await change('hal', 'bite', 'yearly'), await change('hal', 'meal')], [0, 5000])
  const told = await story.events('hal')
  // Nothing was paid before the second change.
  assert.equal(told.filter((one) => one.startsWith('subscription.activated')).length, 1)
  assert(told.indexOf('subscription.activated') > told.indexOf('subscription.plan_changed'), told.join())
  for (const planCode of ['bit', 'bite']) {
    const { totals } = await simulate({ planCode })
    assert.equal(totals[0]?.simulated ?? 0, totals[0]?.invoiced ?? 0, planCode)
  }
})
