import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { HeldStory } from '../../support/held-stories.ts'

let story: HeldStory
before(async () => {
  story = await HeldStory.on('2041-06-01')
})
after(() => story.close())

const team = { features: { members: { included: 5, beyond: 250_000 } } } as const

test('15 included at $0.75: 10 added on day 16 and given back on day 20 cost $3.75 at the renewal, nothing after it', async () => {
  await story.plan('storage', { features: { projects: { type: 'quota', included: 15, beyond: 7_500 } } })
  await story.join('acme', 'storage')
  const { quota } = story.world.client
  await quota.set({ customerId: 'acme', featureCode: 'projects', count: 15 })
  await story.until('2041-06-16')
  await quota.add({ customerId: 'acme', featureCode: 'projects', count: 10 })
  await story.until('2041-06-20')
  await quota.remove({ customerId: 'acme', featureCode: 'projects', count: 10 })
  assert.equal((await quota.get({ customerId: 'acme', featureCode: 'projects' })).data?.billedQuantity, 25)
  await story.until('2041-07-01')
  assert.equal((await quota.get({ customerId: 'acme', featureCode: 'projects' })).data?.billedQuantity, 15)
  await story.until('2041-08-01')
  assert.deepEqual(await story.invoices('acme'), [
    'recurring 2900 = plan_base 2900',
    'recurring 3275 = plan_base 2900 + 10 true_up 375',
    'recurring 2900 = plan_base 2900',
  ])
})

test('7 seats from the start with 5 included: $50.00 in advance, 1 more on day 16 of 30 $12.50 at the renewal', async () => {
  await story.goTo('2041-09-01')
  await story.plan('team', team)
  await story.join('bolt', 'team', { initialSeats: { members: 7 } })
  await story.until('2041-09-16')
  await story.add('bolt', 'members', 1)
  await story.until('2041-10-01')
  assert.deepEqual(await story.invoices('bolt'), [
    'recurring 7900 = plan_base 2900 + 2 advance 5000',
    'recurring 11650 = plan_base 2900 + 1 true_up 1250 + 3 advance 7500',
  ])
})

test('going up again below the mark costs nothing, and every increase above it is a line of its own', async () => {
  await story.goTo('2041-11-01')
  await story.join('cork', 'team', { initialSeats: { members: 5 } })
  await story.goTo('2041-11-11')
  await story.add('cork', 'members', 2)
  await story.goTo('2041-11-13')
  await story.remove('cork', 'members', 2)
  await story.goTo('2041-11-16')
  await story.add('cork', 'members', 3)
  await story.goTo('2041-11-19')
  await story.remove('cork', 'members', 8)
  await story.until('2041-12-01')
  // 2 for 20 of 30 days, then 1 more for 15; nothing is held any more, so nothing is paid in advance.
  assert.deepEqual(
    (await story.invoices('cork')).at(-1),
    'recurring 7483 = plan_base 2900 + 2 true_up 3333 + 1 true_up 1250',
  )
})

test('a change after the boundary, before anybody billed, belongs to the period that has begun', async () => {
  await story.goTo('2042-04-01')
  await story.join('dune', 'team', { initialSeats: { members: 6 } })
  await story.goTo('2042-05-01')
  await story.add('dune', 'members', 1)
  await story.until('2042-05-02')
  await story.until('2042-06-01')
  assert.deepEqual(await story.invoices('dune'), [
    'recurring 5400 = plan_base 2900 + 1 advance 2500',
    'recurring 5400 = plan_base 2900 + 1 advance 2500',
    'recurring 10400 = plan_base 2900 + 1 true_up 2500 + 2 advance 5000',
  ])
})

test('a quarter is billed for its three windows, in advance and in the true-up', async () => {
  await story.goTo('2043-01-01')
  await story.plan('quarter', { ...team, interval: 'quarterly', price: 30_000 })
  await story.join('echo', 'quarter', { initialSeats: { members: 6 } })
  await story.until('2043-02-15')
  await story.add('echo', 'members', 1)
  await story.until('2043-04-01')
  assert.deepEqual(await story.invoices('echo'), [
    'recurring 37500 = plan_base 30000 + 1 advance 7500',
    // 45 of 90 days.
    'recurring 48750 = plan_base 30000 + 1 true_up 3750 + 2 advance 15000',
  ])
})

