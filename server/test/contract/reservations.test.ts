import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fundedCustomer, fundedPlan } from '../support/ledger-stories.ts'
import { freePlan, paidCustomer, subscribe } from '../support/usage-stories.ts'
import { createWorld } from '../support/world.ts'

type World = Awaited<ReturnType<typeof createWorld>>
let world: World
before(async () => {
  world = await createWorld()
})
after(() => world.close())

const holds = '/api/v1/usage/reservations'
const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

const reserve = (body: Record<string, unknown>, headers?: Record<string, string>) =>
  world.request('POST', holds, { body, ...(headers ? { headers } : {}) })
const commit = (id: string, body: Record<string, unknown> = {}, headers?: Record<string, string>) =>
  world.request('POST', `${holds}/${id}/commit`, { body, ...(headers ? { headers } : {}) })
const release = (id: string) => world.request('POST', `${holds}/${id}/release`)
const read = (id: string) => world.request('GET', `${holds}/${id}`)

/** A new customer of a free plan with 10 units of a feature. */
async function customerOf(featureCode: string, includedAmount = 10) {
  const plan = await freePlan(world, { [featureCode]: { type: 'usage', includedAmount } })
  const { externalId } = await subscribe(world, plan)
  return { customerId: externalId, featureCode }
}

async function accessOf({ customerId, featureCode }: { customerId: string; featureCode: string }) {
  const { data } = await world.client.featureAccess.get({ code: featureCode, customerId })
  return [data?.allowed, data?.current, data?.remaining]
}

test('Reservations.create', async () => {
  const asked = await customerOf('renders')
  const { status, body } = await reserve({ ...asked, quantity: 2.5, expiresInSeconds: 60, idempotencyKey: 'job-1' })
  assert.equal(status, 201)
  const { id, createdAt, expiresAt, ...rest } = body.data
  assert.match(id, /^rsv_[0-9a-z]{26}$/)
  assert.match(createdAt, isoTime)
  assert.equal(Date.parse(expiresAt) - Date.parse(createdAt), 60_000)
  assert.deepEqual(rest, {
    object: 'usage_reservation',
    livemode: false,
    ...asked,
    status: 'held',
    quantity: 2.5,
    idempotencyKey: 'job-1',
    committedValue: null,
    usageEventId: null,
    settledAt: null,
  })
  const again = await reserve({ ...asked, quantity: 2.5, expiresInSeconds: 60, idempotencyKey: 'job-1' })
  assert.deepEqual([again.status, again.body.data], [200, body.data])
  assert.deepEqual(await accessOf(asked), [true, 2.5, 7.5])
})

test('Reservations.get', async () => {
  const asked = await customerOf('reads')
  const { body } = await reserve({ ...asked, quantity: 1 })
  const found = await read(body.data.id)
  assert.deepEqual([found.status, found.body.data], [200, body.data])
  assert.equal(Date.parse(body.data.expiresAt) - Date.parse(body.data.createdAt), 300_000)
  const unknown = await read('rsv_00000000000000000000000000')
  assert.deepEqual([unknown.status, unknown.body.error.code], [404, 'not_found'])
})

test('Reservations.commit', async () => {
  const asked = await customerOf('images')
  const { body } = await reserve({ ...asked, quantity: 6 })
  const properties = [{ property: 'size', value: 'large' }]
  const answer = await commit(body.data.id, { value: 4.5, properties })
  assert.equal(answer.status, 201)
  const { id, organizationId, ts, createdAt, properties: kept, ...rest } = answer.body.data
  assert.match(id, /^evt_[0-9a-z]{26}$/)
  assert.match(organizationId, /^org_/)
  assert.match(ts, isoTime)
  assert.equal(ts, createdAt)
  assert.deepEqual(rest, {
    object: 'usage_event',
    livemode: false,
    customerId: asked.customerId,
    feature: 'images',
    value: 4.5,
  })
  assert.deepEqual(kept, [{ id: kept[0].id, usageEventId: id, property: 'size', value: 'large', createdAt }])
  const { data } = (await read(body.data.id)).body
  assert.deepEqual([data.status, data.committedValue, data.usageEventId], ['committed', 4.5, id])
  assert.match(data.settledAt, isoTime)
  assert.deepEqual(await accessOf(asked), [true, 4.5, 5.5])
})

