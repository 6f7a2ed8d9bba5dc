import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Story } from '../../support/billing-stories.ts'
import { type ExplainedLine, explanationOf, explanationsOf, numbersIn, told } from '../../support/explanations.ts'
import { HeldStory } from '../../support/held-stories.ts'
import { fundedCustomer, fundedPlan, passDays } from '../../support/ledger-stories.ts'
import { createWorld } from '../../support/world.ts'

let story: Story
let held: HeldStory
before(async () => {
  story = await Story.on('2041-06-01')
  held = new HeldStory(story.world)
})
after(() => story.close())

const lineOf = (lines: readonly ExplainedLine[], code: string): ExplainedLine => {
  const found = lines.find(({ rule }) => rule.code === code)
  assert(found, `a line of ${code}`)
  return found
}

test('15,000 calls of which 10,000 are included, $0.02 beyond: $100.00 from events, terms and the day of the price', async () => {
  const plan = await story.plan('metered', { price: 2900, features: { calls: { included: 10_000, beyond: 300 } } })
  await story.join('ada', 'metered')
  await story.use('ada', 'calls', 9_000)
  await story.goTo('2041-06-20')
  await story.world.client.plans.updateFeature({
    id: plan,
    featureId: 'calls',
    overage: { enabled: true, unitPrice: 200 },
  })
  await story.use('ada', 'calls', 6_000)
  await story.until('2041-07-01')
  const { lines, totals, matches } = await explanationOf(story.world, 'ada')
  const overage = lineOf(lines, 'metered_overage')
  assert.deepEqual(overage.steps, [
    '2 events add up to 15,000, as counted',
    '15,000 used − 10,000 included = 5,000 beyond',
    '5,000 × $0.0200 = $100.00',
  ])
  assert.deepEqual(overage.window, {
    number: 1,
    kind: 'paid',
    start: '2041-06-01T00:00:00.000Z',
    end: '2041-07-01T00:00:00.000Z',
  })
  assert.deepEqual(numbersIn(overage), [
    'counted 15,000 from usage_counter',
    'used 15,000 from usage_event',
    'events 2 from usage_event',
    'late events 0 from usage_event',
    'first event 2041-06-01T12:00:00.000Z from usage_event',
    'last event 2041-06-20T12:00:00.000Z from usage_event',
    'included 10,000 since 2041-06-01 from plan_feature_revision',
    'unit price $0.0200 since 2041-06-20 from plan_feature_revision',
  ])
  assert.deepEqual([overage.amount, overage.recomputedAmount, overage.matches], [10_000, 10_000, true])
  assert.deepEqual(totals.steps, [
    'Subtotal: $29.00 + $100.00 = $129.00',
    'Total: $129.00 − $0.00 discount − $0.00 credit + $0.00 tax = $129.00',
  ])
  assert.equal(matches, true)
})

test('the base is what the plan cost when it was charged, however often its price changes afterwards', async () => {
  await story.goTo('2041-08-01')
  const plan = await story.plan('moving', { price: 2900 })
  await story.join('bea', 'moving')
  await story.changePrice(plan, 3900)
  await story.goTo('2041-08-15')
  await story.changePrice(plan, 4900)
  await story.until('2041-09-01')
  await story.changePrice(plan, 5900)
  const explained = await explanationsOf(story.world, 'bea')
  assert.deepEqual(
    explained.map(({ lines }) => lines.map(told)),
    [['plan_base: 1 × $29.00 = $29.00 (true)'], ['plan_base: 1 × $49.00 = $49.00 (true)']],
  )
  assert.deepEqual(
    explained.flatMap(({ lines }) => lines.flatMap(numbersIn)),
    [
      'price $29.00 since 2041-08-01 from plan_price_revision',
      'price $49.00 since 2041-08-15 from plan_price_revision',
    ],
  )
})

test('a draft is charged the price it was made at, though the plan costs more when it begins', async () => {
  await story.goTo('2041-09-10')
  const plan = await story.plan('drafted', { price: 2900 })
  await story.customer('cy')
  await story.subscribe('cy', 'drafted', { startDate: '2041-09-20T00:00:00.000Z' })
  await story.goTo('2041-09-15')
  await story.changePrice(plan, 3900)
  await story.until('2041-09-20')
  const { lines } = await explanationOf(story.world, 'cy')
  assert.deepEqual(lines.flatMap(numbersIn), ['price $29.00 since 2041-09-10 from plan_price_revision'])
})

