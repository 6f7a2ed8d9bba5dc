import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Funded, type FundedPlan, fundedCustomer, fundedPlan, passDays } from '../../support/ledger-stories.ts'
import { createWorld, type World } from '../../support/world.ts'

let world: World
before(async () => {
  world = await createWorld()
})
after(() => world.close())

/** The mails about what a customer holds, in their order: kind and facts, without the plan and the day of the refill. */
async function mailsOf({ subscriptionId }: Funded): Promise<[string, Record<string, unknown>][]> {
  const { rows } = await world.database.pool.query<{ kind: string; facts: Record<string, unknown> }>(
    `select mail.kind, mail.facts from mail
     join subscription on subscription.org_id = mail.org_id and subscription.customer_id = mail.customer_id
     where subscription.id = $1 and mail.kind ~ '^(credits|balance)_' order by mail.id`,
    [subscriptionId],
  )
  return rows.map(({ kind, facts: { planName: _, refillsOn: __, ...facts } }) => [kind, facts])
}
const kindsOf = async (customer: Funded) => (await mailsOf(customer)).map(([kind]) => kind)

async function joined(plan: Partial<FundedPlan> & Pick<FundedPlan, 'model' | 'feature'>): Promise<Funded> {
  const funds =
    plan.model === 'credits'
      ? { creditsPerUnit: 1, includedCredits: 100 }
      : { unitPrice: 10_000, includedBalance: 1_000_000 }
  return fundedCustomer(world, await fundedPlan(world, { ...funds, ...plan }))
}
const use = (customer: Funded, feature: string, value: number) =>
  world.client.usage.track({ feature, customerId: customer.id, value })
const adjust = ({ subscriptionId }: Funded, amount: number) =>
  world.client.subscriptions.adjustBalance({ id: subscriptionId, amount, reason: 'goodwill' })

test('little and nothing left of credits is mailed once in a window, whatever is given meanwhile, and anew in the next', async () => {
  const ada = await joined({ model: 'credits', feature: 'renders' })
  await use(ada, 'renders', 89)
  assert.deepEqual(await mailsOf(ada), [])
  await use(ada, 'renders', 1)
  assert.deepEqual(await mailsOf(ada), [['credits_low', { credits: '10' }]])
  await use(ada, 'renders', 10)
  assert.deepEqual((await mailsOf(ada)).slice(1), [['credits_depleted', {}]])
  await adjust(ada, 50)
  assert.deepEqual((await mailsOf(ada)).slice(2), [['credits_granted', { credits: '50', total: '50' }]])
  await use(ada, 'renders', 45)
  await use(ada, 'renders', 5)
  assert.deepEqual((await kindsOf(ada)).slice(3), [])
  const { rows } = await world.database.pool.query("select from event where type = 'credits.depleted'")
  assert.equal(rows.length, 2)
  await passDays(world, 32)
  await use(ada, 'renders', 95)
  assert.deepEqual((await kindsOf(ada)).slice(3), ['credits_low'])
})

test('a balance that may go below zero is told to be billed beyond, one that may not to have stopped', async () => {
  const eve = await joined({ model: 'balance', feature: 'calls' })
  await use(eve, 'calls', 95)
  await use(eve, 'calls', 10)
  assert.deepEqual(await mailsOf(eve), [
    ['balance_low', { amount: '500', currency: 'usd' }],
    ['balance_depleted', { isBilledBeyond: true }],
  ])
  const joe = await joined({ model: 'balance', feature: 'minutes', blockOnExhaustion: true })
  await use(joe, 'minutes', 100)
  await adjust(joe, 250_000)
  assert.deepEqual(await mailsOf(joe), [
    ['balance_depleted', { isBilledBeyond: false }],
    ['balance_granted', { amount: '2500', total: '2500', currency: 'usd' }],
  ])
})

test('a pack that is charged has its receipt and no other mail; what is taken away is no gift', async () => {
  const kay = await joined({ model: 'credits', feature: 'scans' })
  const { data: pack } = await world.client.creditPacks.create({ name: '500 credits', credits: 500, price: 900 })
  await world.client.subscriptions.purchaseCredits({ id: kay.subscriptionId, creditPackId: pack?.id ?? '' })
  await adjust(kay, -100)
  assert.deepEqual(await kindsOf(kay), [])
  const { data: gift } = await world.client.creditPacks.create({ name: '5 credits', credits: 5, price: 0 })
  await world.client.subscriptions.purchaseCredits({ id: kay.subscriptionId, creditPackId: gift?.id ?? '' })
  assert.deepEqual(await mailsOf(kay), [['credits_granted', { credits: '5', total: '505' }]])
})

test('twenty at once who use the last of it are told once; a repeated request tells nothing again', async () => {
  const lou = await joined({ model: 'credits', feature: 'pages' })
  await use(lou, 'pages', 80)
  await Promise.all(Array.from({ length: 20 }, () => use(lou, 'pages', 1)))
  assert.deepEqual(await kindsOf(lou), ['credits_low', 'credits_depleted'])
  const body = { amount: 7, reason: 'goodwill' }
  const give = () =>
    world.request('POST', `/api/v1/subscriptions/${lou.subscriptionId}/balance/adjust`, {
      body,
      headers: { 'idempotency-key': 'once' },
    })
  assert.equal((await give()).status, 200)
  assert.equal((await give()).status, 200)
  assert.deepEqual((await kindsOf(lou)).slice(2), ['credits_granted'])
})

test('mails that are switched off are not written', async () => {
  const off = (kinds: readonly string[]) => world.request('PUT', '/api/v1/settings', { body: { mail: { off: kinds } } })
  await off(['credits_low', 'credits_granted'])
  const max = await joined({ model: 'credits', feature: 'frames' })
  await use(max, 'frames', 95)
  await adjust(max, 5)
  await use(max, 'frames', 10)
  await off([])
  assert.deepEqual(await kindsOf(max), ['credits_depleted'])
})
