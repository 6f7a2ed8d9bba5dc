import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { cards, Story } from '../../support/billing-stories.ts'

const stories: Story[] = []
afterEach(async () => {
  for (const story of stories.splice(0)) await story.close()
})

async function begin(day: string): Promise<Story> {
  const story = await Story.on(day)
  stories.push(story)
  return story
}

const pro = { price: 2900, features: { calls: { included: 100, beyond: 5000 } } } as const

async function twoQuarters(steps: readonly string[]) {
  const story = await begin('2041-01-31')
  await story.plan('pro', pro)
  await story.plan('quarter', { ...pro, interval: 'quarterly', price: 8000 })
  await story.plan('weekly', { ...pro, interval: 'weekly', price: 700 })
  await story.join('ada', 'pro')
  await story.join('bob', 'quarter')
  await story.join('cleo', 'weekly')
  await story.join('dora', 'pro', { card: cards.failsLater })
  for (const customer of ['ada', 'bob', 'cleo', 'dora']) await story.use(customer, 'calls', 150)
  for (const step of steps) await story.until(step)
  const customers = ['ada', 'bob', 'cleo', 'dora']
  return {
    invoices: await Promise.all(customers.map((customer) => story.invoices(customer))),
    events: await Promise.all(customers.map((customer) => story.events(customer))),
    numbers: (await story.numbers()).length,
    booked: (await story.booked()).sort(),
    story,
  }
}

test('a quarter in one step is a quarter day by day: same invoices, same charges, same events', async () => {
  const days = Array.from({ length: 120 }, (_, day) =>
    Temporal.PlainDate.from('2041-02-01').add({ days: day }).toString(),
  )
  const { story: jumped, ...jump } = await twoQuarters([days.at(-1) ?? ''])
  const { story: walked, ...walk } = await twoQuarters(days)
  assert.deepEqual(jump, walk)
  assert.deepEqual(jump.invoices[1], [
    'recurring paid 2041-01-31..2041-04-30 8000 = plan_base 8000',
    'overage paid 2041-01-31..2041-02-28 2500 = 50 beyond 2500',
    'recurring paid 2041-04-30..2041-07-31 8000 = plan_base 8000',
  ])
  assert.deepEqual(jump.invoices[3], [
    'recurring paid 2041-01-31..2041-02-28 2900 = plan_base 2900',
    'recurring uncollectible 2041-02-28..2041-03-31 5400 = plan_base 2900 + 50 beyond 2500',
  ])
  for (const { world } of [jumped, walked]) {
    const { rows } = await world.database.pool.query(
      'select number from invoice where org_id = $1 order by finalised_at, number',
      [world.orgId],
    )
    const numbers = rows.map(({ number }) => number)
    assert.deepEqual(numbers, [...numbers].sort(), 'numbers rise with the day of issue')
  }
})

test('everything in a catch-up is dated with the day it was due', async () => {
  const story = await begin('2041-01-31')
  await story.plan('pro', pro)
  await story.join('ada', 'pro')
  await story.until('2041-05-15')
  const { data } = await story.world.client.invoices.list({ customerId: 'ada' })
  assert.deepEqual(
    data?.map(({ issueDate, dueDate }) => [issueDate, dueDate]),
    [
      ['2041-04-30T00:00:00.000Z', '2041-04-30T00:00:00.000Z'],
      ['2041-03-31T00:00:00.000Z', '2041-03-31T00:00:00.000Z'],
      ['2041-02-28T00:00:00.000Z', '2041-02-28T00:00:00.000Z'],
      ['2041-01-31T12:00:00.000Z', '2041-01-31T12:00:00.000Z'],
    ],
  )
  const { data: paid } = await story.world.client.transactions.list({})
  assert.equal(paid?.[0]?.paidAt, '2041-04-30T00:00:00.000Z')
  assert.equal((await story.subscription('ada')).status, 'active')
})

test('billing that runs many times at once bills once', async () => {
  const story = await begin('2041-01-31')
  await story.plan('pro', pro)
  const customers = Array.from({ length: 12 }, (_, number) => `customer-${number}`)
  for (const customer of customers) await story.join(customer, 'pro')
  await story.goTo('2041-04-01')
  const runs = await Promise.all(Array.from({ length: 6 }, () => story.bill()))
  assert(runs.reduce((sum, found) => sum + found, 0) >= 12)
  for (const customer of customers) {
    assert.deepEqual(await story.invoices(customer), [
      'recurring paid 2041-01-31..2041-02-28 2900 = plan_base 2900',
      'recurring paid 2041-02-28..2041-03-31 2900 = plan_base 2900',
      'recurring paid 2041-03-31..2041-04-30 2900 = plan_base 2900',
    ])
  }
  assert.equal((await story.booked()).length, 36)
  const numbers = await story.numbers()
  assert.equal(numbers.length, 36)
  assert.match(numbers.at(-1) ?? '', /-000036$/)
})

