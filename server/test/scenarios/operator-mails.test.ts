import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { cards, Story } from '../support/billing-stories.ts'

let story: Story
before(async () => {
  story = await Story.on('2041-03-10')
  await story.plan('pro')
})
after(() => story.close())

type Told = [kind: string, facts: Record<string, unknown>]

/** What operators were mailed since they were asked last. */
async function mails(): Promise<Told[]> {
  const { rows } = await story.world.database.pool.query<{ id: string; kind: string; facts: Record<string, unknown> }>(
    'select id, kind, facts from mail where customer_id is null and id > $1 order by id',
    [seen],
  )
  seen = rows.at(-1)?.id ?? seen
  return rows.map(({ kind, facts: { invoiceId: _, invoiceNumber: __, ...facts } }) => [kind, facts])
}
let seen = ''

const post = (path: string, body: Record<string, unknown>) => story.world.request('POST', `/api/v1${path}`, { body })
const settings = (mail: Record<string, unknown>) => story.world.request('PUT', '/api/v1/settings', { body: { mail } })

async function chargeOf(customer: string): Promise<string> {
  const { data } = await story.world.client.transactions.list({ customerEmail: `${customer}@example.com` })
  return data?.[0]?.id ?? ''
}

test('a dispute and its end are told, each once, however often they are heard of', async () => {
  await story.join('ada', 'pro')
  const transactionId = await chargeOf('ada')
  await post('/test-disputes', { transactionId, reason: 'fraudulent' })
  await post('/test-disputes', { transactionId, reason: 'fraudulent' })
  const about = { customer: 'ada@example.com', amount: '2900', currency: 'usd' }
  assert.deepEqual(await mails(), [['dispute_opened', { ...about, reason: 'fraudulent' }]])
  await post('/test-disputes/resolve', { transactionId, outcome: 'lost' })
  await post('/test-disputes/resolve', { transactionId, outcome: 'lost' })
  assert.deepEqual(await mails(), [['dispute_resolved', { ...about, isWon: false }]])
})

test('who never pays is told when every try has failed, to operators and to the customer', async () => {
  await story.goTo('2041-06-01')
  await story.join('bob', 'pro', { card: cards.failsLater })
  await story.until('2041-07-04')
  assert.deepEqual(await mails(), [])
  await story.until('2041-07-20')
  await story.bill()
  assert.deepEqual(await mails(), [
    ['subscription_unpaid', { customer: 'bob@example.com', planName: 'pro', amount: '2900', currency: 'usd' }],
  ])
})

test('sales are told to who asked for it: first payments and what is paid once, no renewals', async () => {
  await story.goTo('2041-09-01')
  await story.join('eve', 'pro')
  assert.deepEqual(await mails(), [])
  await settings({ wanted: ['sale_made'] })
  await story.join('kim', 'pro')
  await story.until('2041-10-02')
  await post('/payments/charge', { customerId: 'kim', amount: 4900, currency: 'USD', description: 'Workshop' })
  assert.deepEqual(await mails(), [
    ['sale_made', { customer: 'kim@example.com', sold: 'pro', amount: '2900', currency: 'usd' }],
    ['sale_made', { customer: 'kim@example.com', sold: 'Workshop', amount: '4900', currency: 'usd' }],
  ])
  await settings({ wanted: [] })
})

test('a mail to operators has a switch of its own; the one for customers does not stop it', async () => {
  await story.goTo('2041-11-01')
  await story.join('joe', 'pro')
  await settings({ enabled: false, off: ['dispute_resolved'] })
  const transactionId = await chargeOf('joe')
  await post('/test-disputes', { transactionId })
  await post('/test-disputes/resolve', { transactionId, outcome: 'won' })
  assert.deepEqual(
    (await mails()).map(([kind]) => kind),
    ['dispute_opened'],
  )
})
