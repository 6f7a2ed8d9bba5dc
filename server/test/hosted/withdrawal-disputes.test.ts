import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { receiveProviderEvent } from '#payments/actions/receive-provider-event.ts'
import { visit } from '../support/checkouts.ts'
import { ChangeStory } from '../support/plan-changes.ts'
import { withdrawalPath } from '../support/portals.ts'
import { joinFrom } from '../support/taxes.ts'

let story: ChangeStory
before(async () => {
  story = await ChangeStory.on('2041-06-10')
  await story.plan('pro', { price: 30000 })
})
after(() => story.close())

const post = (path: string, body: unknown) => story.world.request('POST', `/api/v1/test-disputes${path}`, { body })

/** A consumer whose bank was asked for the money before they withdrew. Gives the charge. */
async function withdrawsDisputed(customer: string): Promise<string> {
  await joinFrom(story, customer, 'DE', 'pro')
  const { id } = await story.subscription(customer)
  const { rows } = await story.world.database.pool.query<{ id: string }>(
    `select id from payment_transaction where subscription_id = $1 and kind = 'charge'`,
    [id],
  )
  const transactionId = rows[0]?.id ?? ''
  assert.equal((await post('', { transactionId, reason: 'fraudulent' })).status, 201)
  assert.equal((await visit(story.world, withdrawalPath(story.world, id), {})).status, 303)
  assert.deepEqual(await refundsOf(transactionId), [])
  return transactionId
}

async function refundsOf(transactionId: string): Promise<string[]> {
  const { rows } = await story.world.database.pool.query<{ told: string }>(
    `select state || ' ' || amount as told from refund where transaction_id = $1`,
    [transactionId],
  )
  return rows.map(({ told }) => told)
}

async function lastMail(): Promise<unknown> {
  const { rows } = await story.world.database.pool.query<{ facts: { isWon: boolean; owed?: unknown } }>(
    `select facts from mail where kind = 'dispute_resolved' order by id desc limit 1`,
  )
  return rows[0]?.facts.owed
}

test('a disputed charge of a contract that was withdrawn from goes back once the seller has won it', async () => {
  const transactionId = await withdrawsDisputed('ada')
  await post('/resolve', { transactionId, outcome: 'won' })
  assert.deepEqual(await refundsOf(transactionId), ['succeeded 30000'])
  assert.deepEqual(await lastMail(), { isReturned: true, amount: '30000', currency: 'usd' })
})

test('lost, the bank has given it back: nothing is refunded beside it', async () => {
  const transactionId = await withdrawsDisputed('bob')
  await post('/resolve', { transactionId, outcome: 'lost' })
  assert.deepEqual([await refundsOf(transactionId), await lastMail()], [[], undefined])
})

test('where the provider is not there any more the operators are told what they owe', async () => {
  const transactionId = await withdrawsDisputed('cleo')
  const { services } = story.world.app
  const charge = await story.world.database.pool.query<{ provider_reference: string }>(
    'select provider_reference from payment_transaction where id = $1',
    [transactionId],
  )
  await story.world.app.services.processor.decide(charge.rows[0]?.provider_reference ?? '', 'won')
  const events = (await services.providers.commet?.events?.unheard(100)) ?? []
  const event = events.find((one) => one.charge.transactionId === transactionId)
  assert(event)
  const without = { ...services, providers: { ...services.providers, commet: undefined } }
  assert.equal(await receiveProviderEvent(without, event), 'recorded')
  assert.deepEqual(await refundsOf(transactionId), [])
  assert.deepEqual(await lastMail(), { isReturned: false, amount: '30000', currency: 'usd' })
})

test('a charge that is won of a contract that runs stays with the seller', async () => {
  await joinFrom(story, 'dora', 'DE', 'pro')
  const { rows } = await story.world.database.pool.query<{ id: string }>(
    `select id from payment_transaction where subscription_id = $1 and kind = 'charge'`,
    [(await story.subscription('dora')).id],
  )
  const transactionId = rows[0]?.id ?? ''
  await post('', { transactionId, reason: 'fraudulent' })
  await post('/resolve', { transactionId, outcome: 'won' })
  assert.deepEqual([await refundsOf(transactionId), await lastMail()], [[], undefined])
})
