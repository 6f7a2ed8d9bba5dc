import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { cards } from '../../support/billing-stories.ts'
import { ChangeStory, refusal } from '../../support/plan-changes.ts'

let story: ChangeStory
let plans: Record<'free' | 'pro' | 'business' | 'once' | 'alone', string>
before(async () => {
  story = await ChangeStory.on('2041-06-01')
  plans = {
    free: await story.plan('free', { isFree: true }),
    pro: await story.plan('pro', { price: 2900 }),
    business: await story.plan('business', { price: 9900 }),
    once: await story.plan('once', { interval: 'one_time', price: 19_900 }),
    alone: await story.plan('alone', { price: 900 }),
  }
  await story.seats(plans.pro, 5, 100_000)
  await story.seats(plans.business, 3)
  await story.group(plans.free, plans.pro, plans.business, plans.once)
  await story.join('ada', 'pro')
})
after(() => story.close())

/** A change and its preview are refused with the same words. */
async function refusedBoth(customer: string, planId: string, interval?: string, told = story): Promise<string> {
  const changed = await told.change(customer, { newPlanId: planId, newBillingInterval: interval })
  const previewed = await told.preview(customer, planId, interval)
  assert.equal(refusal(previewed), refusal(changed))
  assert.equal(previewed.body.error.message.replace('planId', 'newPlanId'), changed.body.error.message)
  return refusal(changed)
}

test('what is not possible is refused with its code, by the preview as by the change', async () => {
  assert.equal(await refusedBoth('ada', 'pro'), '400 no_change_requested')
  assert.equal(await refusedBoth('ada', 'alone'), '400 plans_not_in_same_group')
  assert.equal(await refusedBoth('ada', 'nowhere'), '404 plan_not_found')
  assert.equal(await refusedBoth('ada', 'business', 'yearly'), '404 price_not_found')
  assert.equal(await refusedBoth('ada', 'once'), '422 validation_error')
})

test('nothing asked for is no change', async () => {
  assert.equal(refusal(await story.change('ada', {})), '400 no_change_requested')
})

test('a change that would wait has nothing to preview', async () => {
  const { status, body } = await story.preview('ada', 'free')
  assert.deepEqual([status, body.error.code], [400, 'plan_change_scheduled'])
  assert.equal(
    body.error.message,
    'This change takes effect at the end of the period, on 2041-07-01: nothing is charged now.',
  )
})

test('more seats than the plan can take are refused, and an interval of the same plan is not asked about them', async () => {
  await story.price(plans.pro, { interval: 'yearly', price: 29_000 })
  await story.hold('ada', 4)
  const { status, body } = await story.change('ada', { newPlanId: 'business' })
  assert.deepEqual([status, body.error.code], [400, 'seat_limit_exceeded'])
  assert.deepEqual(body.error.details, { featureCode: 'seats', currentSeats: 4, included: 3 })
  assert.equal(
    body.error.message,
    '4 seats of seats are held. The plan business includes 3 and sells none beyond: remove 1 first.',
  )
  assert.equal((await story.preview('ada', 'pro', 'yearly')).status, 200)
  await story.hold('ada', 3)
  assert.equal((await story.preview('ada', 'business')).status, 200)
})

test('a plan that was deleted or that only hides: the one cannot be reached, the other can', async () => {
  const gone = await story.plan('gone', { price: 5900 })
  const hidden = await story.plan('hidden', { price: 6900 })
  await story.group(gone, hidden)
  await story.world.client.plans.delete({ id: gone })
  await story.world.client.plans.setVisibility({ id: hidden, isPublic: false })
  await story.join('zoe', 'pro')
  assert.equal(await refusedBoth('zoe', gone), '404 plan_not_found')
  assert.equal((await story.preview('zoe', hidden)).status, 200)
  // A plan without the feature includes none of its seats.
  assert.equal(await refusedBoth('ada', hidden), '400 seat_limit_exceeded')
})