test('customersFound counts customers, not their steps', async () => {
  const story = await begin('2041-01-31')
  await story.plan('pro', pro)
  await story.join('ada', 'pro')
  await story.join('bob', 'pro')
  assert.equal(await story.until('2041-07-01'), 2)
  assert.equal(await story.bill(), 0)
})

test('a declined renewal: outstanding, past_due, access stays, the period moves on, nothing further is billed', async () => {
  const story = await begin('2041-03-10')
  await story.plan('pro', pro)
  await story.join('ada', 'pro', { card: cards.failsLater })
  await story.use('ada', 'calls', 102)
  await story.until('2041-04-10')
  const pastDue = await story.subscription('ada')
  assert.equal(pastDue.status, 'past_due')
  assert.equal(pastDue.currentPeriod?.end, '2041-05-10T00:00:00.000Z')
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'recurring outstanding 2041-04-10..2041-05-10 3000 = plan_base 2900 + 2 beyond 100',
  ])
  assert.deepEqual((await story.events('ada')).slice(-3), [
    'invoice.created',
    'payment.failed',
    'subscription.past_due',
  ])
  await story.use('ada', 'calls', 500)
  // Tried again on the first, third and fifth day, and nothing else.
  await story.until('2041-04-16')
  await story.use('ada', 'calls', 500)
  assert.equal((await story.invoices('ada')).length, 2)
  assert.deepEqual(await story.booked(), [
    'succeeded 2900',
    'declined 3000',
    'declined 3000',
    'declined 3000',
    'declined 3000',
  ])
})

test('a renewal without a stored card is a declined one', async () => {
  const story = await begin('2041-03-10')
  await story.plan('pro', pro)
  await story.join('ada', 'pro')
  await story.world.database.pool.query('update payment_method set detached_at = now(), is_default = false')
  await story.until('2041-04-10')
  assert.equal((await story.subscription('ada')).status, 'past_due')
  assert.deepEqual((await story.events('ada')).slice(-3), [
    'invoice.created',
    'payment.failed',
    'subscription.past_due',
  ])
})

test('usage of a window that ended but is not billed yet counts there, later usage in the next', async () => {
  const story = await begin('2041-03-10')
  await story.plan('pro', pro)
  await story.join('ada', 'pro')
  await story.goTo('2041-04-12')
  await story.use('ada', 'calls', 103, '2041-04-09T23:59:59.999Z')
  await story.use('ada', 'calls', 107, '2041-04-10T00:00:00.000Z')
  await story.bill()
  await story.until('2041-05-10')
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'recurring paid 2041-04-10..2041-05-10 3050 = plan_base 2900 + 3 beyond 150',
    'recurring paid 2041-05-10..2041-06-10 3250 = plan_base 2900 + 7 beyond 350',
  ])
})

test('usage that comes after its window was billed counts in the current one', async () => {
  const story = await begin('2041-03-10')
  await story.plan('pro', pro)
  await story.join('ada', 'pro')
  await story.until('2041-04-12')
  await story.use('ada', 'calls', 101, '2041-04-01T00:00:00.000Z')
  await story.until('2041-05-10')
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'recurring paid 2041-04-10..2041-05-10 2900 = plan_base 2900',
    'recurring paid 2041-05-10..2041-06-10 2950 = plan_base 2900 + 1 beyond 50',
  ])
})

test('less than the minimum charge waits for the next invoice, and is forgiven at the end', async () => {
  const story = await begin('2041-03-10')
  await story.plan('quarter', { interval: 'quarterly', price: 8000, features: { calls: { included: 0, beyond: 100 } } })
  await story.join('ada', 'quarter')
  await story.use('ada', 'calls', 30)
  await story.until('2041-04-10')
  await story.use('ada', 'calls', 19)
  await story.until('2041-05-10')
  assert.equal((await story.invoices('ada')).length, 1)
  await story.until('2041-06-10')
  await story.use('ada', 'calls', 49)
  await story.cancel('ada')
  await story.until('2041-09-10')
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'recurring paid 2041-06-10..2041-09-10 8049 = plan_base 8000 + 30 beyond 30 + 19 beyond 19',
  ])
})

