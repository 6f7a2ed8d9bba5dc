import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { cards } from '../../support/billing-stories.ts'
import { hosted, visit } from '../../support/checkouts.ts'
import { ChangeStory, refusal } from '../../support/plan-changes.ts'

let story: ChangeStory
let plans: { free: string; hobby: string; pro: string; business: string }
beforeEach(async () => {
  story = await ChangeStory.on('2041-06-01')
  plans = {
    free: await story.plan('free', { isFree: true, features: { calls: { included: 5 } } }),
    hobby: await story.plan('hobby', { isFree: true, features: { calls: { included: 20 } } }),
    pro: await story.plan('pro', { price: 2900, trialDays: 14, features: { calls: { included: 100 } } }),
    business: await story.plan('business', { price: 9900, features: { calls: { included: 900 } } }),
  }
  await story.group(plans.free, plans.hobby, plans.pro, plans.business)
})
afterEach(() => story.close())

const tokenOf = (url: string) => url.split('/').at(-1) ?? ''

test('free to paid: a checkout, the free plan until it is paid, then the paid one with a period of its own', async () => {
  const id = await story.join('ada', 'free')
  await story.use('ada', 'calls', 3)
  await story.goTo('2041-06-10')
  const preview = await story.preview('ada', plans.business)
  assert.deepEqual(
    [preview.body.data.estimatedTotal, preview.body.data.currentPlanCredit, preview.body.data.isUpgrade],
    [9900, 0, true],
  )
  const { body } = await story.change('ada', { newPlanId: 'business', successUrl: 'https://example.com/thanks' })
  const { checkoutUrl } = body.data
  assert.deepEqual(body.data, { requiresCheckout: true, checkoutUrl, id, object: 'subscription', livemode: false })
  const still = await story.subscription('ada')
  assert.deepEqual([still.plan.name, still.status], ['free', 'active'])
  const described = (await hosted(story.world, 'GET', tokenOf(checkoutUrl))).body.data
  assert.deepEqual(
    [described.kind, described.plan.name, described.total, described.renewal.on, described.successUrl],
    ['payment', 'business', 9900, '2041-07-10', 'https://example.com/thanks'],
  )
  await story.goTo('2041-06-12')
  assert.equal((await story.pay(checkoutUrl)).status, 200)
  const paid = await story.subscription('ada')
  assert.deepEqual(
    [paid.id, paid.plan.name, paid.plan.basePrice, paid.billingInterval, paid.nextBillingDate],
    [id, 'business', 9900, 'monthly', '2041-07-12T00:00:00.000Z'],
  )
  const { data } = await story.world.client.featureAccess.get({ customerId: 'ada', code: 'calls' })
  assert.deepEqual([data?.current, data?.included], [0, 900])
  await story.until('2041-07-12')
  assert.deepEqual(await story.invoices('ada'), [
    'recurring paid 2041-06-12..2041-07-12 9900 = plan_base 9900',
    'recurring paid 2041-07-12..2041-08-12 9900 = plan_base 9900',
  ])
  const receipt = (await hosted(story.world, 'GET', tokenOf(checkoutUrl))).body.data
  assert.deepEqual([receipt.status, receipt.plan.name, receipt.receipt.total], ['complete', 'business', 9900])
  assert.deepEqual((await story.events('ada')).slice(0, 8), [
    'customer.created',
    'subscription.created',
    'invoice.created',
    'checkout.ready',
    'customer.updated',
    'payment_method.attached',
    'payment.received',
    'subscription.activated',
  ])
  await story.assertExplained('ada')
})

test('asked for the same again the checkout is the same, and another selection takes its place', async () => {
  await story.join('ada', 'free')
  const first = (await story.change('ada', { newPlanId: 'business' })).body.data.checkoutUrl
  assert.equal((await story.change('ada', { newPlanId: plans.business })).body.data.checkoutUrl, first)
  const second = (await story.change('ada', { newPlanId: 'pro' })).body.data.checkoutUrl
  assert.notEqual(second, first)
  assert.equal((await story.pay(first)).status, 409)
  assert.deepEqual(
    (await story.invoices('ada')).map((invoice) => invoice.split(' ').slice(0, 2).join(' ')),
    ['recurring void', 'recurring outstanding'],
  )
  assert.equal((await story.pay(second)).status, 200)
  const paid = await story.subscription('ada')
  assert.deepEqual([paid.status, paid.plan.name, paid.trialEndsAt], ['active', 'pro', null])
})

