import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { HeldStory } from '../support/held-stories.ts'

let story: HeldStory
before(async () => {
  story = await HeldStory.on('2041-06-01')
  await story.plan('team', {
    features: {
      members: { included: 5, beyond: 250_000 },
      guests: { included: 2 },
      bots: { unlimited: true },
      projects: { type: 'quota', included: 3 },
    },
  })
})
after(() => story.close())

const now = '2041-06-01T12:00:00.000Z'
const refused = (code: string, statusCode: number) => ({ code, statusCode })
const invalid = { name: 'CommetValidationError' }

test('Seats.add', async () => {
  await story.join('ada', 'team')
  const { seats } = story.world.client
  const { data } = await seats.add({ customerId: 'ada', featureCode: 'members', count: 5 })
  assert.match(data?.id ?? '', /^sev_/)
  assert.deepEqual(data, {
    id: data?.id,
    customerId: 'ada',
    featureCode: 'members',
    previousBalance: 0,
    newBalance: 5,
    ts: now,
    createdAt: now,
    object: 'seat',
    livemode: false,
  })
  await seats.add({ customerId: 'ada', featureCode: 'members', count: 2 })
  await seats.add({ customerId: 'ada', featureCode: 'guests', count: 1 })
  const events = await story.events('ada', 'seats.%')
  assert.deepEqual(
    events.map(({ type }) => type),
    ['seats.updated', 'seats.limit_reached', 'seats.updated', 'seats.updated'],
  )
  const subscriptionId = events[0]?.data.subscriptionId
  const about = { customerId: 'ada', subscriptionId, featureCode: 'members' }
  assert.deepEqual(events[0]?.data, { ...about, previousSeats: 0, currentSeats: 5 })
  assert.deepEqual(events[1]?.data, { ...about, currentSeats: 5, includedSeats: 5 })
})

test('Seats.add: refusals', async () => {
  await story.join('bea', 'team')
  const { seats, customers } = story.world.client
  await customers.create({ id: 'nobody', email: 'nobody@example.com' })
  const add = (customerId: string, featureCode: string, count: number) => seats.add({ customerId, featureCode, count })
  await assert.rejects(add('unknown', 'members', 1), refused('customer_not_found', 404))
  await assert.rejects(add('nobody', 'members', 1), refused('no_active_subscription', 404))
  await assert.rejects(add('bea', 'unknown', 1), refused('feature_not_found', 404))
  await assert.rejects(add('bea', 'projects', 1), refused('feature_not_found', 404))
  await assert.rejects(add('bea', 'guests', 3), refused('included_limit_reached', 402))
  for (const count of [0, -1, 1.5, 1_000_001]) {
    await assert.rejects(add('bea', 'members', count), invalid)
  }
})

test('Seats.set', async () => {
  await story.join('cleo', 'team')
  const { seats } = story.world.client
  const set = (count: number) => seats.set({ customerId: 'cleo', featureCode: 'bots', count })
  assert.equal((await set(1_000)).data?.newBalance, 1_000)
  const { data } = await set(3)
  assert.deepEqual([data?.previousBalance, data?.newBalance], [1_000, 3])
  assert.equal((await set(0)).data?.newBalance, 0)
  const before = (await story.events('cleo', 'seats.%')).length
  await set(0)
  assert.equal((await story.events('cleo', 'seats.%')).length, before)
})

test('Seats.remove', async () => {
  await story.join('dora', 'team')
  const { seats } = story.world.client
  await seats.set({ customerId: 'dora', featureCode: 'members', count: 3 })
  const { data } = await seats.remove({ customerId: 'dora', featureCode: 'members', count: 2 })
  assert.deepEqual([data?.previousBalance, data?.newBalance, data?.object], [3, 1, 'seat'])
  await assert.rejects(seats.remove({ customerId: 'dora', featureCode: 'members', count: 2 }), {
    ...refused('insufficient_seats', 400),
    details: { featureCode: 'members', current: 1, requested: 2 },
  })
})

test('Seats.setAll', async () => {
  await story.join('edna', 'team')
  const { seats } = story.world.client
  const { data } = await seats.setAll({ customerId: 'edna', seats: { members: 6, guests: 2 } })
  assert.deepEqual(
    data?.map(({ id, ...rest }) => rest),
    [
      { featureCode: 'members', previousBalance: 0, newBalance: 6 },
      { featureCode: 'guests', previousBalance: 0, newBalance: 2 },
    ].map((one) => ({ ...one, ts: now, createdAt: now, object: 'seat', livemode: false })),
  )
  // One of them does not fit: neither is changed.
  await assert.rejects(
    seats.setAll({ customerId: 'edna', seats: { members: 1, guests: 3 } }),
    refused('included_limit_reached', 402),
  )
  const balance = await seats.getBalance({ customerId: 'edna', featureCode: 'members' })
  assert.equal(balance.data?.current, 6)
  await assert.rejects(seats.setAll({ customerId: 'edna', seats: {} }), invalid)
})

test('Seats.getBalance', async () => {
  await story.join('fay', 'team')
  const { seats } = story.world.client
  const balance = async (featureCode: string) => (await seats.getBalance({ customerId: 'fay', featureCode })).data
  assert.deepEqual(await balance('members'), { current: 0, asOf: now, object: 'seat', livemode: false })
  await seats.set({ customerId: 'fay', featureCode: 'members', count: 4 })
  assert.equal((await balance('members'))?.current, 4)
  await assert.rejects(balance('projects'), refused('feature_not_found', 404))
  await assert.rejects(seats.getBalance({ customerId: 'nobody', featureCode: 'members' }), {
    code: 'no_active_subscription',
  })
})

test('Seats.getAllBalances', async () => {
  await story.join('gwen', 'team')
  const { seats } = story.world.client
  await seats.setAll({ customerId: 'gwen', seats: { members: 6, bots: 9 } })
  const { data } = await seats.getAllBalances({ customerId: 'gwen' })
  const asOf = now
  assert.deepEqual(data, {
    members: { current: 6, included: 5, remaining: 0, overage: 1, unlimited: false, asOf },
    guests: { current: 0, included: 2, remaining: 2, overage: 0, unlimited: false, asOf },
    bots: { current: 9, included: 0, remaining: null, overage: 0, unlimited: true, asOf },
    object: 'seat',
    livemode: false,
  })
})

test('a repeated Idempotency-Key adds seats once', async () => {
  await story.join('hope', 'team')
  const options = {
    body: { customerId: 'hope', featureCode: 'members', count: 2 },
    headers: { 'idempotency-key': 'add-two' },
  }
  const first = await story.world.request('POST', '/api/v1/seats', options)
  const second = await story.world.request('POST', '/api/v1/seats', options)
  assert.deepEqual([first.status, second.status, second.headers.get('idempotent-replayed')], [201, 201, 'true'])
  assert.equal(second.body.data.newBalance, 2)
})