test('exactly the minimum charge is charged', async () => {
  const story = await begin('2041-03-10')
  await story.plan('quarter', { interval: 'quarterly', price: 8000, features: { calls: { included: 0, beyond: 100 } } })
  await story.join('ada', 'quarter')
  await story.use('ada', 'calls', 50)
  await story.until('2041-04-10')
  assert.deepEqual((await story.invoices('ada')).slice(1), ['overage paid 2041-03-10..2041-04-10 50 = 50 beyond 50'])
})

test('an intro offer lasts its periods, the first one included, and says when it ends', async () => {
  const story = await begin('2041-01-31')
  await story.plan('offer', { price: 3000, intro: { type: 'amount', value: 1000, cycles: 3 } })
  await story.join('ada', 'offer')
  assert.deepEqual((await story.subscription('ada')).discount, {
    type: 'amount',
    value: 1000,
    name: 'Introductory offer',
    endsAt: '2041-04-30T00:00:00.000Z',
  })
  await story.until('2041-04-29')
  assert.notEqual((await story.subscription('ada')).discount, null)
  await story.until('2041-06-01')
  assert.deepEqual(await story.invoices('ada'), [
    'recurring paid 2041-01-31..2041-02-28 2000 = plan_base 3000 + discount -1000',
    'recurring paid 2041-02-28..2041-03-31 2000 = plan_base 3000 + discount -1000',
    'recurring paid 2041-03-31..2041-04-30 2000 = plan_base 3000 + discount -1000',
    'recurring paid 2041-04-30..2041-05-31 3000 = plan_base 3000',
    'recurring paid 2041-05-31..2041-06-30 3000 = plan_base 3000',
  ])
  assert.equal((await story.subscription('ada')).discount, null)
  // It is for those who come for the first time.
  await story.cancel('ada', { immediate: true })
  const again = await story.subscribe('ada', 'offer')
  assert.equal(again.discount, null)
})

test('a new base price is paid from the next renewal on', async () => {
  const story = await begin('2041-03-10')
  const plan = await story.plan('pro', pro)
  await story.join('ada', 'pro')
  await story.changePrice(plan, 3900)
  assert.equal((await story.subscription('ada')).plan.basePrice, 2900)
  await story.until('2041-04-10')
  assert.equal((await story.invoices('ada'))[1], 'recurring paid 2041-04-10..2041-05-10 3900 = plan_base 3900')
  assert.equal((await story.subscription('ada')).plan.basePrice, 3900)
})

test('a unit price: lowered it counts for the whole window, raised from the next one', async () => {
  const story = await begin('2041-03-10')
  const plan = await story.plan('pro', pro)
  const { client } = story.world
  const set = (unitPrice: number, includedAmount: number) =>
    client.plans.updateFeature({ id: plan, featureId: 'calls', includedAmount, overage: { enabled: true, unitPrice } })
  await story.join('ada', 'pro')
  await story.use('ada', 'calls', 110)
  await set(4000, 100)
  await story.until('2041-04-10')
  await story.use('ada', 'calls', 110)
  await set(9000, 100)
  await story.until('2041-05-10')
  await story.use('ada', 'calls', 110)
  await set(9000, 50)
  await story.until('2041-06-10')
  await story.use('ada', 'calls', 110)
  await set(9000, 105)
  await story.until('2041-07-10')
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'recurring paid 2041-04-10..2041-05-10 3300 = plan_base 2900 + 10 beyond 400',
    'recurring paid 2041-05-10..2041-06-10 3300 = plan_base 2900 + 10 beyond 400',
    'recurring paid 2041-06-10..2041-07-10 3800 = plan_base 2900 + 10 beyond 900',
    'recurring paid 2041-07-10..2041-08-10 3350 = plan_base 2900 + 5 beyond 450',
  ])
})

test('a plan that was deleted keeps renewing for those who have it', async () => {
  const story = await begin('2041-03-10')
  const plan = await story.plan('pro', pro)
  await story.join('ada', 'pro')
  await story.world.client.plans.delete({ id: plan })
  await story.use('ada', 'calls', 102)
  await story.until('2041-04-10')
  assert.equal(
    (await story.invoices('ada'))[1],
    'recurring paid 2041-04-10..2041-05-10 3000 = plan_base 2900 + 2 beyond 100',
  )
})