test('Reservations.commit: without a value, what was reserved', async () => {
  const asked = await customerOf('pages')
  const { body } = await reserve({ ...asked, quantity: 3 })
  assert.equal((await commit(body.data.id)).body.data.value, 3)
  assert.deepEqual(await accessOf(asked), [true, 3, 7])
})

test('Reservations.commit: more than was held takes the rest where there is room, and is refused with the hold unchanged where there is none', async () => {
  const asked = await customerOf('minutes')
  const first = await reserve({ ...asked, quantity: 4 })
  await reserve({ ...asked, quantity: 5 })
  const refused = await commit(first.body.data.id, { value: 5.5 })
  assert.deepEqual([refused.status, refused.body.error.code], [402, 'included_limit_reached'])
  assert.deepEqual((await read(first.body.data.id)).body.data, first.body.data)
  assert.deepEqual(await accessOf(asked), [true, 9, 1])
  assert.equal((await commit(first.body.data.id, { value: 5 })).status, 201)
  assert.deepEqual(await accessOf(asked), [false, 10, 0])
})

test('Reservations.commit: a second one is a duplicate, the same request again is answered alike', async () => {
  const asked = await customerOf('clips')
  const { body } = await reserve({ ...asked, quantity: 2 })
  const key = { 'idempotency-key': 'commit-clips' }
  const first = await commit(body.data.id, { value: 1 }, key)
  const again = await commit(body.data.id, { value: 1 }, key)
  assert.deepEqual([again.status, again.body], [201, first.body])
  assert.equal(again.headers.get('idempotent-replayed'), 'true')
  const other = await commit(body.data.id, { value: 2 }, key)
  assert.deepEqual([other.status, other.body.error.code], [409, 'idempotency_key_mismatch'])
  const second = await commit(body.data.id, { value: 1 })
  assert.deepEqual([second.status, second.body.error.code], [409, 'duplicate'])
  assert.deepEqual(await accessOf(asked), [true, 1, 9])
})

test('Reservations.release', async () => {
  const asked = await customerOf('exports')
  const { body } = await reserve({ ...asked, quantity: 10 })
  assert.deepEqual(await accessOf(asked), [false, 10, 0])
  const released = await release(body.data.id)
  const { settledAt, ...rest } = released.body.data
  assert.match(settledAt, isoTime)
  assert.equal(released.status, 200)
  assert.deepEqual({ ...rest, settledAt: null }, { ...body.data, status: 'released' })
  assert.deepEqual(await accessOf(asked), [true, 0, 10])
  assert.deepEqual((await release(body.data.id)).body.data, released.body.data)
  const late = await commit(body.data.id)
  assert.deepEqual([late.status, late.body.error.code], [409, 'invalid_subscription_status'])
})

test('Reservations.release: what is committed cannot be released', async () => {
  const asked = await customerOf('imports')
  const { body } = await reserve({ ...asked, quantity: 1 })
  await commit(body.data.id)
  const refused = await release(body.data.id)
  assert.deepEqual([refused.status, refused.body.error.code], [409, 'invalid_subscription_status'])
})

test('what is held is not there for anybody else: usage, check and another reservation are refused', async () => {
  const asked = await customerOf('slots')
  await reserve({ ...asked, quantity: 8 })
  const { customerId, featureCode } = asked
  await assert.rejects(world.client.usage.track({ customerId, feature: featureCode, value: 3 }), {
    code: 'included_limit_reached',
  })
  assert.equal((await reserve({ ...asked, quantity: 3 })).body.error.code, 'included_limit_reached')
  const { data } = await world.client.usage.check({ ...asked, quantity: 3 })
  assert.deepEqual([data?.allowed, data?.current, data?.remaining], [false, 8, 2])
  await world.client.usage.track({ customerId, feature: featureCode, value: 2 })
})

