import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { Story } from '../../support/billing-stories.ts'

const stories: Story[] = []
afterEach(async () => {
  for (const story of stories.splice(0)) await story.close()
})

/** 10 calls included, $1.00 for each one beyond. */
async function begin(): Promise<Story> {
  const story = await Story.on('2041-01-10')
  stories.push(story)
  await story.plan('pro', { price: 2900, features: { calls: { included: 10, beyond: 10_000 } } })
  await story.join('ada', 'pro')
  return story
}

/** Each event in its order: quantity, window, and whether it is late. */
async function recorded({ world }: Story): Promise<string[]> {
  const { rows } = await world.database.pool.query<{ told: string }>(
    `select quantity::float || ' in ' || window_number || case when late then ' late' else '' end as told
     from usage_event where org_id = $1 order by id`,
    [world.orgId],
  )
  return rows.map(({ told }) => told)
}

test('an event of a window that is billed counts late in the current window and is billed with it', async () => {
  const story = await begin()
  await story.use('ada', 'calls', 8)
  await story.until('2041-02-12')
  await story.use('ada', 'calls', 6, '2041-02-09T23:59:59.000Z')
  await story.use('ada', 'calls', 7, '2041-02-10T00:00:00.000Z')
  assert.deepEqual(await recorded(story), ['8 in 1', '6 in 2 late', '7 in 2'])
  await story.until('2041-03-12')
  assert.deepEqual(await story.invoices('ada'), [
    'recurring paid 2041-01-10..2041-02-10 2900 = plan_base 2900',
    'recurring paid 2041-02-10..2041-03-10 2900 = plan_base 2900',
    'recurring paid 2041-03-10..2041-04-10 3200 = plan_base 2900 + 3 beyond 300',
  ])
})

test('an event of a window that ended and is not billed yet counts there and is not late', async () => {
  const story = await begin()
  await story.goTo('2041-02-12')
  await story.use('ada', 'calls', 12, '2041-02-09T12:00:00.000Z')
  await story.use('ada', 'calls', 4)
  assert.deepEqual(await recorded(story), ['12 in 1', '4 in 2'])
  await story.until('2041-02-13')
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'recurring paid 2041-02-10..2041-03-10 3100 = plan_base 2900 + 2 beyond 200',
  ])
})

test('an event of before access began counts late in the current window, one of 90 days ago too, an older one is refused', async () => {
  const story = await begin()
  await story.goTo('2041-02-05')
  await story.use('ada', 'calls', 1, '2041-01-09T23:59:59.999Z')
  await story.use('ada', 'calls', 1, '2040-11-07T12:00:00.000Z')
  await assert.rejects(story.use('ada', 'calls', 1, '2040-11-07T11:59:59.000Z'), { message: /90 days/ })
  assert.deepEqual(await recorded(story), ['1 in 1 late', '1 in 1 late'])
})

test('six decimals add up exactly: ten times 0.1, and 0.000001, are 1.000001 beyond', async () => {
  const story = await begin()
  await story.use('ada', 'calls', 10)
  for (let times = 0; times < 10; times++) await story.use('ada', 'calls', 0.1)
  await story.use('ada', 'calls', 0.000001)
  const { data } = await story.world.client.featureAccess.get({ code: 'calls', customerId: 'ada' })
  assert.deepEqual([data?.current, data?.overageQuantity], [11.000001, 1.000001])
  await story.until('2041-02-12')
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'recurring paid 2041-02-10..2041-03-10 3000 = plan_base 2900 + 1.000001 beyond 100',
  ])
})
