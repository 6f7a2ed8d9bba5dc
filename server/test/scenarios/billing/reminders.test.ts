import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { Story } from '../../support/billing-stories.ts'

let story: Story
beforeEach(async () => {
  story = await Story.on('2041-03-01')
})
afterEach(() => story.close())

/** When what was told of a customer, from some kinds of events. */
async function told(customer: string, types: string): Promise<string[]> {
  const { rows } = await story.world.database.pool.query<{ told: string }>(
    `select event.type || ' ' || to_char(event.occurred_at, 'YYYY-MM-DD"T"HH24:MI') || ' ' ||
       coalesce(data->>'currentPeriodEnd', data->>'trialEndsAt', '') as told
     from event join customer on customer.org_id = event.org_id and customer.id = event.customer_id
     where customer.external_id = $1 and event.type ~ $2 order by event.id`,
    [customer, types],
  )
  return rows.map((row) => row.told)
}

const reminders = 'invoice.upcoming|trial.will_end|subscription.activated|trial.expired'

test('a renewal is announced three days before, once, every period', async () => {
  await story.plan('pro')
  await story.join('ada', 'pro')
  await story.until('2041-03-28')
  assert.deepEqual(await told('ada', 'upcoming'), [])
  await story.until('2041-03-29')
  await story.until('2041-03-30')
  await story.until('2041-05-30')
  assert.deepEqual(await told('ada', 'upcoming'), [
    'invoice.upcoming 2041-03-29T00:00 2041-04-01T00:00:00.000Z',
    'invoice.upcoming 2041-04-28T00:00 2041-05-01T00:00:00.000Z',
    'invoice.upcoming 2041-05-29T00:00 2041-06-01T00:00:00.000Z',
  ])
})

test('windows inside a quarter are not announced', async () => {
  await story.plan('pro', { interval: 'quarterly' })
  await story.join('ada', 'pro')
  await story.until('2041-06-02')
  assert.deepEqual(await told('ada', 'upcoming'), ['invoice.upcoming 2041-05-29T00:00 2041-06-01T00:00:00.000Z'])
})

test('a trial is announced three days before its end, the period after it as any other', async () => {
  await story.plan('pro', { trialDays: 14 })
  await story.join('ada', 'pro')
  await story.until('2041-04-13')
  assert.deepEqual(await told('ada', reminders), [
    'trial.will_end 2041-03-12T00:00 2041-03-15T00:00:00.000Z',
    'trial.expired 2041-03-15T00:00 2041-03-15T00:00:00.000Z',
    'subscription.activated 2041-03-15T00:00 2041-04-15T00:00:00.000Z',
    'invoice.upcoming 2041-04-12T00:00 2041-04-15T00:00:00.000Z',
  ])
})

test('a trial of two days is announced when it starts', async () => {
  await story.plan('pro', { trialDays: 2 })
  await story.join('ada', 'pro')
  await story.bill()
  assert.deepEqual(await told('ada', 'will_end'), ['trial.will_end 2041-03-01T12:00 2041-03-03T00:00:00.000Z'])
})

test('what is going to be canceled is not announced; taken back in the last days it is, at once', async () => {
  await story.plan('pro')
  await story.join('ada', 'pro')
  await story.join('bob', 'pro')
  await story.cancel('ada')
  await story.cancel('bob')
  await story.until('2041-03-30')
  assert.deepEqual(await told('ada', 'upcoming'), [])
  await story.uncancel('ada')
  await story.bill()
  await story.until('2041-04-02')
  assert.deepEqual(await told('ada', 'upcoming'), ['invoice.upcoming 2041-03-30T12:00 2041-04-01T00:00:00.000Z'])
  assert.deepEqual(await told('bob', 'upcoming'), [])
  assert.equal((await story.subscription('bob')).status, 'canceled')
})

test('free plans and customers who are past due are not announced anything', async () => {
  await story.plan('free', { isFree: true })
  await story.plan('pro')
  await story.join('ada', 'free')
  await story.join('bob', 'pro', { card: '4000000000000341' })
  await story.until('2041-05-15')
  assert.deepEqual(await told('ada', 'upcoming'), [])
  assert.deepEqual(await told('bob', 'upcoming'), ['invoice.upcoming 2041-03-29T00:00 2041-04-01T00:00:00.000Z'])
})

