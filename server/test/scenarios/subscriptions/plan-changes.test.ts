import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { ChangeStory } from '../../support/plan-changes.ts'

let story: ChangeStory
beforeEach(async () => {
  story = await ChangeStory.on('2041-06-01')
})
afterEach(() => story.close())

test('$29 to $99 with 15 of 30 days left pays $84.50, and the period restarts today', async () => {
  const [pro, business] = [await story.plan('pro', { price: 2900 }), await story.plan('business', { price: 9900 })]
  await story.group(pro, business)
  await story.join('ada', 'pro')
  await story.goTo('2041-06-16')
  assert.deepEqual(await story.changeNow('ada', business), {
    credit: 1450,
    creditsApplied: 0,
    charge: 9900,
    taxAmount: 0,
    netAmount: 8450,
    totalCharged: 8450,
    remainingCreditBalance: 0,
  })
  const changed = await story.subscription('ada')
  assert.equal(changed.plan.name, 'business')
  assert.deepEqual(changed.currentPeriod, {
    start: '2041-06-16T00:00:00.000Z',
    end: '2041-07-16T00:00:00.000Z',
    daysRemaining: 30,
  })
  assert.equal(changed.billingDayOfMonth, 16)
  await story.until('2041-08-16')
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'plan_change paid 2041-06-16..2041-07-16 8450 = plan_base 9900 + credit -1450',
    'recurring paid 2041-07-16..2041-08-16 9900 = plan_base 9900',
    'recurring paid 2041-08-16..2041-09-16 9900 = plan_base 9900',
  ])
  assert.deepEqual(await story.booked(), ['succeeded 2900', 'succeeded 8450', 'succeeded 9900', 'succeeded 9900'])
  await story.assertExplained('ada')
})

test('$300 a quarter to $600 a quarter on 15 February pays $450.00, next renewal 15 May', async () => {
  const small = await story.plan('small', { interval: 'quarterly', price: 30_000 })
  const large = await story.plan('large', { interval: 'quarterly', price: 60_000 })
  await story.group(small, large)
  await story.goTo('2042-01-01')
  await story.join('ada', 'small')
  await story.until('2042-02-15')
  assert.equal((await story.changeNow('ada', large)).totalCharged, 45_000)
  assert.equal((await story.subscription('ada')).nextBillingDate, '2042-05-15T00:00:00.000Z')
  await story.until('2042-05-15')
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'plan_change paid 2042-02-15..2042-05-15 45000 = plan_base 60000 + credit -15000',
    'recurring paid 2042-05-15..2042-08-15 60000 = plan_base 60000',
  ])
  await story.assertExplained('ada')
})

test('15,000 calls used of 10,000 on $29 to $99 with half of the month left pays $184.50, and counting starts anew', async () => {
  const calls = { included: 10_000, beyond: 200 }
  const pro = await story.plan('pro', { price: 2900, features: { calls } })
  const business = await story.plan('business', { price: 9900, features: { calls: { included: 50_000, beyond: 100 } } })
  await story.group(pro, business)
  await story.join('ada', 'pro')
  await story.use('ada', 'calls', 15_000)
  await story.goTo('2041-06-16')
  const billing = await story.changeNow('ada', business)
  assert.deepEqual([billing.credit, billing.charge, billing.totalCharged], [1450, 19_900, 18_450])
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'plan_change paid 2041-06-16..2041-07-16 18450 = plan_base 9900 + credit -1450 + 5000 beyond 10000',
  ])
  const { data } = await story.world.client.featureAccess.get({ customerId: 'ada', code: 'calls' })
  assert.deepEqual([data?.current, data?.included, data?.overageUnitPrice], [0, 50_000, 100])
  await story.use('ada', 'calls', 50_010)
  await story.until('2041-07-16')
  assert.deepEqual((await story.invoices('ada')).slice(2), [
    'recurring paid 2041-07-16..2041-08-16 9910 = plan_base 9900 + 10 beyond 10',
  ])
  await story.assertExplained('ada')
})