test('a declined card leaves the free plan, and the checkout may be tried again', async () => {
  await story.join('ada', 'free')
  const { checkoutUrl } = (await story.change('ada', { newPlanId: 'business' })).body.data
  assert.equal((await story.pay(checkoutUrl, cards.declined)).status, 402)
  assert.equal((await story.subscription('ada')).plan.name, 'free')
  assert.equal((await story.pay(checkoutUrl)).status, 200)
  assert.equal((await story.subscription('ada')).plan.name, 'business')
})

test('the free plan that is canceled takes its checkout along', async () => {
  await story.join('ada', 'free')
  const { checkoutUrl } = (await story.change('ada', { newPlanId: 'business' })).body.data
  await story.cancel('ada')
  assert.equal((await story.pay(checkoutUrl)).status, 409)
  assert.equal((await story.invoices('ada'))[0]?.startsWith('recurring void'), true)
})

test('the free plan’s windows go on while the checkout is open, and its payment begins today', async () => {
  await story.join('ada', 'free')
  const { checkoutUrl } = (await story.change('ada', { newPlanId: 'business' })).body.data
  await story.until('2041-08-20')
  assert.equal((await story.pay(checkoutUrl)).status, 200)
  await story.until('2041-09-20')
  assert.deepEqual(await story.invoices('ada'), [
    'recurring paid 2041-08-20..2041-09-20 9900 = plan_base 9900',
    'recurring paid 2041-09-20..2041-10-20 9900 = plan_base 9900',
  ])
  await story.assertExplained('ada')
})

test('free to free: at once, nothing to pay, and counting starts anew', async () => {
  await story.join('ada', 'free')
  await story.use('ada', 'calls', 4)
  await story.goTo('2041-06-10')
  const billing = await story.changeNow('ada', plans.hobby)
  assert.deepEqual(Object.values(billing), [0, 0, 0, 0, 0, 0, 0])
  const { data } = await story.world.client.featureAccess.get({ customerId: 'ada', code: 'calls' })
  assert.deepEqual([data?.current, data?.included], [0, 20])
  const changed = await story.subscription('ada')
  assert.deepEqual(changed.currentPeriod?.end, '2041-07-10T00:00:00.000Z')
  await story.until('2041-09-01')
  assert.deepEqual(await story.invoices('ada'), [])
})

test('in a trial to a later plan: at once, the full price, and the trial is over', async () => {
  await story.join('ada', 'pro')
  await story.goTo('2041-06-08')
  const billing = await story.changeNow('ada', plans.business)
  assert.deepEqual([billing.credit, billing.totalCharged], [0, 9900])
  const converted = await story.subscription('ada')
  assert.deepEqual(
    [converted.status, converted.plan.name, converted.trialEndsAt, converted.nextBillingDate],
    ['active', 'business', '2041-06-08T00:00:00.000Z', '2041-07-08T00:00:00.000Z'],
  )
  assert.deepEqual((await story.events('ada')).slice(-5), [
    'invoice.created',
    'payment.received',
    'trial.converted',
    'subscription.activated',
    'subscription.plan_changed',
  ])
  assert.deepEqual((await story.states('ada')).slice(-3), [
    'trial_converted: active before trial.converted',
    'subscription_activated: active before subscription.activated',
    'plan_change: active before subscription.plan_changed',
  ])
  await story.until('2041-07-08')
  assert.deepEqual(await story.invoices('ada'), [
    'plan_change paid 2041-06-08..2041-07-08 9900 = plan_base 9900',
    'recurring paid 2041-07-08..2041-08-08 9900 = plan_base 9900',
  ])
  assert.equal((await story.events('ada')).includes('trial.expired'), false)
})