test('a subscription that cannot be billed holds up nobody else, and is tried again', async () => {
  const story = await begin('2041-03-10')
  await story.plan('pro', pro)
  const customers = Array.from({ length: 12 }, (_, number) => `customer-${number}`)
  for (const customer of customers) await story.join(customer, 'pro')
  const { id } = await story.subscription('customer-5')
  const { pool } = story.world.database
  await pool.query('update subscription set window_number = 7 where id = $1', [id])
  await story.goTo('2041-04-10')
  const { data } = await story.world.client.testClock.processBilling()
  assert.equal(data?.customersFound, 12)
  assert.equal(data?.failed, 1)
  for (const customer of customers) {
    assert.equal((await story.invoices(customer)).length, customer === 'customer-5' ? 1 : 2, customer)
  }
  await pool.query('update subscription set window_number = 1 where id = $1', [id])
  assert.equal(await story.bill(), 1)
  assert.equal((await story.invoices('customer-5')).length, 2)
})

test('subscriptions of every kind that are due at one moment: each is billed as if it were alone', async () => {
  const story = await begin('2041-03-10')
  await story.plan('pro', pro)
  await story.plan('year', { ...pro, interval: 'yearly', price: 20000 })
  await story.plan('cheap', { price: 30 })
  await story.plan('nothing', { price: 0 })
  await story.plan('trial', { ...pro, trialDays: 31 })
  await story.plan('free', { isFree: true, features: { calls: { included: 10 } } })
  const customers = ['pro', 'year', 'cheap', 'nothing', 'trial', 'free']
  for (const customer of customers) await story.join(customer, customer)
  await story.join('leaves', 'pro')
  await story.join('declined', 'pro', { card: cards.failsLater })
  await story.join('cardless', 'trial')
  for (const customer of ['pro', 'year', 'leaves']) await story.use(customer, 'calls', 130)
  await story.cancel('leaves', {})
  await story.world.database.pool.query(
    `update payment_method set detached_at = now(), is_default = false
     where customer_id = (select id from customer where external_id = 'cardless')`,
  )
  assert.equal(await story.until('2041-04-10'), 9)
  const last = async (customer: string) => (await story.invoices(customer)).at(-1)
  const status = async (customer: string) => (await story.subscription(customer)).status
  assert.deepEqual(await Promise.all([...customers, 'leaves', 'declined', 'cardless'].map(last)), [
    'recurring paid 2041-04-10..2041-05-10 4400 = plan_base 2900 + 30 beyond 1500',
    'overage paid 2041-03-10..2041-04-10 1500 = 30 beyond 1500',
    'recurring paid 2041-03-10..2041-04-10 30 = plan_base 30',
    'recurring paid 2041-04-10..2041-05-10 0 = plan_base 0',
    'recurring paid 2041-04-10..2041-05-10 2900 = plan_base 2900',
    undefined,
    'overage paid 2041-03-10..2041-04-10 1500 = 30 beyond 1500',
    'recurring outstanding 2041-04-10..2041-05-10 2900 = plan_base 2900',
    'recurring outstanding 2041-04-10..2041-05-10 2900 = plan_base 2900',
  ])
  assert.deepEqual(await Promise.all([...customers, 'leaves', 'declined', 'cardless'].map(status)), [
    'active',
    'active',
    'active',
    'active',
    'active',
    'active',
    'canceled',
    'past_due',
    'pending_payment',
  ])
  assert.deepEqual((await story.events('leaves')).slice(-3), [
    'invoice.created',
    'subscription.canceled',
    'payment.received',
  ])
  assert.equal(await story.bill(), 0)
})

test('a leap day, two years at once', async () => {
  const story = await begin('2043-08-31')
  await story.plan('pro', pro)
  await story.join('ada', 'pro')
  await story.until('2045-08-30')
  const invoices = await story.invoices('ada')
  assert.equal(invoices.length, 24)
  assert.equal(invoices[6], 'recurring paid 2044-02-29..2044-03-31 2900 = plan_base 2900')
  assert.equal(invoices[18], 'recurring paid 2045-02-28..2045-03-31 2900 = plan_base 2900')
})

test('a renewal that is processed late costs what it would have cost in time', async () => {
  const story = await begin('2041-03-10')
  const planId = await story.plan('late', { price: 2900 })
  await story.join('lea', 'late')
  const { data } = await story.world.client.testClock.get()
  const joined = Temporal.Instant.from(data?.now ?? '')
    .toZonedDateTimeISO('UTC')
    .toPlainDate()
  await story.goTo(joined.add({ months: 1, days: 2 }).toString())
  await story.changePrice(planId, 4900)
  await story.until(joined.add({ months: 2 }).toString())
  const totals = (await story.invoices('lea')).map((told) => told.split('= ')[1])
  assert.deepEqual(totals, ['plan_base 2900', 'plan_base 2900', 'plan_base 4900'])
})