test('$99 with 8 seats, 5 included, to $299 with 10 included pays $249.50: seats are never credited', async () => {
  const [pro, business] = [await story.plan('pro', { price: 9900 }), await story.plan('business', { price: 29_900 })]
  await story.seats(pro, 5, 250_000)
  await story.seats(business, 10, 200_000)
  await story.group(pro, business)
  await story.join('ada', 'pro', { initialSeats: { seats: 8 } })
  await story.goTo('2041-06-16')
  assert.equal((await story.changeNow('ada', business)).totalCharged, 24_950)
  await story.until('2041-07-16')
  assert.deepEqual(await story.invoices('ada'), [
    'recurring paid 2041-06-01..2041-07-01 17400 = plan_base 9900 + feature_seats 7500',
    'plan_change paid 2041-06-16..2041-07-16 24950 = plan_base 29900 + credit -4950',
    'recurring paid 2041-07-16..2041-08-16 29900 = plan_base 29900',
  ])
  await story.assertExplained('ada')
})

test('the same with 12 seats and $20 beyond pays $40 more in advance', async () => {
  const [pro, business] = [await story.plan('pro', { price: 9900 }), await story.plan('business', { price: 29_900 })]
  await story.seats(pro, 5, 250_000)
  await story.seats(business, 10, 200_000)
  await story.group(pro, business)
  await story.join('ada', 'pro', { initialSeats: { seats: 12 } })
  await story.goTo('2041-06-16')
  assert.equal((await story.changeNow('ada', business)).totalCharged, 28_950)
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'plan_change paid 2041-06-16..2041-07-16 28950 = plan_base 29900 + credit -4950 + feature_seats 4000',
  ])
  await story.assertExplained('ada')
})

test('an increase of the period that ends early is billed from its day to today, at the old price', async () => {
  const [pro, business] = [await story.plan('pro', { price: 9900 }), await story.plan('business', { price: 29_900 })]
  await story.seats(pro, 5, 250_000)
  await story.seats(business, 10, 200_000)
  await story.group(pro, business)
  await story.join('ada', 'pro', { initialSeats: { seats: 5 } })
  await story.goTo('2041-06-11')
  // 2 more for 5 of 30 days at $25.
  await story.hold('ada', 7)
  await story.goTo('2041-06-16')
  assert.equal((await story.changeNow('ada', business)).totalCharged, 29_900 - 4950 + 833)
  // 4 beyond 10 from here on: 15 of 30 days at $20.
  await story.goTo('2041-07-01')
  await story.hold('ada', 14)
  await story.until('2041-07-16')
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'plan_change paid 2041-06-16..2041-07-16 25783 = plan_base 29900 + credit -4950 + feature_seats 833',
    'recurring paid 2041-07-16..2041-08-16 41900 = plan_base 29900 + feature_seats 4000 + feature_seats 8000',
  ])
  await story.assertExplained('ada')
})

test('a discount counts against the credit and ends with the old plan', async () => {
  const intro = { type: 'percentage', value: 5000, cycles: 6 } as const
  const [pro, business] = [
    await story.plan('pro', { price: 3000, intro }),
    await story.plan('business', { price: 9900 }),
  ]
  await story.group(pro, business)
  await story.join('ada', 'pro')
  await story.goTo('2041-06-16')
  const billing = await story.changeNow('ada', business)
  assert.deepEqual([billing.credit, billing.totalCharged], [750, 9150])
  assert.equal((await story.subscription('ada')).discount, null)
  await story.until('2041-07-16')
  assert.equal((await story.invoices('ada')).at(-1), 'recurring paid 2041-07-16..2041-08-16 9900 = plan_base 9900')
  await story.assertExplained('ada')
})

test('a credit of more than is charged stays the customer’s, and is used first on later invoices', async () => {
  const business = await story.plan('business', { price: 29_900 })
  const pro = await story.plan('pro', { interval: 'yearly', price: 9900 })
  await story.group(pro, business)
  await story.join('ada', 'business')
  await story.goTo('2041-06-16')
  assert.deepEqual(await story.changeNow('ada', pro, 'yearly'), {
    credit: 14_950,
    creditsApplied: 0,
    charge: 9900,
    taxAmount: 0,
    netAmount: 0,
    totalCharged: 0,
    remainingCreditBalance: 5050,
  })
  await story.until('2042-06-16')
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'plan_change paid 2041-06-16..2042-06-16 0 = plan_base 9900 + credit -9900',
    'recurring paid 2042-06-16..2043-06-16 4850 = plan_base 9900 + credit -5050',
  ])
  assert.deepEqual(await story.booked(), ['succeeded 29900', 'succeeded 4850'])
  await story.assertExplained('ada')
})