test('a one-time plan bills seats window by window and never its base again', async () => {
  await story.goTo('2043-06-01')
  await story.plan('forever', { ...team, interval: 'one_time', price: 50_000 })
  await story.join('fern', 'forever', { initialSeats: { members: 6 } })
  await story.until('2043-06-16')
  await story.add('fern', 'members', 1)
  await story.until('2043-08-01')
  assert.deepEqual(await story.invoices('fern'), [
    'recurring 52500 = plan_base 50000 + 1 advance 2500',
    'overage 6250 = 1 true_up 1250 + 2 advance 5000',
    'overage 5000 = 2 advance 5000',
  ])
})

test('an immediate cancellation bills increases up to that day, a scheduled one to the end of the period; no advance', async () => {
  await story.goTo('2043-09-01')
  const gone = await story.join('gone', 'team', { initialSeats: { members: 5 } })
  const hush = await story.join('hush', 'team', { initialSeats: { members: 5 } })
  await story.goTo('2043-09-16')
  for (const customer of ['gone', 'hush']) await story.add(customer, 'members', 1)
  await story.world.client.subscriptions.cancel({ id: hush })
  await story.goTo('2043-09-22')
  await story.world.client.subscriptions.cancel({ id: gone, immediate: true })
  await story.until('2043-10-05')
  assert.deepEqual((await story.invoices('gone')).slice(1), ['overage 500 = 1 true_up 500'])
  assert.deepEqual((await story.invoices('hush')).slice(1), ['overage 1250 = 1 true_up 1250'])
})

test('in a trial the included seats are the limit; its end bills what is held then in advance', async () => {
  await story.goTo('2043-11-01')
  await story.plan('tried', { ...team, trialDays: 14 })
  await story.join('iris', 'tried', { initialSeats: { members: 5 } })
  await assert.rejects(story.add('iris', 'members', 1), { code: 'included_limit_reached', statusCode: 402 })
  await story.until('2043-11-15')
  await story.add('iris', 'members', 1)
  await story.until('2043-12-15')
  assert.deepEqual(await story.invoices('iris'), [
    'recurring 2900 = plan_base 2900',
    'recurring 7900 = plan_base 2900 + 1 true_up 2500 + 1 advance 2500',
  ])
})

test('a lower price and more included reach what is not billed yet; what was paid in advance stays paid', async () => {
  await story.goTo('2044-04-01')
  const plan = await story.plan('sale', { features: { chairs: { included: 5, beyond: 250_000 } } })
  await story.join('jade', 'sale', { initialSeats: { chairs: 6 } })
  await story.goTo('2044-04-16')
  await story.add('jade', 'chairs', 2)
  await story.goTo('2044-04-20')
  await story.world.client.plans.updateFeature({
    id: plan,
    featureId: 'chairs',
    includedAmount: 7,
    overage: { enabled: true, unitPrice: 100_000 },
  })
  await story.until('2044-05-01')
  // One of the two is included by now; the other costs $10 for 15 of 30 days.
  assert.deepEqual(await story.invoices('jade'), [
    'recurring 5400 = plan_base 2900 + 1 advance 2500',
    'recurring 4400 = plan_base 2900 + 1 true_up 500 + 1 advance 1000',
  ])
})

test('initial seats are checked like PUT /seats: trial and free plan hold no more than is included, unknown features are refused', async () => {
  await story.plan('gratis', { isFree: true, features: { members: { included: 5 } } })
  const refusal = async (customerId: string, planCode: string, initialSeats: Record<string, number>) => {
    await story.world.client.customers.create({ id: customerId, email: `${customerId}@example.com` })
    const { status, body } = await story.world.request('POST', '/api/v1/subscriptions', {
      body: { customerId, planCode, initialSeats },
    })
    return [status, body.error?.code ?? body.data?.status]
  }
  assert.deepEqual(await refusal('kale', 'tried', { members: 6 }), [402, 'included_limit_reached'])
  assert.deepEqual(await refusal('lime', 'gratis', { members: 6 }), [402, 'included_limit_reached'])
  assert.deepEqual(await refusal('mint', 'team', { nobody: 1 }), [404, 'feature_not_found'])
  assert.deepEqual(await refusal('nori', 'team', { chairs: 1 }), [403, 'feature_not_in_plan'])
  assert.deepEqual(await refusal('okra', 'gratis', { members: 5 }), [201, 'active'])
  // Nothing is left behind of what was refused.
  assert.deepEqual(await refusal('kale', 'tried', { members: 5 }), [201, 'pending_payment'])
})

