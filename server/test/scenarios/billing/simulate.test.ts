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