test('Reservations.create: refusals of recording, in its order, and a repeated key with other content', async () => {
  const asked = await customerOf('frames')
  const codeOf = async (body: Record<string, unknown>) => (await reserve(body)).body.error.code
  assert.equal(await codeOf({ ...asked, customerId: 'nobody', quantity: 1 }), 'customer_not_found')
  assert.equal(await codeOf({ ...asked, featureCode: 'nothing', quantity: 1 }), 'feature_not_found')
  const { customerId: other } = await customerOf('others')
  assert.equal(await codeOf({ customerId: other, featureCode: 'frames', quantity: 1 }), 'feature_not_in_plan')
  const named = { ...asked, idempotencyKey: 'frames-1' }
  await reserve({ ...named, quantity: 1 })
  assert.equal(await codeOf({ ...named, quantity: 2 }), 'duplicate')
  assert.equal(await codeOf({ ...named, quantity: 1, expiresInSeconds: 10 }), 'duplicate')
  assert.equal(await codeOf({ ...named, customerId: other, quantity: 1 }), 'duplicate')
  for (const wrong of [{}, { quantity: 0 }, { quantity: 1, expiresInSeconds: 3601 }, { quantity: 1, inputTokens: 5 }]) {
    assert.equal(await codeOf({ ...asked, ...wrong }), 'validation_error')
  }
  assert.equal(
    await codeOf({ ...asked, model: 'openai/gpt-4o', inputTokens: 1, outputTokens: 1 }),
    'pricing_mode_mismatch',
  )
})

test('beyond the included amount a reservation fits where overage is sold, and without end where nothing is limited', async () => {
  const paid = await paidCustomer(world, { tracks: { type: 'usage', includedAmount: 5, overage: 100 } })
  const tracks = { customerId: paid.externalId, featureCode: 'tracks' }
  assert.equal((await reserve({ ...tracks, quantity: 50 })).status, 201)
  assert.deepEqual(await accessOf(tracks), [true, 50, 0])
  const free = await subscribe(world, await freePlan(world, { views: { type: 'usage', unlimited: true } }))
  const views = { customerId: free.externalId, featureCode: 'views' }
  const { body } = await reserve({ ...views, quantity: 1_000_000_000_000 })
  assert.deepEqual((await commit(body.data.id, { value: 7 })).body.data.value, 7)
})

test('on a credits plan credits are held, on a balance plan what it will cost', async () => {
  const credits = await fundedPlan(world, {
    model: 'credits',
    feature: 'songs',
    creditsPerUnit: 3,
    includedCredits: 100,
  })
  const singer = await fundedCustomer(world, credits)
  const songs = { customerId: singer.externalId, featureCode: 'songs' }
  const held = await reserve({ ...songs, quantity: 30 })
  assert.deepEqual([held.status, held.body.data.estimatedCredits], [201, 90])
  const { data: check } = await world.client.usage.check({ ...songs, quantity: 4 })
  assert.deepEqual([check?.allowed, check?.reason], [false, 'insufficient_credits'])
  assert.equal((await accessOf(songs))[2], 3)
  assert.equal((await reserve({ ...songs, quantity: 4 })).body.error.code, 'insufficient_credits')
  await assert.rejects(world.client.subscriptions.adjustBalance({ id: singer.subscriptionId, amount: -11 }), {
    code: 'insufficient_credits',
  })
  await commit(held.body.data.id, { value: 33 })
  const { data: after } = await world.client.usage.check({ ...songs, quantity: 1 })
  assert.deepEqual([after?.allowed, 'totalCredits' in (after ?? {}) && after?.totalCredits], [false, 1])

  const balance = await fundedPlan(world, {
    model: 'balance',
    feature: 'chats',
    unitPrice: 200,
    includedBalance: 10_000,
    blockOnExhaustion: true,
  })
  const chatter = await fundedCustomer(world, balance)
  const chats = { customerId: chatter.externalId, featureCode: 'chats' }
  const booked = await reserve({ ...chats, quantity: 45 })
  assert.deepEqual([booked.status, booked.body.data.estimatedAmount], [201, 9000])
  assert.equal((await reserve({ ...chats, quantity: 6 })).body.error.code, 'insufficient_balance')
  assert.equal((await reserve({ ...chats, quantity: 5 })).status, 201)
  assert.equal((await commit(booked.body.data.id, { value: 46 })).body.error.code, 'insufficient_balance')
  assert.equal((await commit(booked.body.data.id, { value: 20 })).status, 201)
  assert.equal((await accessOf(chats))[2], 25)
})