test('the same request with the same seats gets its checkout back, with other seats a new one', async () => {
  const first = await story.subscribe('pear', 'team', { initialSeats: { members: 6 } })
  const again = async (members: number) => {
    const body = { customerId: 'pear', planCode: 'team', initialSeats: { members } }
    const answer = await story.world.request('POST', '/api/v1/subscriptions', { body })
    return [answer.status, answer.body.data.id === first.id]
  }
  assert.deepEqual(await again(6), [200, true])
  assert.deepEqual(await again(7), [201, false])
  assert.deepEqual(await story.invoices('pear'), [
    'recurring 5400 = plan_base 2900 + 1 advance 2500',
    'recurring 7900 = plan_base 2900 + 2 advance 5000',
  ])
})

test('held seats are shown in the subscription, in feature access and in the usage check', async () => {
  const id = await story.join('quin', 'team', { initialSeats: { members: 7 } })
  await story.remove('quin', 'members', 1)
  const { client } = story.world
  const { data: subscription } = await client.subscriptions.get({ id })
  assert.deepEqual(subscription?.features?.find(({ code }) => code === 'members')?.usage, {
    current: 6,
    included: 5,
    overageQuantity: 1,
    overageUnitPrice: 250_000,
  })
  const { data: access } = await client.featureAccess.get({ code: 'members', customerId: 'quin' })
  assert.deepEqual([access?.current, access?.remaining, access?.overageQuantity, access?.billedQuantity], [6, 0, 1, 7])
  // The seventh is paid for already, the eighth is not.
  const willBeCharged = async () =>
    (await client.featureAccess.canUse({ code: 'members', customerId: 'quin' })).data?.willBeCharged
  assert.equal(await willBeCharged(), false)
  await story.add('quin', 'members', 1)
  assert.equal(await willBeCharged(), true)
  const { data: check } = await client.usage.check({ customerId: 'quin', featureCode: 'members', quantity: 2 })
  assert.deepEqual([check?.allowed, check?.current, check?.included, check?.overageUnitPrice], [true, 7, 5, 250_000])
})

test('a year is trued up at its end at the lowest price since the increase', async () => {
  await story.goTo('2045-05-01')
  const plan = await story.plan('year', {
    interval: 'yearly',
    price: 100_000,
    features: { rooms: { included: 5, beyond: 250_000 } },
  })
  await story.join('etta', 'year', { initialSeats: { rooms: 5 } })
  const priced = (unitPrice: number) =>
    story.world.client.plans.updateFeature({ id: plan, featureId: 'rooms', overage: { enabled: true, unitPrice } })
  await story.until('2046-02-17')
  await story.add('etta', 'rooms', 1)
  await priced(100_000)
  await story.until('2046-03-03')
  await priced(400_000)
  await story.until('2046-05-01')
  assert.deepEqual(await story.invoices('etta'), [
    'recurring 100000 = plan_base 100000',
    // $10 × 12 windows × 73 of 365 days; the year that begins costs $40 × 12.
    'recurring 150400 = plan_base 100000 + 1 true_up 2400 + 1 advance 48000',
  ])
})

test('a count that no bill can say is refused as the slip that it is', async () => {
  await story.plan('absurd', { features: { seats: { included: 1, beyond: 5_000_000_000_000 } } })
  await story.join('zoe', 'absurd')
  const { client } = story.world
  const many = client.seats.set({ customerId: 'zoe', featureCode: 'seats', count: 1_000_000 })
  await assert.rejects(many, /would bill more than 100000000000000 minor units/)
  await client.seats.set({ customerId: 'zoe', featureCode: 'seats', count: 2001 })
  const oneMore = client.seats.add({ customerId: 'zoe', featureCode: 'seats', count: 1 })
  await assert.rejects(oneMore, /would bill more than/)
})