test('an intro offer of 50 % for two periods: each says which one it is, the third has none', async () => {
  await story.goTo('2042-01-01')
  await story.plan('intro', { price: 9900, intro: { type: 'percentage', value: 5_000, cycles: 2 } })
  await story.join('dee', 'intro')
  await story.until('2042-03-01')
  const explained = await explanationsOf(story.world, 'dee')
  assert.deepEqual(
    explained.map(({ lines }) => lines.at(-1)?.steps),
    [
      ['50 % of $99.00 = $49.50', 'Billing period 1 of 2', '0 − $49.50 = -$49.50'],
      ['50 % of $99.00 = $49.50', 'Billing period 2 of 2', '0 − $49.50 = -$49.50'],
      ['1 × $99.00 = $99.00'],
    ],
  )
  assert.deepEqual(
    explained.map(({ totals }) => totals.steps.at(-1)),
    [
      'Total: $99.00 − $49.50 discount − $0.00 credit + $0.00 tax = $49.50',
      'Total: $99.00 − $49.50 discount − $0.00 credit + $0.00 tax = $49.50',
      'Total: $99.00 − $0.00 discount − $0.00 credit + $0.00 tax = $99.00',
    ],
  )
  assert(explained.every(({ matches }) => matches))
})

test('seats: $50.00 in advance for two beyond five, $12.50 for one more on day 16 of 30', async () => {
  await held.goTo('2042-06-01')
  await held.plan('team', { features: { members: { included: 5, beyond: 250_000 } } })
  await held.join('eve', 'team', { initialSeats: { members: 7 } })
  // A change at the very moment of the first invoice is none of its advance.
  await held.add('eve', 'members', 1)
  await held.remove('eve', 'members', 1)
  await held.until('2042-06-16')
  await held.add('eve', 'members', 2)
  await held.until('2042-07-01')
  const [first, renewal] = await explanationsOf(held.world, 'eve')
  const advance = lineOf(first?.lines ?? [], 'held_advance')
  assert.deepEqual(advance.steps, ['7 held − 5 included = 2 beyond', '2 × $25.0000 = $50.00'])
  assert.deepEqual(numbersIn(advance), [
    'held 7 since 2042-06-01 from held_event',
    'included 5 since 2042-06-01 from plan_feature_revision',
    'unit price $25.0000 since 2042-06-01 from plan_feature_revision',
    'windows in the period 1 from subscription_window',
  ])
  const trueUps = renewal?.lines.filter(({ chargeType }) => chargeType === 'true_up') ?? []
  assert.deepEqual(
    trueUps.map(({ steps }) => steps),
    [
      [
        'On 2042-06-01 from 7 to 8: 1 beyond 7',
        'From 2042-06-01 to 2042-07-01: 30 of 30 days',
        '1 × $25.0000 × 30 ÷ 30 days = $25.00',
      ],
      [
        'On 2042-06-16 from 8 to 9: 1 beyond 8',
        'From 2042-06-16 to 2042-07-01: 15 of 30 days',
        '1 × $25.0000 × 15 ÷ 30 days = $12.50',
      ],
    ],
  )
  assert.deepEqual([first?.matches, renewal?.matches], [true, true])
})

test('quota: ten more on day 16, given back on day 20, $3.75', async () => {
  await held.goTo('2042-09-01')
  await held.plan('storage', { features: { projects: { type: 'quota', included: 15, beyond: 7_500 } } })
  await held.join('fay', 'storage')
  const { quota } = held.world.client
  await quota.set({ customerId: 'fay', featureCode: 'projects', count: 15 })
  await held.until('2042-09-16')
  await quota.add({ customerId: 'fay', featureCode: 'projects', count: 10 })
  await held.until('2042-09-20')
  await quota.remove({ customerId: 'fay', featureCode: 'projects', count: 10 })
  await held.until('2042-10-01')
  const { lines, matches } = await explanationOf(held.world, 'fay')
  assert.deepEqual(lines.map(told), [
    'plan_base: 1 × $29.00 = $29.00 (true)',
    'held_true_up: 10 × $0.7500 × 15 ÷ 30 days = $3.75 (true)',
  ])
  assert.equal(matches, true)
})

