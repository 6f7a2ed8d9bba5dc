import assert from 'node:assert/strict'
import { after, before, type TestContext, test } from 'node:test'
import { RunningHalley, tally } from '../../support/running-halley.ts'

/** Two Halley processes on one database, asked at once: nothing is sold twice, and nothing that there is stays unsold. */

let halley: RunningHalley
const atTheEnd: (() => Promise<void> | void)[] = []
const lifetime = {
  after: (work: () => Promise<void> | void) => {
    atTheEnd.unshift(work)
  },
} as Pick<TestContext, 'after'>
before(async () => {
  halley = await RunningHalley.start(lifetime, 2)
})
after(async () => {
  for (const work of atTheEnd) await work()
})

const use =
  (customerId: string, body: Record<string, unknown> = {}) =>
  (_: number, via: number) =>
    halley.call('POST', '/usage/events', { body: { customerId, feature: customerId, ...body }, via })

/** The account, what its entries add up to, and how many of them are consumptions. */
async function ledgerOf(subscription: string) {
  const [row] = await halley.rows<{ held: bigint; booked: string; consumptions: bigint; torn: bigint }>(
    `select a.plan_credits + a.purchased_credits + a.balance as held, e.booked, e.consumptions, a.entries - e.numbers as torn
     from ledger_account a, lateral (
       select sum(plan_credits + purchased_credits + balance)::text as booked, max(number) as numbers,
         count(*) filter (where kind = 'consumption') as consumptions
       from ledger_entry where subscription_id = a.subscription_id) e
     where a.subscription_id = $1`,
    subscription,
  )
  assert(row)
  return { ...row, booked: BigInt(row.booked) }
}

async function countedOf(subscription: string): Promise<string[]> {
  const rows = await halley.rows<{ told: string }>(
    `select concat_ws(' ', trim_scale(c.total), c.events, trim_scale(sum(e.quantity)), count(e.id)) as told
     from usage_counter c left join usage_event e using (org_id, subscription_id, feature_id, window_number)
     where c.subscription_id = $1 group by c.total, c.events`,
    subscription,
  )
  return rows.map(({ told }) => told)
}

async function told(customer: string, types: string): Promise<Record<string, bigint>> {
  const rows = await halley.rows<{ type: string; count: bigint }>(
    `select event.type, count(*) from event join customer on customer.org_id = event.org_id and customer.id = event.customer_id
     where customer.external_id = $1 and event.type ~ $2 group by 1 order by 1`,
    customer,
    types,
  )
  return Object.fromEntries(rows.map(({ type, count }) => [type, count]))
}

test('300 events of 3 credits at once on 100 credits sell exactly 33', async () => {
  const subscription = await halley.freeCustomer('renders', { creditsPerUnit: 3, includedCredits: 100 })
  const answers = await halley.together(300, use('renders'))
  assert.deepEqual(tally(answers), { 201: 33, '402 insufficient_credits': 267 })
  assert.deepEqual(await ledgerOf(subscription), { held: 1n, booked: 1n, consumptions: 33n, torn: 0n })
  assert.deepEqual(await countedOf(subscription), ['33 33 33 33'])
})

test('events of mixed cost leave less than the smallest one that was refused', async () => {
  const subscription = await halley.freeCustomer('scans', { creditsPerUnit: 1, includedCredits: 200 })
  const cost = (index: number) => 1 + (index % 7)
  const answers = await halley.together(150, (index, via) => use('scans', { value: cost(index) })(index, via))
  const sold = answers.reduce((sum, { status }, index) => (status === 201 ? sum + cost(index) : sum), 0)
  const { held, booked } = await ledgerOf(subscription)
  assert.deepEqual([held, booked], [200n - BigInt(sold), 200n - BigInt(sold)])
  const refused = answers.flatMap(({ status }, index) => (status === 402 ? [cost(index)] : []))
  assert(refused.length > 0 && held < BigInt(Math.max(...refused)))
})

test('300 events of $0.02 at once on a blocked balance of $1.01 sell exactly 50', async () => {
  const subscription = await halley.freeCustomer('minutes', { unitPrice: 200, includedBalance: 10_100 })
  const answers = await halley.together(300, use('minutes'))
  assert.deepEqual(tally(answers), { 201: 50, '402 insufficient_balance': 250 })
  assert.deepEqual(await ledgerOf(subscription), { held: 100n, booked: 100n, consumptions: 50n, torn: 0n })
})