test('two changes on one day: the second gives all of the first back', async () => {
  const [one, two, three] = [
    await story.plan('one', { price: 3000 }),
    await story.plan('two', { price: 6000 }),
    await story.plan('three', { price: 9000 }),
  ]
  await story.group(one, two, three)
  await story.join('ada', 'one')
  await story.goTo('2041-06-16')
  assert.equal((await story.changeNow('ada', two)).totalCharged, 4500)
  assert.equal((await story.changeNow('ada', three)).totalCharged, 3000)
  await story.until('2041-07-16')
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'plan_change paid 2041-06-16..2041-07-16 4500 = plan_base 6000 + credit -1500',
    'plan_change paid 2041-06-16..2041-07-16 3000 = plan_base 9000 + credit -6000',
    'recurring paid 2041-07-16..2041-08-16 9000 = plan_base 9000',
  ])
  await story.assertExplained('ada')
})

test('a one-time plan to a later one: the full base comes off, and no period ever ends', async () => {
  const basic = await story.plan('basic', { interval: 'one_time', price: 9900 })
  const full = await story.plan('full', { interval: 'one_time', price: 19_900 })
  await story.group(basic, full)
  await story.join('ada', 'basic')
  await story.until('2041-09-10')
  assert.equal((await story.changeNow('ada', full)).totalCharged, 10_000)
  const changed = await story.subscription('ada')
  assert.deepEqual([changed.plan.name, changed.billingInterval, changed.nextBillingDate], ['full', 'one_time', null])
  await story.until('2042-09-10')
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'plan_change paid 2041-09-10..2041-10-10 10000 = plan_base 19900 + credit -9900',
  ])
  await story.assertExplained('ada')
})

test('a declined charge changes nothing', async () => {
  const [pro, business] = [await story.plan('pro', { price: 2900 }), await story.plan('business', { price: 9900 })]
  await story.group(pro, business)
  await story.join('ada', 'pro', { card: '4000000000000341' })
  const before = await story.subscription('ada')
  await story.goTo('2041-06-16')
  const { status, body } = await story.change('ada', { newPlanId: business })
  assert.deepEqual([status, body.error.code], [402, 'charge_failed'])
  const after = await story.subscription('ada')
  assert.deepEqual([after.plan, after.status, after.nextBillingDate], [before.plan, 'active', before.nextBillingDate])
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'plan_change void 2041-06-16..2041-07-16 8450 = plan_base 9900 + credit -1450',
  ])
  assert.deepEqual((await story.events('ada')).slice(-2), ['invoice.created', 'invoice.voided'])
})

test('what a change at once tells, in order', async () => {
  const [pro, business] = [await story.plan('pro', { price: 2900 }), await story.plan('business', { price: 9900 })]
  await story.group(pro, business)
  await story.join('ada', 'pro')
  await story.goTo('2041-06-16')
  await story.cancel('ada')
  await story.changeNow('ada', business)
  assert.deepEqual((await story.events('ada')).slice(-6), [
    'subscription.updated',
    'invoice.created',
    'payment.received',
    'subscription.cancellation_revoked',
    'subscription.updated',
    'subscription.plan_changed',
  ])
  assert.deepEqual((await story.states('ada')).slice(-2), [
    'cancellation_revoked: active before subscription.cancellation_revoked',
    'plan_change: active before subscription.plan_changed',
  ])
  const { id, cancelAtPeriodEnd } = await story.subscription('ada')
  assert.equal(cancelAtPeriodEnd, false)
  assert.deepEqual((await story.told('ada')).at(-1)?.data, {
    subscriptionId: id,
    customerId: 'ada',
    previousPlan: { id: pro, name: 'pro' },
    currentPlan: { id: business, name: 'business' },
    billingInterval: 'monthly',
    credit: 1450,
    charge: 9900,
    totalCharged: 8450,
  })
})
