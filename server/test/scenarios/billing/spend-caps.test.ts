import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { Story } from '../../support/billing-stories.ts'

const stories: Story[] = []
afterEach(async () => {
  for (const story of stories.splice(0)) await story.close()
})

/** 100 calls and 10 texts included; $0.50 and $0.0333 beyond. */
async function begin(interval: 'monthly' | 'quarterly' = 'monthly'): Promise<Story> {
  const story = await Story.on('2041-01-01')
  stories.push(story)
  await story.plan('pro', {
    interval,
    price: 2900,
    features: { calls: { included: 100, beyond: 5000 }, texts: { included: 10, beyond: 333 } },
  })
  await story.join('ada', 'pro')
  return story
}

async function cap(story: Story, amount: number | null, featureCode?: string): Promise<void> {
  const { id } = await story.subscription('ada')
  const { status } = await story.world.request('PUT', `/api/v1/subscriptions/${id}/spend-cap`, {
    body: { amount, featureCode },
  })
  assert.equal(status, 200)
}

/** Uses one after the other until a unit is refused; gives how many fitted. */
async function useAll(story: Story, feature: string, size: number): Promise<number> {
  for (let times = 0; ; times++) {
    const answer = await story.use('ada', feature, size).then(
      () => 'recorded',
      (error) => error.code,
    )
    if (answer !== 'recorded') {
      assert.equal(answer, 'included_limit_reached')
      return times
    }
  }
}

test('a cap of $10.00 over two features: the invoice says $10.00 at most, in every window anew', async () => {
  const story = await begin()
  await cap(story, 1000)
  await story.use('ada', 'calls', 110)
  await story.use('ada', 'texts', 100)
  assert.equal(await useAll(story, 'texts', 10), 6)
  assert.equal(await useAll(story, 'texts', 0.1), 3)
  await story.until('2041-02-02')
  assert.equal(await useAll(story, 'calls', 20), 6)
  await story.until('2041-03-02')
  assert.deepEqual(await story.invoices('ada'), [
    'recurring paid 2041-01-01..2041-02-01 2900 = plan_base 2900',
    'recurring paid 2041-02-01..2041-03-01 3900 = plan_base 2900 + 10 beyond 500 + 150.3 beyond 500',
    'recurring paid 2041-03-01..2041-04-01 3900 = plan_base 2900 + 20 beyond 1000',
  ])
})

test('a feature cap counts each window of a quarter by itself', async () => {
  const story = await begin('quarterly')
  await cap(story, 150, 'calls')
  assert.equal(await useAll(story, 'calls', 1), 103)
  await story.until('2041-02-02')
  assert.equal(await useAll(story, 'calls', 1), 103)
  await story.until('2041-03-02')
  assert.deepEqual(await story.invoices('ada'), [
    'recurring paid 2041-01-01..2041-04-01 2900 = plan_base 2900',
    'overage paid 2041-01-01..2041-02-01 150 = 3 beyond 150',
    'overage paid 2041-02-01..2041-03-01 150 = 3 beyond 150',
  ])
})

test('a cap that is set late, below what is used, refuses more, forgives nothing, and holds from the next window', async () => {
  const story = await begin()
  await story.use('ada', 'calls', 120)
  await story.goTo('2041-01-20')
  await cap(story, 300)
  assert.equal(await useAll(story, 'calls', 1), 0)
  await story.until('2041-02-02')
  assert.equal(await useAll(story, 'calls', 1), 106)
  await story.until('2041-03-02')
  assert.deepEqual(await story.invoices('ada'), [
    'recurring paid 2041-01-01..2041-02-01 2900 = plan_base 2900',
    'recurring paid 2041-02-01..2041-03-01 3900 = plan_base 2900 + 20 beyond 1000',
    'recurring paid 2041-03-01..2041-04-01 3200 = plan_base 2900 + 6 beyond 300',
  ])
})

test('raised and taken away in the middle of a window: as much is sold as the cap allows at each moment', async () => {
  const story = await begin()
  await cap(story, 300)
  assert.equal(await useAll(story, 'calls', 1), 106)
  await cap(story, 500)
  assert.equal(await useAll(story, 'calls', 1), 4)
  await cap(story, null)
  await story.use('ada', 'calls', 90)
  await story.until('2041-02-02')
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'recurring paid 2041-02-01..2041-03-01 7900 = plan_base 2900 + 100 beyond 5000',
  ])
})

test('a subscription that is canceled at once is not billed beyond its cap', async () => {
  const story = await begin()
  await cap(story, 300)
  await story.until('2041-02-02')
  await useAll(story, 'calls', 1)
  await story.cancel('ada', { immediate: true })
  assert.deepEqual((await story.invoices('ada')).slice(2), ['overage paid 2041-02-01..2041-02-02 300 = 6 beyond 300'])
})

test('a cap of 0: nothing but what is included, and the invoice is the base', async () => {
  const story = await begin()
  await cap(story, 0)
  assert.equal(await useAll(story, 'calls', 1), 100)
  assert.equal(await useAll(story, 'texts', 5), 2)
  await story.until('2041-02-02')
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'recurring paid 2041-02-01..2041-03-01 2900 = plan_base 2900',
  ])
})