test('in a trial, declined: the trial goes on', async () => {
  await story.join('ada', 'pro', { card: cards.failsLater })
  await story.goTo('2041-06-08')
  assert.equal(refusal(await story.change('ada', { newPlanId: 'business' })), '402 charge_failed')
  const trial = await story.subscription('ada')
  assert.deepEqual([trial.status, trial.plan.name, trial.trialEndsAt], ['trialing', 'pro', '2041-06-15T00:00:00.000Z'])
})

test('in a trial to an earlier plan: at the trial’s end, at the earlier plan’s price', async () => {
  await story.join('ada', 'business', { customTrialDays: 10 })
  const { body } = await story.change('ada', { newPlanId: 'pro' })
  assert.equal(body.data.scheduledFor, '2041-06-11T00:00:00.000Z')
  await story.until('2041-06-11')
  const active = await story.subscription('ada')
  assert.deepEqual([active.status, active.plan.name, active.billingDayOfMonth], ['active', 'pro', 11])
  assert.deepEqual(await story.invoices('ada'), ['recurring paid 2041-06-11..2041-07-11 2900 = plan_base 2900'])
  assert.deepEqual((await story.events('ada')).slice(-5), [
    'trial.expired',
    'subscription.plan_changed',
    'invoice.created',
    'payment.received',
    'subscription.activated',
  ])
})

test('in a trial to a free plan: at the trial’s end, and nothing is ever charged', async () => {
  await story.join('ada', 'pro')
  await story.change('ada', { newPlanId: 'free' })
  await story.until('2041-09-01')
  const free = await story.subscription('ada')
  assert.deepEqual(
    [free.status, free.plan.name, free.billingInterval, free.billingDayOfMonth],
    ['active', 'free', null, null],
  )
  assert.deepEqual(await story.invoices('ada'), [])
})

test('a free customer who is billed in the euro area pays in euros, and every later change is priced in them', async () => {
  for (const id of [plans.pro, plans.business]) {
    await story.world.client.plans.setRegionalPricing({ id, currency: 'eur', exchangeRate: 0.9 })
  }
  await story.join('ada', 'free')
  const { checkoutUrl } = (await story.change('ada', { newPlanId: 'pro' })).body.data
  const token = tokenOf(checkoutUrl)
  const { body } = await hosted(story.world, 'PUT', `${token}/quote`, { country: 'FR' })
  assert.deepEqual([body.data.currency, body.data.total, body.data.plan.name], ['eur', 2610, 'pro'])
  const card = { number: cards.good, expMonth: 12, expYear: 2099, cvc: '123' }
  const address = { country: 'FR', line1: '1 Rue de Rivoli', city: 'Paris', postalCode: '75001' }
  const paid = await hosted(story.world, 'POST', `${token}/confirm`, { fullName: 'Ada Lovelace', address, card })
  assert.equal(paid.status, 200, JSON.stringify(paid.body))
  assert.deepEqual(await story.booked(), ['succeeded 2610'])
  await story.goTo('2041-06-16')
  assert.equal((await story.preview('ada', 'business')).body.data.currency, 'eur')
  const billing = await story.changeNow('ada', plans.business)
  assert.deepEqual([billing.charge, billing.credit, billing.totalCharged], [8910, 1305, 7605])
  await story.until('2041-07-16')
  assert.deepEqual(await story.invoices('ada'), [
    'recurring paid 2041-06-01..2041-07-01 2610 = plan_base 2610',
    'plan_change paid 2041-06-16..2041-07-16 7605 = plan_base 8910 + credit -1305',
    'recurring paid 2041-07-16..2041-08-16 8910 = plan_base 8910',
  ])
  await story.assertExplained('ada')
})

