import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fundedCustomer, fundedPlan, passDays, potsOf } from '../support/ledger-stories.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
before(async () => {
  world = await createWorld()
})
after(() => world.close())

const now = async (): Promise<Temporal.Instant> => {
  const { data } = await world.client.testClock.get()
  return Temporal.Instant.from(data?.now ?? assert.fail())
}

type Kept = { source: string; since: string | null; input: { price: string }; charged: string }

const kept = async (id: string | undefined): Promise<Kept> => {
  const { tokens } = await world.db
    .selectFrom('usage_event')
    .select('tokens')
    .where('id', '=', id ?? '')
    .executeTakeFirstOrThrow()
  return tokens as unknown as Kept
}

test('a month of AI tokens: a price that changes in the middle, a late event at the old one, and the overdraft on the invoice', async () => {
  const plan = await fundedPlan(world, { model: 'balance', feature: 'ai', aiMargin: 2_000, includedBalance: 50_000 })
  const customer = await fundedCustomer(world, plan)
  const remaining = async () =>
    (await world.client.subscriptions.get({ id: customer.subscriptionId })).data?.balance?.remaining
  const use = async (inputTokens: number, outputTokens: number, timestamp?: string) => {
    const { data } = await world.client.usage.track({
      feature: 'ai',
      customerId: customer.id,
      model: 'anthropic/claude-sonnet-4-0',
      inputTokens,
      outputTokens,
      ...(timestamp === undefined ? {} : { timestamp }),
    })
    return data?.id
  }
  const begun = await now()

  // $3.00 and $1.50 with 20 %: $5.40 of the $5.00 that are included.
  const first = await use(1_000_000, 100_000)
  assert.equal(await remaining(), -4_000)

  // From the tenth day on a million input tokens cost $6.
  const changed = begun.add({ hours: 240 }).round('millisecond').toString()
  const { status } = await world.request('PUT', '/api/v1/ai-models', {
    body: { model: 'anthropic/claude-sonnet-4-0', inputPrice: 60_000, outputPrice: 150_000, effectiveFrom: changed },
  })
  assert.equal(status, 200)
  await use(500_000, 0)
  assert.equal(await remaining(), -22_000)

  await passDays(world, 12)
  const dear = await use(1_000_000, 0)
  assert.equal(await remaining(), -94_000)
  const late = await use(1_000_000, 0, begun.add({ hours: 48 }).round('millisecond').toString())
  assert.equal(await remaining(), -130_000)

  assert.deepEqual(
    [(await kept(first)).input.price, (await kept(dear)).input.price, (await kept(late)).input.price],
    ['30000', '60000', '30000'],
  )
  const explained = await kept(dear)
  assert.deepEqual([explained.source, explained.charged], ['own', '72000'])
  assert.equal(Temporal.Instant.from(explained.since ?? '').toString(), changed)
  assert.deepEqual([(await kept(late)).source, (await kept(late)).charged], ['shipped', '36000'])

  await passDays(world, 20)
  assert.equal(await remaining(), 50_000)
  const { data: invoices } = await world.client.invoices.list({ customerId: customer.id })
  // $29.00 and the $13.00 that were overdrawn.
  assert.equal(invoices?.[0]?.total, 4_200)
  const { kinds } = await potsOf(world.db, world.orgId, customer.subscriptionId)
  assert.deepEqual(kinds, [
    'grant',
    'consumption',
    'consumption',
    'consumption',
    'consumption',
    'overdraft_billed',
    'reset',
  ])
})