test('whoever has not paid, or paid once, or owes, or left', async () => {
  await story.customer('bob')
  await story.subscribe('bob', 'pro')
  assert.equal(await refusedBoth('bob', 'business'), '409 subscription_not_active')
  await story.join('eve', 'once')
  assert.equal(await refusedBoth('eve', 'pro', 'monthly'), '422 validation_error')
  assert.equal(await refusedBoth('eve', 'pro'), '422 validation_error')
  assert.equal(await refusedBoth('eve', 'free'), '422 validation_error')
  await story.join('kim', 'pro', { card: cards.failsLater })
  await story.join('lee', 'pro')
  await story.cancel('lee', { immediate: true })
  assert.equal(await refusedBoth('lee', 'business'), '409 subscription_not_active')
  await story.until('2041-07-01')
  assert.equal(await refusedBoth('kim', 'business'), '409 subscription_not_active')
})

test('while a payment is disputed the plan stays', async () => {
  await story.join('max', 'pro')
  const { data } = await story.world.client.transactions.list({ customerEmail: 'max@example.com' })
  const body = { transactionId: data?.[0]?.id }
  assert.equal((await story.world.request('POST', '/api/v1/test-disputes', { body })).status, 201)
  assert.equal(await refusedBoth('max', 'business'), '409 subscription_has_open_dispute')
})

test('a subscription of nobody', async () => {
  const answer = await story.world.request('POST', '/api/v1/subscriptions/sub_none/change-plan', {
    body: { newPlanId: 'pro' },
  })
  assert.equal(refusal(answer), '404 subscription_not_found')
})

test('seats of a kind the plan lost can be given back and never added to, and keep nobody from changing', async (t) => {
  const story = await ChangeStory.on('2041-06-01')
  t.after(() => story.close())
  const { client } = story.world
  const [solo, duo, trio] = [
    await story.plan('solo', { price: 1000 }),
    await story.plan('duo', { price: 1100 }),
    await story.plan('trio', { price: 12_000 }),
  ]
  await story.seats(duo, 2)
  await story.seats(trio, 10)
  await story.group(solo, duo, trio)
  await story.join('leo', 'trio', { initialSeats: { seats: 7 } })
  const warned = await story.change('leo', { newPlanId: 'solo' })
  assert.equal(warned.body.data.seatLimitWarning.included, 0)
  await story.until('2041-07-01')
  const seats = { customerId: 'leo', featureCode: 'seats' }
  assert.equal((await client.seats.getBalance(seats)).data?.current, 7)
  for (const raised of [
    () => client.seats.add({ ...seats, count: 1 }),
    () => client.seats.set({ ...seats, count: 8 }),
  ]) {
    await assert.rejects(raised, { code: 'feature_not_in_plan', statusCode: 403 })
  }
  await assert.rejects(client.seats.remove({ ...seats, count: 8 }), { code: 'insufficient_seats', statusCode: 400 })
  // The plan that is asked for has them, though the running one does not.
  assert.equal(await refusedBoth('leo', duo, undefined, story), '400 seat_limit_exceeded')
  assert.equal((await story.preview('leo', trio)).status, 200)
  assert.equal((await client.seats.set({ ...seats, count: 4 })).data?.previousBalance, 7)
  assert.equal((await client.seats.setAll({ customerId: 'leo', seats: { seats: 3 } })).data?.[0]?.newBalance, 3)
  assert.equal((await client.seats.remove({ ...seats, count: 1 })).data?.newBalance, 2)
  assert.equal((await story.events('leo')).filter((type) => type === 'seats.updated').length, 3)
  assert.equal((await story.change('leo', { newPlanId: 'duo' })).status, 200)
  await client.seats.remove({ ...seats, count: 2 })
  await story.change('leo', { newPlanId: 'solo' })
  await story.until('2041-08-01')
  await assert.rejects(client.seats.set({ ...seats, count: 0 }), { code: 'feature_not_in_plan', statusCode: 403 })
})
