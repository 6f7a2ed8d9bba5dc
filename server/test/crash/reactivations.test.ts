import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { Story } from '../support/billing-stories.ts'
import { killChildren, postAndCrash, sweepLater } from '../support/children.ts'

/** A Halley that lives on, and beside it one that is killed while it makes a subscription active again. */
let story: Story
before(async () => {
  story = await Story.on('2041-03-10')
  await story.plan('pro', { price: 2900 })
})
afterEach(killChildren)
after(() => story.close())

for (const point of ['attempt.recorded', 'attempt.charged', 'settlement', 'attempt.settled'] as const) {
  test(`a reactivation stopped at ${point}: charged once, active once, dated as if nothing had happened`, async () => {
    const customer = point.replace('.', '_')
    const id = await story.join(customer, 'pro')
    await story.cancel(customer, { immediate: true })
    await postAndCrash(story.world, point, { path: `/subscriptions/${id}/reactivate` })
    await sweepLater(story.world)
    await sweepLater(story.world)
    const { status } = await story.subscription(customer)
    assert.equal(status, 'active')
    assert.deepEqual((await story.invoices(customer)).slice(1), [
      'reactivation paid 2041-03-10..2041-04-10 2900 = plan_base 2900',
    ])
    const told = (await story.events(customer)).filter((type) => type === 'subscription.reactivated')
    assert.equal(told.length, 1)
    const { rows } = await story.world.database.pool.query(
      `select state from simulated_processor.charge where metadata->>'subscription' = $1 and metadata->>'purpose' = 'reactivation'`,
      [id],
    )
    assert.deepEqual(rows, [{ state: 'succeeded' }])
  })
}
