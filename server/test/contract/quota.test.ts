import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { HeldStory } from '../support/held-stories.ts'

let story: HeldStory
before(async () => {
  story = await HeldStory.on('2041-06-01')
  const quota = 'quota' as const
  await story.plan('basic', {
    features: {
      projects: { type: quota, included: 3, beyond: 10_000 },
      sites: { type: quota, included: 2 },
      drafts: { type: quota, unlimited: true },
      members: { included: 1 },
    },
  })
})
after(() => story.close())

const now = '2041-06-01T12:00:00.000Z'
const refused = (code: string, statusCode: number) => ({ code, statusCode })
const invalid = { name: 'CommetValidationError' }

test('Quota.add', async () => {
  await story.join('ada', 'basic')
  const { quota } = story.world.client
  const { data } = await quota.add({ customerId: 'ada', featureCode: 'projects' })
  assert.match(data?.id ?? '', /^qev_/)
  assert.deepEqual(data, {
    id: data?.id,
    customerId: 'ada',
    featureCode: 'projects',
    previousBalance: 0,
    newBalance: 1,
    ts: now,
    createdAt: now,
    object: 'usage_quota',
    livemode: false,
  })
  const named = await quota.add({ externalId: 'ada', featureCode: 'projects', count: 4 })
  assert.equal(named.data?.newBalance, 5)
  await assert.rejects(
    quota.add({ customerId: 'ada', featureCode: 'sites', count: 3 }),
    refused('included_limit_reached', 402),
  )
  await assert.rejects(quota.add({ customerId: 'ada', featureCode: 'members' }), refused('feature_not_found', 404))
  await assert.rejects(quota.add({ featureCode: 'projects' }), invalid)
  await assert.rejects(quota.add({ customerId: 'ada', externalId: 'ada', featureCode: 'projects' }), invalid)
})

test('Quota.add: the same idempotencyKey counts once, for another change it is refused', async () => {
  await story.join('bea', 'basic')
  await story.join('bob', 'basic')
  const { quota } = story.world.client
  const change = { customerId: 'bea', featureCode: 'projects', count: 2, idempotencyKey: 'first' }
  const first = await quota.add(change)
  const second = await quota.add(change)
  assert.deepEqual(second.data, first.data)
  assert.equal((await quota.get({ customerId: 'bea', featureCode: 'projects' })).data?.current, 2)
  await assert.rejects(quota.add({ ...change, count: 3 }), refused('duplicate', 409))
  await assert.rejects(quota.add({ ...change, customerId: 'bob' }), refused('duplicate', 409))
})

test('Quota.set', async () => {
  await story.join('cleo', 'basic')
  const { quota } = story.world.client
  const { data } = await quota.set({ customerId: 'cleo', featureCode: 'sites', count: 2 })
  assert.deepEqual([data?.previousBalance, data?.newBalance], [0, 2])
  await assert.rejects(
    quota.set({ customerId: 'cleo', featureCode: 'sites', count: 3 }),
    refused('included_limit_reached', 402),
  )
})

test('Quota.remove', async () => {
  await story.join('dora', 'basic')
  const { quota } = story.world.client
  await quota.set({ customerId: 'dora', featureCode: 'projects', count: 3 })
  assert.equal((await quota.remove({ customerId: 'dora', featureCode: 'projects' })).data?.newBalance, 2)
  const remove = { customerId: 'dora', featureCode: 'projects', count: 3 }
  await assert.rejects(quota.remove(remove), refused('insufficient_balance', 400))
  assert.equal((await quota.remove({ ...remove, count: 2 })).data?.newBalance, 0)
})

test('Quota.get', async () => {
  await story.join('edna', 'basic')
  const { quota } = story.world.client
  const get = async (featureCode: string) => (await quota.get({ customerId: 'edna', featureCode })).data
  const common = { object: 'usage_quota', livemode: false }
  assert.deepEqual(await get('projects'), {
    featureCode: 'projects',
    current: 0,
    included: 3,
    remaining: 3,
    billedQuantity: 3,
    unlimited: false,
    overageEnabled: true,
    asOf: null,
    ...common,
  })
  await quota.set({ customerId: 'edna', featureCode: 'projects', count: 5 })
  await quota.set({ customerId: 'edna', featureCode: 'projects', count: 4 })
  const held = await get('projects')
  assert.deepEqual([held?.current, held?.remaining, held?.billedQuantity, held?.asOf], [4, 0, 5, now])
  await assert.rejects(get('unknown'), refused('feature_not_found', 404))
})

test('Quota.getAll', async () => {
  await story.join('fay', 'basic')
  const { data } = await story.world.client.quota.getAll({ customerId: 'fay' })
  assert.deepEqual(
    data?.map(({ featureCode, included, remaining, unlimited }) => [featureCode, included, remaining, unlimited]),
    [
      ['projects', 3, 3, false],
      ['sites', 2, 2, false],
      ['drafts', 0, null, true],
    ],
  )
  await assert.rejects(story.world.client.quota.getAll({ customerId: 'unknown' }), refused('customer_not_found', 404))
})
