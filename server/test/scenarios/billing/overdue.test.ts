import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { cards, Story } from '../../support/billing-stories.ts'

let story: Story
beforeEach(async () => {
  story = await Story.on('2041-03-10')
  await story.plan('pro', { price: 2900 })
})
afterEach(() => story.close())

/** When and of which invoice a customer's side was told that it is overdue. */
async function overdue(customer: string): Promise<string[]> {
  const { rows } = await story.world.database.pool.query<{ told: string }>(
    `select to_char(event.occurred_at, 'MM-DD"T"HH24:MI ') || (data->>'invoiceNumber') || ' ' || (data->>'invoiceStatus') as told
     from event join customer on customer.org_id = event.org_id and customer.id = event.customer_id
     where customer.external_id = $1 and event.type = 'invoice.overdue' order by event.id`,
    [customer],
  )
  return rows.map(({ told }) => told)
}

test('a declined renewal is overdue when its day is over, once', async () => {
  await story.join('ada', 'pro', { card: cards.failsLater })
  await story.until('2041-04-10')
  assert.deepEqual(await overdue('ada'), [])
  await story.until('2041-04-11T00:00:00Z')
  await story.until('2041-05-20')
  assert.deepEqual(await overdue('ada'), ['04-11T00:00 TEST-000002 outstanding'])
})

test('a jump of the clock tells it as day by day would have, and only who is still late', async () => {
  await story.join('ada', 'pro', { card: cards.failsLater })
  await story.join('bob', 'pro')
  await story.until('2041-07-01')
  assert.deepEqual(await overdue('ada'), ['04-11T00:00 TEST-000003 outstanding'])
  assert.deepEqual(await overdue('bob'), [])
})

test('recovered by the retry of the same midnight: never overdue', async () => {
  await story.join('ada', 'pro', { card: cards.failsLater })
  await story.until('2041-04-10')
  const { id } = await story.subscription('ada')
  const { data } = await story.world.client.subscriptions.updatePaymentMethod({ id })
  assert.equal((await story.pay(data?.checkoutUrl ?? '')).status, 200)
  await story.until('2041-05-01')
  assert.equal((await story.subscription('ada')).status, 'active')
  assert.deepEqual(await overdue('ada'), [])
})

test('an adjustment is overdue when its thirty days are over; paid before, it never is', async () => {
  await story.customer('ada')
  await story.customer('bob')
  const { client } = story.world
  for (const customerId of ['ada', 'bob']) {
    await client.invoices.createAdjustment({ customerId, amount: 5000, description: 'Setup' })
  }
  const { data } = await client.invoices.list({ customerId: 'bob' })
  await client.invoices.updateStatus({ id: data?.[0]?.id ?? '', status: 'paid' })
  await story.until('2041-04-09')
  assert.deepEqual(await overdue('ada'), [])
  assert.equal(await story.until('2041-04-10'), 1, 'its customer is found')
  await story.until('2041-06-10')
  assert.deepEqual(await overdue('ada'), ['04-10T00:00 TEST-000001 outstanding'])
  assert.deepEqual(await overdue('bob'), [])
})

test('the invoice of a checkout, or of a reactivation that waits, is never overdue', async () => {
  await story.customer('ada')
  await story.subscribe('ada', 'pro')
  await story.join('bob', 'pro', { card: cards.failsLater })
  await story.cancel('bob', { immediate: true })
  const { id } = await story.subscription('bob')
  const { status } = await story.world.request('POST', `/api/v1/subscriptions/${id}/reactivate`, { body: {} })
  assert.equal(status, 402)
  await story.until('2041-06-10')
  assert.deepEqual([await overdue('ada'), await overdue('bob')], [[], []])
})

test('several processes tell it once', async () => {
  for (const customer of ['ada', 'bob', 'cyd']) await story.join(customer, 'pro', { card: cards.failsLater })
  await story.until('2041-04-10')
  await story.goTo('2041-04-11')
  await Promise.all(Array.from({ length: 4 }, () => story.world.client.testClock.processBilling()))
  for (const customer of ['ada', 'bob', 'cyd']) assert.equal((await overdue(customer)).length, 1)
})
