import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { Story } from '../support/billing-stories.ts'
import { visit } from '../support/checkouts.ts'
import { killChildren, postAndCrash, sweepLater } from '../support/children.ts'
import { withdrawalPath } from '../support/portals.ts'

/** A Halley that lives on, and beside it one that is killed while it gives a payment back. */
let story: Story
before(async () => {
  story = await Story.on('2041-03-10')
  await story.plan('pro', { price: 2900 })
})
afterEach(killChildren)
after(() => story.close())

for (const point of ['refund.recorded', 'refund.made', 'refund.settling', 'refund.settled'] as const) {
  test(`a refund stopped at ${point}: given back once, ended once`, async () => {
    const customer = point.replace('.', '_')
    await story.join(customer, 'pro')
    const { data } = await story.world.client.transactions.list({ customerEmail: `${customer}@example.com` })
    const id = data?.[0]?.id ?? ''
    await postAndCrash(story.world, point, { path: `/transactions/${id}/refund` })
    await sweepLater(story.world)
    await sweepLater(story.world)
    assert.equal((await story.world.client.transactions.get({ id })).data?.status, 'refunded')
    assert.equal((await story.subscription(customer)).status, 'canceled')
    const told = (await story.events(customer)).slice(-2)
    assert.deepEqual(told, ['payment.refunded', 'subscription.canceled'])
    const { rows } = await story.world.database.pool.query(
      `select refund.amount from simulated_processor.refund join simulated_processor.charge on charge.id = charge_id
       where charge.idempotency_key = $1`,
      [id],
    )
    assert.deepEqual(rows, [{ amount: 2900n }])
  })
}

for (const point of ['withdrawal.recorded', 'refund.made'] as const) {
  test(`a withdrawal stopped at ${point}: it stands, told once, and the money goes back once, also pressed again`, async () => {
    const customer = `withdraws_${point.replace('.', '_')}`
    const id = await story.join(customer, 'pro', { country: 'DE' })
    const path = withdrawalPath(story.world, id)
    await postAndCrash(story.world, point, { path, isPage: true })
    assert.equal((await story.subscription(customer)).status, 'canceled')
    assert.equal((await visit(story.world, path, {})).status, 303)
    await sweepLater(story.world)
    await sweepLater(story.world)
    assert.deepEqual((await story.events(customer)).slice(-2), ['subscription.canceled', 'payment.refunded'])
    const { rows } = await story.world.database.pool.query(
      `select refund.amount from simulated_processor.refund join simulated_processor.charge on charge.id = charge_id
       join payment_transaction t on t.id = charge.idempotency_key where t.subscription_id = $1`,
      [id],
    )
    assert.deepEqual(rows, [{ amount: 2900n }])
    const told = await story.world.database.pool.query(
      `select kind from mail join customer on customer.id = customer_id
       where external_id = $1 and kind in ('withdrawal_receipt', 'refunded') order by mail.id`,
      [customer],
    )
    assert.deepEqual(
      told.rows.map(({ kind }) => kind),
      ['withdrawal_receipt', 'refunded'],
    )
  })
}