test('a quarter: overage of each of its months, advance and true-up for three windows, prices of every window', async () => {
  await held.goTo('2043-01-01')
  const features = { desks: { included: 5, beyond: 250_000 } } as const
  const plan = await held.plan('quarter', { interval: 'quarterly', price: 30_000, features })
  await story.world.client.features.create({ code: 'pages', name: 'Pages', type: 'usage' })
  await story.world.client.plans.addFeature({
    id: plan,
    featureId: 'pages',
    includedAmount: 100,
    overage: { enabled: true, unitPrice: 1000 },
  })
  await held.join('gus', 'quarter', { initialSeats: { desks: 6 } })
  await story.use('gus', 'pages', 110)
  await held.until('2043-02-15')
  await held.add('gus', 'desks', 1)
  await held.until('2043-03-10')
  await story.world.client.plans.updateFeature({
    id: plan,
    featureId: 'desks',
    overage: { enabled: true, unitPrice: 200_000 },
  })
  await held.until('2043-04-01')
  const explained = await explanationsOf(held.world, 'gus')
  assert.deepEqual(
    explained.map(({ lines }) => lines.map(told)),
    [
      ['plan_base: 1 × $300.00 = $300.00 (true)', 'held_advance: 1 × $25.0000 × 3 windows = $75.00 (true)'],
      ['metered_overage: 10 × $0.1000 = $1.00 (true)'],
      [
        'plan_base: 1 × $300.00 = $300.00 (true)',
        'held_true_up: 1 × $20.0000 × 3 windows × 45 ÷ 90 days = $30.00 (true)',
        'held_advance: 2 × $20.0000 × 3 windows = $120.00 (true)',
      ],
    ],
  )
})

test("a trial's end charges the price of that day; nothing of the trial itself is billed", async () => {
  await story.goTo('2043-06-01')
  const plan = await story.plan('tried', {
    price: 2900,
    trialDays: 14,
    features: { calls: { included: 5, beyond: 100 } },
  })
  await story.join('hal', 'tried')
  await story.use('hal', 'calls', 5)
  await story.goTo('2043-06-10')
  await story.changePrice(plan, 3500)
  await story.until('2043-06-15')
  const { lines, matches } = await explanationOf(story.world, 'hal')
  assert.deepEqual(lines.flatMap(numbersIn), ['price $35.00 since 2043-06-10 from plan_price_revision'])
  assert.equal(matches, true)
})

test('lines that were put off say since when, what was owed then, and what would have been enough', async () => {
  await story.goTo('2043-09-01')
  await story.plan('small', {
    price: 8000,
    interval: 'quarterly',
    features: { calls: { included: 100, beyond: 1000 } },
  })
  await story.join('ida', 'small')
  await story.use('ida', 'calls', 102)
  await story.until('2043-10-02')
  await story.use('ida', 'calls', 101)
  await story.until('2043-11-02')
  await story.use('ida', 'calls', 103)
  await story.until('2043-12-01')
  const { lines, matches } = await explanationOf(story.world, 'ida')
  assert.deepEqual(
    lines.map((line) => [told(line), line.window?.number, line.carried]),
    [
      ['plan_base: 1 × $80.00 = $80.00 (true)', 4, null],
      [
        'metered_overage: 2 × $0.1000 = $0.20 (true)',
        1,
        { since: '2043-10-01T00:00:00.000Z', together: 20, minimum: 50 },
      ],
      [
        'metered_overage: 1 × $0.1000 = $0.10 (true)',
        2,
        { since: '2043-11-01T00:00:00.000Z', together: 30, minimum: 50 },
      ],
      ['metered_overage: 3 × $0.1000 = $0.30 (true)', 3, null],
    ],
  )
  assert.equal(matches, true)
})

test('canceled at once: overage of the window so far, and the true-up ends that day', async () => {
  await held.goTo('2044-06-01')
  const plan = await held.plan('gone', { features: { chairs: { included: 5, beyond: 250_000 } } })
  await story.world.client.plans.addFeature({
    id: plan,
    featureId: 'calls',
    includedAmount: 10,
    overage: { enabled: true, unitPrice: 1000 },
  })
  const id = await held.join('jon', 'gone', { initialSeats: { chairs: 5 } })
  await story.use('jon', 'calls', 30)
  await held.goTo('2044-06-16')
  await held.add('jon', 'chairs', 1)
  await held.goTo('2044-06-22')
  await held.world.client.subscriptions.cancel({ id, immediate: true })
  const { lines, matches } = await explanationOf(held.world, 'jon')
  assert.deepEqual(lines.map(told), [
    'metered_overage: 20 × $0.1000 = $2.00 (true)',
    'held_true_up: 1 × $25.0000 × 6 ÷ 30 days = $5.00 (true)',
  ])
  assert.equal(matches, true)
})

