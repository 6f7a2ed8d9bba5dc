import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { CommetValidationError } from '@commet/node'
import { createWorld } from '../support/world.ts'

const world = await createWorld()
const { client } = world
after(() => world.close())

const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

test('Features.create', async () => {
  const answer = await world.request('POST', '/api/v1/features/manage', {
    body: { name: ' API calls ', code: 'api_calls', type: 'usage', description: 'Requests', unitName: 'call' },
  })
  assert.equal(answer.status, 201)
  const { id, createdAt, updatedAt, ...rest } = answer.body.data
  assert.match(id, /^ftr_[0-9a-z]{26}$/)
  assert.match(createdAt, isoTime)
  assert.equal(updatedAt, createdAt)
  assert.deepEqual(rest, {
    name: 'API calls',
    code: 'api_calls',
    type: 'usage',
    description: 'Requests',
    unitName: 'call',
    object: 'feature',
    livemode: false,
  })
  assert.deepEqual(Object.keys(answer.body.data), [
    'id',
    'name',
    'code',
    'type',
    'description',
    'unitName',
    'createdAt',
    'updatedAt',
    'object',
    'livemode',
  ])

  const { data: plain } = await client.features.create({ name: 'SSO', code: 'sso', type: 'boolean' })
  assert.equal(plain?.description, null)
  assert.equal(plain?.unitName, null)
})

test('Features.create: a code that is taken is a duplicate, in the other mode it is free', async () => {
  await client.features.create({ name: 'Taken', code: 'taken', type: 'usage' })
  await assert.rejects(client.features.create({ name: 'Again', code: 'taken', type: 'seats' }), {
    code: 'duplicate',
    statusCode: 409,
    param: 'code',
  })
  const { data } = await world.liveClient.features.create({ name: 'Taken', code: 'taken', type: 'usage' })
  assert.equal(data?.livemode, true)
})

test('Features.create: everything wrong is told at once', async () => {
  const wrong = { name: '', code: 'Not-A-Code', type: 'meter' } as unknown as {
    name: string
    code: string
    type: 'usage'
  }
  await assert.rejects(client.features.create(wrong), (error: unknown) => {
    assert(error instanceof CommetValidationError)
    assert.deepEqual(Object.keys(error.validationErrors), ['name', 'code', 'type'])
    return true
  })
})

test('Features.get', async () => {
  const { data: created } = await client.features.create({ name: 'Got', code: 'got', type: 'quota' })
  assert(created)
  const { data } = await client.features.get({ code: 'got' })
  assert.deepEqual(data, created)
  assert.deepEqual((await client.features.get({ code: created.id })).data, created)
  await assert.rejects(client.features.get({ code: 'nowhere' }), { code: 'feature_not_found', statusCode: 404 })
  await assert.rejects(world.liveClient.features.get({ code: created.id }), { code: 'feature_not_found' })
})

test('Features.list', async () => {
  const { data: older } = await client.features.create({ name: 'Older', code: 'older', type: 'usage' })
  const { data: newer } = await client.features.create({ name: 'Newer', code: 'newer', type: 'usage' })
  const answer = await client.features.list()
  assert.deepEqual(answer.data?.slice(0, 2), [newer, older])
  assert.equal(answer.hasMore, false)
})

test('Features.update', async () => {
  await client.features.create({ name: 'Before', code: 'updated', type: 'usage', description: 'Old', unitName: 'call' })
  const { data } = await client.features.update({ code: 'updated', name: 'After', description: null })
  assert.equal(data?.name, 'After')
  assert.equal(data?.description, null)
  assert.equal(data?.unitName, 'call')
  const kept = { code: 'updated', name: 'After', type: 'seats' }
  assert.equal((await client.features.update(kept)).data?.type, 'usage')
  await assert.rejects(client.features.update({ code: 'updated' }), CommetValidationError)
  await assert.rejects(client.features.update({ code: 'nowhere', name: 'X' }), { code: 'feature_not_found' })
})

test('Features.delete', async () => {
  const { data: feature } = await client.features.create({ name: 'Brief', code: 'brief', type: 'usage' })
  const { data } = await client.features.delete({ code: 'brief' })
  assert.deepEqual(data, { id: feature?.id, deleted: true, object: 'feature', livemode: false })
  await assert.rejects(client.features.get({ code: 'brief' }), { code: 'feature_not_found' })
  await assert.rejects(client.features.delete({ code: 'brief' }), { code: 'feature_not_found', statusCode: 404 })
  const { data: successor } = await client.features.create({ name: 'Brief', code: 'brief', type: 'seats' })
  assert.notEqual(successor?.id, feature?.id)
})

test('Features.delete: refused while a plan that is not deleted contains it', async () => {
  await client.features.create({ name: 'Held', code: 'held', type: 'boolean' })
  await client.plans.create({ name: 'Holder', code: 'holder' })
  await client.plans.addFeature({ id: 'holder', featureId: 'held' })
  await assert.rejects(client.features.delete({ code: 'held' }), {
    code: 'feature_in_use',
    statusCode: 409,
    message: 'The feature held is on these plans: holder. Remove it from them first.',
  })
  await client.plans.delete({ id: 'holder' })
  assert.equal((await client.features.delete({ code: 'held' })).data?.deleted, true)
})
