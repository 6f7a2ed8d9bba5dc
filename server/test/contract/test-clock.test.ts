import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { createWorld } from '../support/world.ts'

let world: Awaited<ReturnType<typeof createWorld>>
beforeEach(async () => {
  world = await createWorld()
})
afterEach(() => world.close())

const day = 86_400_000

test('TestClock.get', async () => {
  const { data } = await world.client.testClock.get()
  assert(data)
  assert.equal(data.simulatedTime, null)
  assert.equal(data.isActive, false)
  assert(Math.abs(Date.parse(data.now) - Date.now()) < 60_000)
  assert.equal(data.object, 'test_clock')
  assert.equal(data.livemode, false)
})

test('TestClock.advance', async () => {
  const { data: first } = await world.client.testClock.advance({ advanceDays: 10 })
  assert(first)
  assert(Math.abs(Date.parse(first.now) - Date.now() - 10 * day) < 60_000)
  assert.equal(first.simulatedTime, first.now)
  assert.equal(first.isActive, true)
  const { data: second } = await world.client.testClock.advance({ advanceDays: 1 })
  assert(second)
  assert.equal(Date.parse(second.now) - Date.parse(first.now), day)
  const frozenTime = new Date(Date.parse(second.now) + 30 * day).toISOString()
  const { data: third } = await world.client.testClock.advance({ frozenTime })
  assert.equal(third?.now, frozenTime)
  assert.deepEqual((await world.client.testClock.get()).data, third)
})

test('the clock stands still between two steps', async () => {
  const { data } = await world.client.testClock.advance({ advanceDays: 1 })
  const customer = await world.client.customers.create({ email: 'frozen@example.com' })
  assert.equal(customer.data?.createdAt, data?.now)
})

test('the clock takes exactly one forward step of at most two years', async () => {
  const { data } = await world.client.testClock.get()
  const now = Date.parse(data?.now ?? '')
  const at = (days: number) => new Date(now + days * day).toISOString()
  const refused = [
    {},
    { advanceDays: 1, frozenTime: at(1) },
    { advanceDays: 0 },
    { advanceDays: -1 },
    { advanceDays: 1.5 },
    { advanceDays: '1' },
    { advanceDays: 732 },
    { advanceDays: 1e9 },
    { frozenTime: at(-1) },
    { frozenTime: at(740) },
    { frozenTime: 'tomorrow' },
    { frozenTime: '2030-01-01' },
  ]
  for (const body of refused) {
    const answer = await world.request('POST', '/api/v1/test-clock', { body })
    assert.equal(answer.status, 422, JSON.stringify(body))
  }
  assert.equal((await world.client.testClock.get()).data?.isActive, false)
})

test('the live side has no clock to move', async () => {
  const refused = { code: 'sandbox_only', statusCode: 403 }
  await assert.rejects(world.liveClient.testClock.get(), refused)
  await assert.rejects(world.liveClient.testClock.advance({ advanceDays: 1 }), refused)
})