test('on a feature priced by AI model the estimated tokens hold what they would cost, and the real ones are charged', async () => {
  const plan = await fundedPlan(world, {
    model: 'balance',
    feature: 'prompts',
    aiMargin: 2_000,
    includedBalance: 500,
    blockOnExhaustion: true,
  })
  const { externalId: customerId, subscriptionId: id } = await fundedCustomer(world, plan)
  const asked = { customerId, featureCode: 'prompts', model: 'anthropic/claude-sonnet-4-0' }
  const balance = async () => (await world.client.subscriptions.get({ id })).data?.balance?.remaining
  // $3 and $15 per million: 30 + 300, and 20 % on it.
  const { status, body } = await reserve({ ...asked, inputTokens: 1_000, outputTokens: 2_000 })
  assert.equal(status, 201)
  const { quantity, estimatedAmount, model, inputTokens, outputTokens } = body.data
  assert.deepEqual(
    [quantity, estimatedAmount, model, inputTokens, outputTokens],
    [3_000, 396, 'anthropic/claude-sonnet-4-0', 1_000, 2_000],
  )
  assert.equal(
    (await reserve({ ...asked, inputTokens: 1_000, outputTokens: 500 })).body.error.code,
    'insufficient_balance',
  )
  assert.equal(await balance(), 500)
  const tooMuch = await commit(body.data.id, { model: asked.model, inputTokens: 1_000, outputTokens: 3_000 })
  assert.deepEqual([tooMuch.status, tooMuch.body.error.code], [402, 'insufficient_balance'])
  const { data: event } = (await commit(body.data.id, { model: asked.model, inputTokens: 1_000, outputTokens: 500 }))
    .body
  assert.equal(event.value, 1_500)
  assert.equal(await balance(), 374)
  const whole = await reserve({ ...asked, inputTokens: 1_000, outputTokens: 500 })
  assert.equal((await commit(whole.body.data.id)).body.data.value, 1_500)
  assert.equal(await balance(), 248)
  assert.equal((await reserve({ ...asked, quantity: 5, model: undefined })).body.error.code, 'pricing_mode_mismatch')
  assert.equal(
    (await reserve({ ...asked, model: 'acme/none', inputTokens: 1, outputTokens: 1 })).body.error.code,
    'model_not_found',
  )
})

test('under a spend cap that features share, what one of them holds is not there for the other', async () => {
  const feature = { type: 'usage', includedAmount: 2, overage: 10_000 } as const
  const { externalId: customerId } = await paidCustomer(world, { maps: feature, routes: feature })
  const { data: subscription } = await world.client.subscriptions.getActive({ customerId })
  const cap = await world.request('PUT', `/api/v1/subscriptions/${subscription?.id}/spend-cap`, {
    body: { amount: 1000 },
  })
  assert.equal(cap.status, 200)
  const maps = { customerId, featureCode: 'maps' }
  const held = await reserve({ ...maps, quantity: 8 })
  assert.equal(held.status, 201)
  // $6 of $10 are held: 2 included and 4 sold of the other one fit, and no more.
  const routes = { customerId, featureCode: 'routes' }
  assert.equal((await reserve({ ...routes, quantity: 7 })).body.error.code, 'included_limit_reached')
  assert.equal((await reserve({ ...routes, quantity: 6 })).status, 201)
  const more = await commit(held.body.data.id, { value: 9 })
  assert.deepEqual([more.status, more.body.error.details], [402, { limit: 'spend_cap' }])
  assert.equal((await commit(held.body.data.id, { value: 8 })).status, 201)
  assert.equal((await reserve({ ...maps, quantity: 1 })).body.error.code, 'included_limit_reached')
})
