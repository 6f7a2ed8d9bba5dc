import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { Story } from '../../support/billing-stories.ts'

const stories: Story[] = []
afterEach(async () => {
  for (const story of stories.splice(0)) await story.close()
})

async function begin(): Promise<Story> {
  const story = await Story.on('2041-01-01')
  stories.push(story)
  await story.plan('pro', { price: 2900, features: { calls: { included: 100, beyond: 5000 } } })
  await story.join('ada', 'pro')
  return story
}

test('150 used and set to 120: 20 beyond are billed, and the next window counts from 0', async () => {
  const story = await begin()
  await story.use('ada', 'calls', 150)
  await story.goTo('2041-01-20')
  await story.world.client.usage.set({ customerId: 'ada', feature: 'calls', value: 120 })
  await story.until('2041-02-02')
  const { data } = await story.world.client.usage.set({ customerId: 'ada', feature: 'calls', value: 7 })
  assert.deepEqual([data?.previousValue, data?.adjustment], [0, 7])
  await story.until('2041-03-02')
  assert.deepEqual(await story.invoices('ada'), [
    'recurring paid 2041-01-01..2041-02-01 2900 = plan_base 2900',
    'recurring paid 2041-02-01..2041-03-01 3900 = plan_base 2900 + 20 beyond 1000',
    'recurring paid 2041-03-01..2041-04-01 2900 = plan_base 2900',
  ])
})

test('set below what is included nothing is billed beyond, and never a negative amount', async () => {
  const story = await begin()
  await story.use('ada', 'calls', 150)
  await story.world.client.usage.set({ customerId: 'ada', feature: 'calls', value: 0 })
  await story.until('2041-02-02')
  assert.deepEqual(await story.invoices('ada'), [
    'recurring paid 2041-01-01..2041-02-01 2900 = plan_base 2900',
    'recurring paid 2041-02-01..2041-03-01 2900 = plan_base 2900',
  ])
})