test('a change of the plan after a cancellation, at the same moment of a standing clock, is none of its terms', async () => {
  await story.goTo('2044-09-01')
  const plan = await story.plan('halted', { price: 2900, features: { calls: { included: 0, beyond: 1000 } } })
  await story.join('kai', 'halted')
  await story.use('kai', 'calls', 10)
  const cheaper = (unitPrice: number) =>
    story.world.client.plans.updateFeature({ id: plan, featureId: 'calls', overage: { enabled: true, unitPrice } })
  await cheaper(900)
  await story.cancel('kai', { immediate: true })
  await cheaper(100)
  const { lines, matches } = await explanationOf(story.world, 'kai')
  assert.deepEqual(lines.map(told), ['metered_overage: 10 × $0.0900 = $0.90 (true)'])
  assert.equal(matches, true)
})

test('an amount that was rounded shows what it was rounded from', async () => {
  await story.goTo('2046-11-01')
  await held.plan('round', { features: { desks: { included: 0, beyond: 250_000 } } })
  await held.join('kim', 'round')
  await held.goTo('2046-11-11')
  await held.add('kim', 'desks', 2)
  await held.until('2046-12-01')
  const { lines } = await explanationOf(held.world, 'kim')
  assert.equal(
    lineOf(lines, 'held_true_up').steps.at(-1),
    '2 × $25.0000 × 20 ÷ 30 days = $33.333333…, rounded to $33.33',
  )
})

test('a usage event that is not what was counted, or a line that is not what was used, does not match and says so', async () => {
  await story.goTo('2047-01-01')
  await story.join('lea', 'metered')
  await story.use('lea', 'calls', 10_100)
  await story.use('lea', 'calls', 50)
  await story.until('2047-02-01')
  const { pool } = story.world.database
  await pool.query('update usage_event set quantity = 49 where quantity = 50')
  const lost = lineOf((await explanationOf(story.world, 'lea')).lines, 'metered_overage')
  assert.equal(lost.steps[0], '2 events add up to 10,149, but 10,150 were counted in 2')
  assert.deepEqual([lost.amount, lost.recomputedAmount, lost.matches], [300, 298, false])
  await pool.query('update usage_event set quantity = 50 where quantity = 49')
  await pool.query("update invoice_line set amount = 2800 where line_type = 'plan_base' and amount = 2900")
  const { lines, totals, matches } = await explanationOf(story.world, 'lea')
  const base = lineOf(lines, 'plan_base')
  assert.deepEqual([base.amount, base.recomputedAmount, base.matches], [2800, 2900, false])
  assert.deepEqual([totals.matches, matches], [true, false])
  await pool.query("update invoice_line set amount = 2900 where line_type = 'plan_base' and amount = 2800")
})

test('a line whose price is not kept is told as one that cannot be computed again', async () => {
  await story.goTo('2047-06-01')
  await story.plan('lost', { price: 1900 })
  await story.join('moe', 'lost')
  await story.world.database.pool.query(
    "update invoice_line set basis = null where description = 'lost' and line_type = 'plan_base'",
  )
  const { lines, totals, matches } = await explanationOf(story.world, 'moe')
  assert.deepEqual(
    lines.map(({ recomputedAmount, steps }) => [recomputedAmount, steps]),
    [[null, ['This cannot be computed again: the price it was charged at is not kept.']]],
  )
  assert.deepEqual([totals.matches, matches], [null, null])
})

