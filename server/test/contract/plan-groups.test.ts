import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { CommetValidationError, type CreatePlanParams, type PlanGroup } from '@commet/node'
import { createWorld } from '../support/world.ts'

const world = await createWorld()
const { client } = world
after(() => world.close())

let made = 0
async function newPlan(given: Partial<CreatePlanParams> = {}): Promise<{ id: string; code: string }> {
  const { data } = await client.plans.create({ name: 'Pro', code: `plan_${++made}`, ...given })
  assert(data)
  return data
}

async function newGroup(): Promise<PlanGroup> {
  const { data } = await client.planGroups.create({ name: 'Main' })
  assert(data)
  return data
}

const plansOf = async (id: string) =>
  (await client.planGroups.get({ id })).data?.plans?.map((plan) => [plan.id, plan.sortOrder])

test('PlanGroups.create', async () => {
  const answer = await world.request('POST', '/api/v1/plan-groups', { body: { name: 'Main', description: 'All' } })
  assert.equal(answer.status, 201)
  const { id, createdAt, updatedAt, ...rest } = answer.body.data
  assert.match(id, /^pgr_[0-9a-z]{26}$/)
  assert.equal(updatedAt, createdAt)
  assert.deepEqual(rest, {
    name: 'Main',
    description: 'All',
    isPublic: true,
    plans: [],
    object: 'plan_group',
    livemode: false,
  })
  assert.deepEqual(Object.keys(answer.body.data), [
    'id',
    'name',
    'description',
    'isPublic',
    'createdAt',
    'updatedAt',
    'plans',
    'object',
    'livemode',
  ])
})

test('PlanGroups.get', async () => {
  const group = await newGroup()
  assert.deepEqual((await client.planGroups.get({ id: group.id })).data, group)
  await assert.rejects(client.planGroups.get({ id: 'pgr_unknown' }), { code: 'plan_group_not_found', statusCode: 404 })
  await assert.rejects(world.liveClient.planGroups.get({ id: group.id }), { code: 'plan_group_not_found' })
})

test('PlanGroups.list', async () => {
  const groups = [await newGroup(), await newGroup(), await newGroup()]
  const [oldest, middle, newest] = groups
  const first = await client.planGroups.list({ limit: 2 })
  assert.deepEqual(first.data, [newest, middle])
  assert.equal(first.hasMore, true)
  assert(first.nextCursor)
  const second = await client.planGroups.list({ limit: 2, cursor: first.nextCursor })
  assert.deepEqual(second.data?.[0], oldest)
  await assert.rejects(client.planGroups.list({ cursor: `${first.nextCursor}x` }), CommetValidationError)
})

test('PlanGroups.update', async () => {
  const { id } = await newGroup()
  const { data } = await client.planGroups.update({ id, name: 'Teams', description: 'For teams', isPublic: false })
  assert.equal(data?.name, 'Teams')
  assert.equal(data?.isPublic, false)
  const { data: cleared } = await client.planGroups.update({ id, description: null })
  assert.equal(cleared?.description, null)
  assert.equal(cleared?.name, 'Teams')
  await assert.rejects(client.planGroups.update({ id: 'pgr_unknown', name: 'X' }), { code: 'plan_group_not_found' })
})

test('PlanGroups.delete', async () => {
  const { id } = await newGroup()
  const plan = await newPlan({ planGroupId: id })
  const { data } = await client.planGroups.delete({ id })
  assert.deepEqual(data, { id, deleted: true, object: 'plan_group', livemode: false })
  await assert.rejects(client.planGroups.get({ id }), { code: 'plan_group_not_found', statusCode: 404 })
  assert.equal((await client.plans.get({ id: plan.id })).data?.planGroupId, null)
  await assert.rejects(client.planGroups.delete({ id }), { code: 'plan_group_not_found' })
})

