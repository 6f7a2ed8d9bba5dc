import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { eventsOf, type Funded, fundedCustomer, fundedPlan, passDays, potsOf } from '../support/ledger-stories.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
before(async () => {
  world = await createWorld()
})
after(() => world.close())

/** Changes what a plan's only price includes. */
async function include(
  planId: string,
  includes: { includedCredits?: number; includedBalance?: number },
): Promise<void> {
  const { body } = await world.request('GET', `/api/v1/plans/${planId}`)
  const { status } = await world.request('PUT', `/api/v1/plans/${planId}/prices/${body.data.prices[0].id}`, {
    body: includes,
  })
  assert.equal(status, 200)
}

const held = async ({ subscriptionId }: Funded) => {
  const { plan_credits, purchased_credits, balance } = await potsOf(world.db, world.orgId, subscriptionId)
  return [plan_credits, purchased_credits, balance].map(Number)
}

const granted = async ({ subscriptionId }: Funded) => {
  const { rows } = await world.database.pool.query<{ credits: number; reason: string }>(
    `select (data->>'credits')::int as credits, data->>'reason' as reason from event
     where type = 'credits.granted' and data->>'subscriptionId' = $1 order by id`,
    [subscriptionId],
  )
  return rows.map(({ credits, reason }) => `${credits} ${reason}`)
}

test('more credits of a price are given at once, fewer from the next reset on', async () => {
  const plan = await fundedPlan(world, { model: 'credits', feature: 'images', creditsPerUnit: 5, includedCredits: 100 })
  const ada = await fundedCustomer(world, plan)
  await world.client.usage.track({ customerId: ada.externalId, feature: 'images', value: 4 })
  assert.deepEqual(await held(ada), [80, 0, 0])
  await include(plan.id, { includedCredits: 250 })
  assert.deepEqual(await held(ada), [230, 0, 0])
  await include(plan.id, { includedCredits: 60 })
  assert.deepEqual(await held(ada), [230, 0, 0])
  // Less than the window was given already: nothing is added twice.
  await include(plan.id, { includedCredits: 200 })
  assert.deepEqual(await held(ada), [230, 0, 0])
  assert.deepEqual(await granted(ada), ['100 period_reset', '150 included_raised'])
  await passDays(world, 31)
  assert.deepEqual(await held(ada), [200, 0, 0])
})

test('more balance of a price is given at once, on top of what is left', async () => {
  const plan = await fundedPlan(world, { model: 'balance', feature: 'tokens', unitPrice: 200, includedBalance: 50_000 })
  const ada = await fundedCustomer(world, plan)
  await world.client.usage.track({ customerId: ada.externalId, feature: 'tokens', value: 260 })
  assert.deepEqual(await held(ada), [0, 0, -2_000])
  await include(plan.id, { includedBalance: 80_000 })
  assert.deepEqual(await held(ada), [0, 0, 28_000])
  const events = await eventsOf(world.db, world.orgId, 'balance')
  assert.equal(events.filter(({ type }) => type === 'balance.low').length, 0)
})

test('a free plan gives more from its next monthly reset on', async () => {
  const plan = await fundedPlan(world, {
    model: 'credits',
    feature: 'thumbs',
    creditsPerUnit: 1,
    includedCredits: 10,
    isFree: true,
  })
  const ada = await fundedCustomer(world, plan)
  await include(plan.id, { includedCredits: 30 })
  assert.deepEqual(await held(ada), [10, 0, 0])
  await passDays(world, 31)
  assert.deepEqual(await held(ada), [30, 0, 0])
})

test('who uses credits while they are raised loses none', async () => {
  const plan = await fundedPlan(world, { model: 'credits', feature: 'pages', creditsPerUnit: 1, includedCredits: 100 })
  const ada = await fundedCustomer(world, plan)
  const uses = Array.from({ length: 150 }, () =>
    world.request('POST', '/api/v1/usage/events', { body: { customerId: ada.externalId, feature: 'pages' } }),
  )
  const [answers] = await Promise.all([Promise.all(uses), include(plan.id, { includedCredits: 120 })])
  const used = answers.filter(({ status }) => status === 201).length
  assert(used >= 100 && used <= 120)
  assert.deepEqual(await held(ada), [120 - used, 0, 0])
})

/** Moves the clock past the next reset and leaves billing alone, as if no worker had been there. */
const miss = (days: number) => world.client.testClock.advance({ advanceDays: days })

test('a reset that is run late gives what the price included on its own day, and the next one what it includes then', async () => {
  const plan = await fundedPlan(world, { model: 'credits', feature: 'scans', creditsPerUnit: 1, includedCredits: 100 })
  const ada = await fundedCustomer(world, plan)
  await miss(33)
  await include(plan.id, { includedCredits: 60 })
  await passDays(world, 1)
  assert.deepEqual(await held(ada), [100, 0, 0])
  await passDays(world, 31)
  assert.deepEqual(await held(ada), [60, 0, 0])
})

test('what was raised between a reset and its late run is in the window it was raised in, on paid plans', async () => {
  const terms = { model: 'credits', creditsPerUnit: 1, includedCredits: 100 } as const
  const [paid, free] = [
    await fundedPlan(world, { ...terms, feature: 'prints' }),
    await fundedPlan(world, { ...terms, feature: 'faxes', isFree: true }),
  ]
  const [ada, bob] = [await fundedCustomer(world, paid), await fundedCustomer(world, free)]
  await miss(33)
  for (const { id } of [paid, free]) {
    await include(id, { includedCredits: 50 })
    await include(id, { includedCredits: 130 })
    await include(id, { includedCredits: 70 })
  }
  await passDays(world, 1)
  assert.deepEqual(
    [await held(ada), await held(bob)],
    [
      [130, 0, 0],
      [100, 0, 0],
    ],
  )
  await passDays(world, 31)
  assert.deepEqual(
    [await held(ada), await held(bob)],
    [
      [70, 0, 0],
      [70, 0, 0],
    ],
  )
})

test('a balance in another region is what the plan’s rate of the reset’s own day made it', async () => {
  const plan = await fundedPlan(world, { model: 'balance', feature: 'words', unitPrice: 200, includedBalance: 50_000 })
  const multiply = async (exchangeRate: number) => {
    const body = { currency: 'usd', exchangeRate }
    assert.equal((await world.request('PUT', `/api/v1/plans/${plan.id}/regional`, { body })).status, 200)
  }
  await multiply(2)
  const ada = await fundedCustomer(world, plan)
  assert.deepEqual(await held(ada), [0, 0, 100_000])
  await miss(33)
  await multiply(1.5)
  await passDays(world, 1)
  assert.deepEqual(await held(ada), [0, 0, 100_000])
  await passDays(world, 31)
  assert.deepEqual(await held(ada), [0, 0, 75_000])
})
