import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { cards, Story } from '../support/billing-stories.ts'

let story: Story
let subscriptionId: string
before(async () => {
  story = await Story.on('2041-03-10')
  await story.plan('pro')
  subscriptionId = await story.join('ada', 'pro', { card: cards.failsLater })
  await story.until('2041-04-10')
})
after(() => story.close())

test('Subscriptions.createRecoveryLink', async () => {
  const { data } = await story.world.client.subscriptions.createRecoveryLink({ id: subscriptionId })
  assert.equal(data?.object, 'subscription')
  assert.equal(data.livemode, false)
  assert.equal(data.url, `http://halley.test/recover/${data.token}`)
})

test('Subscriptions.updatePaymentMethod', async () => {
  const successUrl = 'https://shop.example/settings'
  const { data } = await story.world.client.subscriptions.updatePaymentMethod({ id: subscriptionId, successUrl })
  assert.equal(data?.object, 'subscription')
  assert.match(data.checkoutUrl, /^http:\/\/halley\.test\/checkout\//)
  const again = await story.world.client.subscriptions.updatePaymentMethod({ id: subscriptionId, successUrl })
  assert.equal(again.data?.checkoutUrl, data.checkoutUrl)
  const token = data.checkoutUrl.split('/').at(-1)
  const open = await story.world.request('GET', `/hosted/v1/checkout/${token}`, { key: null })
  assert.deepEqual([open.body.data.kind, open.body.data.total], ['setup', 0])
  const paid = await story.pay(data.checkoutUrl)
  assert.deepEqual(paid.body.data, { status: 'succeeded', redirectUrl: successUrl })
})

test('Subscriptions.reactivate', async () => {
  const id = await story.join('bob', 'pro')
  await story.cancel('bob', { immediate: true })
  const { data } = await story.world.client.subscriptions.reactivate({ id })
  assert.deepEqual(data, { id, retryInitiated: true, object: 'subscription', livemode: false })
  await assert.rejects(story.world.client.subscriptions.reactivate({ id }), { code: 'invalid_subscription_status' })
})

test('Transactions.retry', async () => {
  const { data: failed } = await story.world.client.transactions.list({ status: 'failed' })
  const { data } = await story.world.client.transactions.retry({ id: failed?.[0]?.id ?? '' })
  assert.equal(data?.object, 'transaction')
  assert.equal(data.status, 'processing')
  const { data: tried } = await story.world.client.transactions.get({ id: data.id })
  assert.equal(tried?.status, 'succeeded')
  await assert.rejects(story.world.client.transactions.retry({ id: data.id }), { code: 'invalid_subscription_status' })
})

test('Transactions.refund', async () => {
  await story.join('cyd', 'pro')
  const { data: paid } = await story.world.client.transactions.list({ customerEmail: 'cyd@example.com' })
  const id = paid?.[0]?.id ?? ''
  const { data } = await story.world.client.transactions.refund({ id })
  assert.deepEqual(data, { id, status: 'refunded', object: 'transaction', livemode: false })
  await assert.rejects(story.world.client.transactions.refund({ id }), { code: 'duplicate' })
})
