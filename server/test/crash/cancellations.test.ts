import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { killChildren, postAgain, postAndCrash, sweepLater } from '../support/children.ts'
import { ChangeStory } from '../support/plan-changes.ts'

/** A Halley that lives on, and beside it one that is killed while somebody leaves at once and is charged for what they used. */
let story: ChangeStory
before(async () => {
  story = await ChangeStory.on('2041-06-01')
  await story.plan('pro', { price: 2900, features: { calls: { included: 100, beyond: 10_000 } } })
})
afterEach(killChildren)
after(() => story.close())

for (const point of ['attempt.recorded', 'attempt.charged', 'attempt.settled'] as const) {
  test(`leaving at once, stopped at ${point}: charged once, and a repeat of the request gets the answer of the first time`, async () => {
    const customer = `left_${point}`
    await story.join(customer, 'pro')
    await story.use(customer, 'calls', 110)
    const { id } = await story.subscription(customer)
    const asked = { path: `/subscriptions/${id}/cancel`, body: { immediate: true, reason: 'unused' }, key: customer }
    await postAndCrash(story.world, point, asked)
    const repeated = await postAgain(story.world, asked)
    assert.deepEqual(
      [repeated.status, repeated.body.data?.status, repeated.body.data?.cancelReason],
      [200, 'canceled', 'unused'],
    )
    await sweepLater(story.world)
    assert.deepEqual((await story.invoices(customer)).slice(1), [
      'overage paid 2041-06-01..2041-06-02 1000 = 10 beyond 1000',
    ])
    assert.deepEqual((await postAgain(story.world, asked)).body, repeated.body)
  })
}
