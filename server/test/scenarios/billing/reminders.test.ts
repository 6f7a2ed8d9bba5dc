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