test('an overdraft of $1.50: every entry of the ledger since the balance was filled, by feature; top-ups and packs', async () => {
  const world = await createWorld()
  try {
    const plan = await fundedPlan(world, {
      model: 'balance',
      feature: 'calls',
      unitPrice: 500,
      includedBalance: 50_000,
    })
    const { id, subscriptionId } = await fundedCustomer(world, plan)
    await world.client.usage.track({ feature: 'calls', customerId: id, value: 100 })
    await world.client.subscriptions.topupBalance({ id: subscriptionId, amount: 100 })
    await world.client.subscriptions.adjustBalance({ id: subscriptionId, amount: 5_000 })
    await world.client.usage.track({ feature: 'calls', customerId: id, value: 60 })
    // The plan includes $1.00 more from now on, and twenty calls use it up.
    const { body } = await world.request('GET', `/api/v1/plans/${plan.id}`)
    await world.client.plans.updatePrice({ id: plan.id, priceId: body.data.prices[0].id, includedBalance: 60_000 })
    await world.client.usage.track({ feature: 'calls', customerId: id, value: 20 })
    await passDays(world, 32)
    const [, topup, renewal] = await explanationsOf(world, id)
    assert.deepEqual(topup?.lines.map(told), ['balance_topup: $1.0000 added to the balance = $1.00 (true)'])
    const overdraft = lineOf(renewal?.lines ?? [], 'balance_overdraft')
    assert.deepEqual(overdraft.steps, [
      '$0.0000 + $6.0000 granted in 2 entries = $6.0000',
      '$6.0000 − $9.0000 used in 3 entries = -$3.0000',
      '-$3.0000 + $1.0000 topped up in 1 entry = -$2.0000',
      '-$2.0000 + $0.5000 adjusted in 1 entry = -$1.5000',
      '$1.5000 short = $1.50',
    ])
    assert.deepEqual(overdraft.usage, [
      { featureName: 'calls', provider: null, model: null, events: 3, quantity: 180, cost: 90_000, tokens: null },
    ])
    assert.deepEqual([overdraft.amount, overdraft.recomputedAmount, overdraft.matches], [150, 150, true])
    assert.equal(renewal?.matches, true)
  } finally {
    await world.close()
  }
})

test('a credit pack is explained with what it cost when it was bought', async () => {
  const world = await createWorld()
  try {
    const plan = await fundedPlan(world, {
      model: 'credits',
      feature: 'renders',
      creditsPerUnit: 1,
      includedCredits: 5,
    })
    const { id, subscriptionId } = await fundedCustomer(world, plan)
    const { body } = await world.request('POST', '/api/v1/credit-packs/manage', {
      body: { name: 'Small', credits: 1000, price: 1900 },
    })
    await world.client.subscriptions.purchaseCredits({ id: subscriptionId, creditPackId: body.data.id })
    await world.client.creditPacks.update({ id: body.data.id, price: 2500 })
    const { lines, matches } = await explanationOf(world, id)
    assert.deepEqual(lines.map(told), ['credit_pack: 1 × Small, 1,000 credits = $19.00 (true)'])
    assert.equal(matches, true)
  } finally {
    await world.close()
  }
})

test('usage of AI models is told by model: tokens of each kind with their cost, and what the balance paid', async () => {
  const world = await createWorld()
  try {
    const plan = await fundedPlan(world, { model: 'balance', feature: 'ai', aiMargin: 2_000, includedBalance: 0 })
    const { id } = await fundedCustomer(world, plan)
    // 1,000 in and 500 out at $3 and $15 per million: 30 + 75, and 20 % on top.
    for (const times of [1, 100]) {
      await world.client.usage.track({
        feature: 'ai',
        customerId: id,
        model: 'anthropic/claude-sonnet-4-0',
        inputTokens: 1_000 * times,
        outputTokens: 500 * times,
      })
    }
    await passDays(world, 32)
    const { lines, matches } = await explanationOf(world, id)
    const overdraft = lineOf(lines, 'balance_overdraft')
    assert.deepEqual(overdraft.steps, [
      '$0.0000 − $1.2726 used in 2 entries = -$1.2726',
      '$1.2726 short = $1.272600, rounded to $1.27',
    ])
    assert.deepEqual(overdraft.usage, [
      {
        featureName: 'ai',
        provider: 'anthropic',
        model: 'claude-sonnet-4-0',
        events: 2,
        quantity: 151_500,
        cost: 12_726,
        tokens: {
          input: { tokens: 101_000, cost: 3_030 },
          output: { tokens: 50_500, cost: 7_575 },
          cacheRead: { tokens: 0, cost: 0 },
          cacheWrite: { tokens: 0, cost: 0 },
          marginCost: 2_121,
        },
      },
    ])
    assert.equal(matches, true)
  } finally {
    await world.close()
  }
})