test('who pays late, past the next renewals, is not told of those that they pay at the same moment', async () => {
  await story.plan('weekly', { interval: 'weekly' })
  await story.join('ada', 'weekly', { card: '4000000000000341' })
  await story.until('2041-03-08')
  assert.equal((await story.subscription('ada')).status, 'past_due')
  await story.goTo('2041-03-23')
  await paidOutside('ada')
  await story.bill()
  assert.deepEqual(await told('ada', 'upcoming'), ['invoice.upcoming 2041-03-05T00:00 2041-03-08T00:00:00.000Z'])
})

test('who pays late, a day before the next renewal, is told of it at once', async () => {
  await story.plan('weekly', { interval: 'weekly' })
  await story.join('ada', 'weekly', { card: '4000000000000341' })
  await story.until('2041-03-08')
  await story.goTo('2041-03-14')
  await paidOutside('ada')
  await story.bill()
  await story.until('2041-03-15')
  assert.deepEqual(await told('ada', 'upcoming'), [
    'invoice.upcoming 2041-03-05T00:00 2041-03-08T00:00:00.000Z',
    'invoice.upcoming 2041-03-14T12:00 2041-03-15T00:00:00.000Z',
  ])
})

/** The invoice that a customer is past due for was settled by other means. */
async function paidOutside(customer: string): Promise<void> {
  const { data } = await story.world.client.invoices.list({ customerId: customer, status: 'outstanding' })
  await story.world.client.invoices.updateStatus({ id: data?.[0]?.id ?? '', status: 'paid' })
}

test('a change to a free plan is no renewal: nothing is announced, unless the change is dropped', async () => {
  const { client } = story.world
  const free = await story.plan('free', { isFree: true })
  const pro = await story.plan('pro')
  await client.planGroups.create({ name: 'Plans' }).then(async ({ data }) => {
    const id = data?.id ?? ''
    await client.planGroups.addPlan({ id, planId: free })
    await client.planGroups.addPlan({ id, planId: pro })
  })
  const ids: Record<string, string> = {}
  for (const name of ['ada', 'bob']) {
    ids[name] = await story.join(name, 'pro')
    await client.subscriptions.changePlan({ id: ids[name] ?? '', newPlanId: free })
  }
  await story.until('2041-03-29')
  await story.until('2041-03-30')
  assert.deepEqual(await told('ada', 'upcoming'), [])
  await client.subscriptions.cancel({ id: ids.bob ?? '' })
  await client.subscriptions.uncancel({ id: ids.bob ?? '' })
  await story.bill()
  assert.deepEqual(await told('bob', 'upcoming'), ['invoice.upcoming 2041-03-30T12:00 2041-04-01T00:00:00.000Z'])
  await story.until('2041-04-02')
  assert.deepEqual(await told('ada', 'upcoming'), [])
  assert.equal((await story.subscription('ada')).billingInterval, null)
})

test('a free plan that is deleted leads nowhere: the renewal that stays is announced, in time or at once', async () => {
  const { client } = story.world
  const pro = await story.plan('pro')
  const early = await story.plan('early', { isFree: true })
  const late = await story.plan('late', { isFree: true })
  const { data: group } = await client.planGroups.create({ name: 'Plans' })
  for (const planId of [early, late, pro]) await client.planGroups.addPlan({ id: group?.id ?? '', planId })
  const ada = await story.join('ada', 'pro')
  const bob = await story.join('bob', 'pro')
  await client.subscriptions.changePlan({ id: ada, newPlanId: early })
  await client.subscriptions.changePlan({ id: bob, newPlanId: late })
  await story.until('2041-03-20')
  await client.plans.delete({ id: early })
  await story.until('2041-03-30')
  await client.plans.delete({ id: late })
  await story.until('2041-03-31')
  assert.deepEqual(await told('ada', 'upcoming'), ['invoice.upcoming 2041-03-29T00:00 2041-04-01T00:00:00.000Z'])
  assert.deepEqual(await told('bob', 'upcoming'), ['invoice.upcoming 2041-03-30T12:00 2041-04-01T00:00:00.000Z'])
})