test('a checkout of a change follows the seats held until it is paid, and nobody pays more than was shown', async () => {
  await story.seats(plans.free, 20)
  await story.seats(plans.business, 5, 250_000)
  const { client } = story.world
  const hold = (customerId: string, count: number) => client.seats.set({ customerId, featureCode: 'seats', count })
  for (const customer of ['ada', 'bob']) await story.join(customer, 'free')
  await hold('ada', 9)
  const many = await story.change('ada', { newPlanId: 'business' })
  assert.equal((await hosted(story.world, 'GET', tokenOf(many.body.data.checkoutUrl))).body.data.total, 19_900)
  const page = await visit(story.world, `/checkout/${tokenOf(many.body.data.checkoutUrl)}?locale=en`)
  assert.match(page.body, /4 × \$25\.00/)
  await hold('ada', 5)
  assert.equal((await story.pay(many.body.data.checkoutUrl)).status, 200)
  const few = await story.change('bob', { newPlanId: 'business' })
  await hold('bob', 7)
  const refused = await story.pay(few.body.data.checkoutUrl)
  assert.deepEqual([refused.status, refused.body.error.code], [409, 'invalid_subscription_status'])
  assert.equal((await hosted(story.world, 'GET', tokenOf(few.body.data.checkoutUrl))).body.data.total, 14_900)
  assert.equal((await story.pay(few.body.data.checkoutUrl)).status, 200)
  assert.deepEqual(await story.booked(), ['succeeded 9900', 'succeeded 14900'])
})

test('a checkout of a change is not paid by who holds more seats by then than the plan takes: nothing is charged', async () => {
  await story.seats(plans.free, 20)
  await story.seats(plans.business, 5)
  const { client } = story.world
  await story.join('ada', 'free')
  const hold = (count: number) => client.seats.set({ customerId: 'ada', featureCode: 'seats', count })
  await hold(5)
  const { checkoutUrl } = (await story.change('ada', { newPlanId: 'business' })).body.data
  await hold(6)
  const refused = await story.pay(checkoutUrl)
  assert.deepEqual([refused.status, refused.body.error.code], [400, 'seat_limit_exceeded'])
  assert.deepEqual(refused.body.error.details, { featureCode: 'seats', currentSeats: 6, included: 5 })
  assert.equal(
    refused.body.error.message,
    '6 seats of seats are held. The plan business includes 5 and sells none beyond: remove 1 first. Nothing was charged.',
  )
  assert.deepEqual(await story.booked(), [])
  assert.equal((await story.subscription('ada')).plan.name, 'free')
  await hold(5)
  assert.equal((await story.pay(checkoutUrl)).status, 200)
  assert.deepEqual(await story.booked(), ['succeeded 9900'])
})

test('seats that are added while a change is being paid: either they are refused or the payment is, whoever comes first', async () => {
  await story.seats(plans.free, 20)
  await story.seats(plans.business, 5)
  const { client } = story.world
  const outcomes = new Set<string>()
  for (let round = 0; round < 8; round++) {
    const customer = `racer${round}`
    await story.join(customer, 'free')
    await story.hold(customer, 5)
    const { checkoutUrl } = (await story.change(customer, { newPlanId: 'business' })).body.data
    const add = client.seats.add({ customerId: customer, featureCode: 'seats', count: 1 }).then(
      () => 'added',
      (error: { code: string }) => error.code,
    )
    const [added, paid] = await Promise.all([add, story.pay(checkoutUrl)])
    const { plan } = await story.subscription(customer)
    const { data } = await client.seats.getBalance({ customerId: customer, featureCode: 'seats' })
    const isPaid = paid.status === 200
    assert.equal(plan.name, isPaid ? 'business' : 'free')
    assert.equal(data?.current, added === 'added' ? 6 : 5)
    assert.notEqual(isPaid, added === 'added', `${paid.status} ${added}`)
    if (!isPaid) assert.equal(refusal(paid), '400 seat_limit_exceeded')
    outcomes.add(isPaid ? 'paid' : 'added')
  }
  assert.ok(outcomes.size > 0)
})

test('while the customer is at their bank with a change, no seats are added; giving back is possible', async () => {
  await story.seats(plans.free, 20)
  await story.seats(plans.business, 5)
  const { client } = story.world
  const seats = { customerId: 'ada', featureCode: 'seats' }
  await story.join('ada', 'free')
  await story.hold('ada', 5)
  const { checkoutUrl } = (await story.change('ada', { newPlanId: 'business' })).body.data
  const begun = await story.pay(checkoutUrl, cards.asks)
  assert.equal(begun.body.data.status, 'requires_action')
  await assert.rejects(client.seats.add({ ...seats, count: 1 }), { code: 'charge_in_progress', statusCode: 409 })
  assert.equal((await client.seats.remove({ ...seats, count: 1 })).data?.newBalance, 4)
})
