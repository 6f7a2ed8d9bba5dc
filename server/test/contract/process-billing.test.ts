import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { cards, confirmation, hosted, newCheckout } from '../support/checkouts.ts'
import { createWorld } from '../support/world.ts'

const world = await createWorld()
const { client } = world
after(() => world.close())

const nothing = { customersFound: 0, enqueued: 0, failed: 0, dunningRetried: 0, dunningFailed: 0 }

test('TestClock.processBilling', async () => {
  const { data: idle } = await client.testClock.processBilling()
  assert.deepEqual(idle, { ...nothing, object: 'test_clock', livemode: false })

  const { token, subscriptionId } = await newCheckout(world)
  assert.equal((await hosted(world, 'POST', `${token}/confirm`, confirmation(cards.pays))).status, 200)
  await client.testClock.advance({ advanceDays: 32 })
  const { data: due } = await client.testClock.processBilling()
  assert.deepEqual(due, { ...nothing, customersFound: 1, enqueued: 1, object: 'test_clock', livemode: false })
  const { data: invoices } = await client.invoices.list({ subscriptionId })
  assert.deepEqual(
    invoices?.map(({ status, invoiceType, total }) => [status, invoiceType, total]),
    [
      ['paid', 'recurring', 2900],
      ['paid', 'recurring', 2900],
    ],
  )
  assert.equal((await client.testClock.processBilling()).data?.customersFound, 0)
})

test('TestClock.processBilling: live billing follows real time', async () => {
  await assert.rejects(world.liveClient.testClock.processBilling(), { code: 'sandbox_only', statusCode: 403 })
})