test('PlanGroups.addPlan', async () => {
  const { id } = await newGroup()
  const [first, second, lowest] = [await newPlan(), await newPlan(), await newPlan()]
  const { data } = await client.planGroups.addPlan({ id, planId: first.code, sortOrder: 5 })
  assert.deepEqual(data, { success: true, object: 'plan_group', livemode: false })
  await client.planGroups.addPlan({ id, planId: second.id })
  await client.planGroups.addPlan({ id, planId: lowest.id, sortOrder: 0 })
  assert.deepEqual(await plansOf(id), [
    [lowest.id, 0],
    [first.id, 5],
    [second.id, 6],
  ])
  const created = await newPlan({ planGroupId: id })
  assert.equal((await client.plans.get({ id: created.id })).data?.sortOrder, 7)
})

test('PlanGroups.addPlan: refuses unknown plans, plans of a group and another consumption model', async () => {
  const { id } = await newGroup()
  const plan = await newPlan({ planGroupId: id })
  await assert.rejects(client.planGroups.addPlan({ id, planId: 'nowhere' }), {
    code: 'plan_not_found',
    statusCode: 404,
  })
  await assert.rejects(client.planGroups.addPlan({ id: 'pgr_unknown', planId: plan.id }), {
    code: 'plan_group_not_found',
  })
  await assert.rejects(client.planGroups.addPlan({ id, planId: plan.id }), { code: 'duplicate', statusCode: 409 })
  const other = await newGroup()
  await assert.rejects(client.planGroups.addPlan({ id: other.id, planId: plan.id }), { code: 'duplicate' })
  const credits = await newPlan({ consumptionModel: 'credits' })
  await assert.rejects(client.planGroups.addPlan({ id, planId: credits.id }), CommetValidationError)
  await assert.rejects(newPlan({ consumptionModel: 'credits', planGroupId: id }), CommetValidationError)
  const free = await newPlan({ consumptionModel: 'credits', isFree: true })
  assert.equal((await client.planGroups.addPlan({ id, planId: free.id })).data?.success, true)
})

test('PlanGroups.removePlan', async () => {
  const { id } = await newGroup()
  const [kept, removed] = [await newPlan({ planGroupId: id }), await newPlan({ planGroupId: id })]
  const { data } = await client.planGroups.removePlan({ id, planId: removed.code })
  assert.deepEqual(data, { id: removed.id, removed: true, object: 'plan_group', livemode: false })
  assert.deepEqual(await plansOf(id), [[kept.id, 0]])
  const { data: plan } = await client.plans.get({ id: removed.id })
  assert.deepEqual([plan?.planGroupId, plan?.sortOrder], [null, 0])
  await assert.rejects(client.planGroups.removePlan({ id, planId: removed.id }), {
    code: 'plan_not_found',
    statusCode: 404,
  })
})

test('PlanGroups.reorderPlans', async () => {
  const { id } = await newGroup()
  const [a, b, c] = [await newPlan({ planGroupId: id }), await newPlan({ planGroupId: id }), await newPlan()]
  const { data } = await client.planGroups.reorderPlans({ id, planIds: [b.id, a.code] })
  assert.deepEqual(data, { reordered: true, object: 'plan_group', livemode: false })
  const reordered = [
    [b.id, 0],
    [a.id, 1],
  ]
  assert.deepEqual(await plansOf(id), reordered)
  const refused = [[a.id], [a.id, b.id, c.id], [a.id, b.id, a.id], []]
  for (const planIds of refused) {
    await assert.rejects(client.planGroups.reorderPlans({ id, planIds }), (error: unknown) => {
      assert(error instanceof CommetValidationError)
      assert.deepEqual(Object.keys(error.validationErrors), ['planIds'])
      return true
    })
  }
  assert.deepEqual(await plansOf(id), reordered)
  await assert.rejects(client.planGroups.reorderPlans({ id: 'pgr_unknown', planIds: [] }), {
    code: 'plan_group_not_found',
  })
})