test('200 events at once on 40 included ones without overage record exactly 40, and each threshold is told once', async () => {
  const subscription = await halley.freeCustomer('calls', { includedAmount: 40 })
  const answers = await halley.together(200, use('calls'))
  assert.deepEqual(tally(answers), { 201: 40, '402 included_limit_reached': 160 })
  assert.deepEqual(await countedOf(subscription), ['40 40 40 40'])
  assert.deepEqual(await told('calls', 'quota'), { 'quota.exceeded': 1n, 'quota.threshold_reached': 1n })
})

for (const [type, path] of [
  ['seats', '/seats'],
  ['quota', '/usage/quota'],
] as const) {
  test(`100 times one more at once with 25 included: exactly 25 ${type} are held`, async () => {
    const name = `held_${type}`
    const subscription = await halley.freeCustomer(name, { type, includedAmount: 25 })
    const body = { customerId: name, featureCode: name, count: 1 }
    const answers = await halley.together(100, (_, via) => halley.call('POST', path, { body, via }))
    assert.deepEqual(tally(answers), { 201: 25, '402 included_limit_reached': 75 })
    const rows = await halley.rows<{ told: string }>(
      `select concat_ws(' ', current, changes, (select count(*) from held_event e where e.subscription_id = c.subscription_id))
       as told from held_count c where subscription_id = $1`,
      subscription,
    )
    assert.deepEqual(rows, [{ told: '25 25 25' }])
  })
}

test('200 events at once with one idempotencyKey record one event', async () => {
  const subscription = await halley.freeCustomer('clicks', { unlimited: true })
  const answers = await halley.together(200, use('clicks', { idempotencyKey: 'clicks once' }))
  assert.deepEqual(tally(answers), { 201: 1, '409 duplicate': 199 })
  assert.deepEqual(await countedOf(subscription), ['1 1 1 1'])
})

test('200 deliveries of one request record one event and are all answered with it', async () => {
  const subscription = await halley.freeCustomer('opens', { creditsPerUnit: 3, includedCredits: 100 })
  const body = { customerId: 'opens', feature: 'opens' }
  const answers = await halley.together(200, (_, via) =>
    halley.call('POST', '/usage/events', { body, via, key: 'one request' }),
  )
  assert.deepEqual(tally(answers), { 201: 200 })
  assert.equal(new Set(answers.map(({ data }) => data.id)).size, 1)
  assert.deepEqual(await ledgerOf(subscription), { held: 97n, booked: 97n, consumptions: 1n, torn: 0n })
})

test('low and depleted are told once, however many events pass them at once through both processes', async () => {
  const subscription = await halley.freeCustomer('drafts', { creditsPerUnit: 1, includedCredits: 100 })
  const answers = await halley.together(150, use('drafts'))
  assert.deepEqual(tally(answers), { 201: 100, '402 insufficient_credits': 50 })
  assert.deepEqual(await ledgerOf(subscription), { held: 0n, booked: 0n, consumptions: 100n, torn: 0n })
  assert.deepEqual(await told('drafts', 'low|depleted'), { 'credits.low': 1n, 'credits.depleted': 1n })
})

test('totals that are set at once leave one of them, and the events add up to it', async () => {
  const subscription = await halley.freeCustomer('syncs', { unlimited: true })
  const answers = await halley.together(60, (index, via) =>
    index % 3 === 0
      ? use('syncs', { value: 0.000001 })(index, via)
      : halley.call('PUT', '/usage', { body: { customerId: 'syncs', feature: 'syncs', value: index + 0.5 }, via }),
  )
  assert(answers.every(({ status }) => status < 300))
  const [row] = await countedOf(subscription)
  const [total, events, sum, count] = (row ?? '').split(' ')
  assert.deepEqual([total, events, count], [sum, '60', '60'])
  const [whole, millionths] = String(total).split('.5')
  assert(
    Number(whole) % 3 !== 0 && Number(millionths) <= 20,
    `${total} is one of the totals and what was used after it`,
  )
})

test('150 events at once on 10 included ones at $0.02 beyond and a spend cap of $0.50 record exactly 35', async () => {
  const subscription = await halley.payingCustomer('texts', { includedAmount: 10, unitPrice: 200 })
  await halley.give('PUT', `/subscriptions/${subscription}/spend-cap`, { amount: 50 })
  const answers = await halley.together(150, use('texts'))
  assert.deepEqual(tally(answers), { 201: 35, '402 included_limit_reached': 115 })
  assert.deepEqual(await countedOf(subscription), ['35 35 35 35'])
})
