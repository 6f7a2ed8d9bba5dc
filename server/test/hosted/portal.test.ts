import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { cards, Story } from '../support/billing-stories.ts'
import { visit } from '../support/checkouts.ts'
import { hiddenFields, portal, portalOf, press } from '../support/portals.ts'

let story: Story
before(async () => {
  story = await Story.on('2042-03-10')
  await story.plan('pro', { price: 2900, features: { calls: { included: 1000, beyond: 200 } } })
})
after(() => story.close())

const locationOf = (headers: Headers) => headers.get('location') ?? ''
const read = async (token: string) => (await portal(story.world, 'GET', token)).body.data

test('the portal says what the plan is, what is used, what comes next and what was paid', async () => {
  await story.join('ada', 'pro')
  await story.use('ada', 'calls', 1250)
  const token = await portalOf(story.world, 'ada', 'https://shop.example/settings')
  const { subscription, paymentMethod, invoices, ...shown } = await read(token)
  assert.deepEqual(shown.organisation, { name: 'Acme' })
  assert.deepEqual([shown.returnUrl, shown.owed, shown.olderThan], ['https://shop.example/settings', null, null])
  assert.deepEqual(subscription.nextCharge, { on: '2042-04-10', amount: 2900 })
  assert.deepEqual([subscription.periodStart, subscription.periodEnd], ['2042-03-10', '2042-04-10'])
  assert.deepEqual(subscription.features, [
    {
      code: 'calls',
      name: 'calls',
      type: 'usage',
      current: 1250,
      included: 1000,
      unlimited: false,
      overageQuantity: 250,
      overageUnitPrice: 200,
      overageEnabled: true,
    },
  ])
  assert.deepEqual([paymentMethod.last4, paymentMethod.state], ['4242', 'good'])
  assert.equal(invoices.length, 1)
  assert.deepEqual([invoices[0].total, invoices[0].status, invoices[0].issuedOn], [2900, 'paid', '2042-03-10'])
  const page = await visit(story.world, `/portal/${token}?locale=en`)
  assert.equal(page.status, 200)
  for (const words of [
    '$29.00 a month',
    '1,250 of 1,000',
    '250 beyond your plan, $0.02 each',
    '$29.00 on April 10, 2042',
  ]) {
    assert(page.body.includes(words), words)
  }
  assert.match(page.body, /href="https:\/\/shop\.example\/settings"/)
  assert.doesNotMatch(page.body, /<script/)
})

test('canceling takes one confirmation, says when it ends, and is taken back with one press', async () => {
  await story.join('bob', 'pro')
  const token = await portalOf(story.world, 'bob')
  const asked = await visit(story.world, `/portal/${token}/cancel`)
  assert.match(asked.body, /Your subscription to pro would end on April 10, 2042/)
  assert.equal((await story.subscription('bob')).cancelAtPeriodEnd, false)
  const canceled = await visit(story.world, `/portal/${token}/cancel?locale=en`, { reason: 'too_expensive' })
  assert.deepEqual([canceled.status, locationOf(canceled.headers)], [303, `/portal/${token}?done=cancel&locale=en`])
  const { cancellation } = await story.subscription('bob')
  assert.equal(cancellation?.reason, 'too_expensive')
  const ending = await visit(story.world, locationOf(canceled.headers))
  assert.match(ending.body, /Your subscription is canceled\./)
  assert.match(ending.body, /Your subscription ends on April 10, 2042/)
  assert.equal((await press(story.world, token, 'uncancel')).status, 303)
  assert.equal((await story.subscription('bob')).cancelAtPeriodEnd, false)
  const twice = await press(story.world, token, 'uncancel')
  assert.equal(twice.status, 409)
  assert.match(twice.body, /there is nothing to take back/)
})

test('billing details are kept for invoices to come; what is wrong is marked beside its field', async () => {
  await story.join('cleo', 'pro')
  const token = await portalOf(story.world, 'cleo')
  const typed = { fullName: 'Cleo <b>Reyes</b>', country: 'DE', line1: 'Hauptstr. 1', line2: '', city: 'Berlin' }
  const wrong = await visit(story.world, `/portal/${token}/billing-details?locale=en`, { ...typed, postalCode: '' })
  assert.equal(wrong.status, 422)
  assert.match(wrong.body, /Enter your postal code/)
  assert.match(wrong.body, /value="Cleo &lt;b>Reyes&lt;\/b>"/)
  const saved = await visit(story.world, `/portal/${token}/billing-details`, {
    ...typed,
    postalCode: '10115',
    state: '',
  })
  assert.equal(saved.status, 303)
  const { customer } = await read(token)
  assert.equal(customer.fullName, 'Cleo <b>Reyes</b>')
  assert.deepEqual([customer.address.city, customer.address.country], ['Berlin', 'DE'])
  const { body } = await portal(story.world, 'POST', `${token}/billing-details`, { fullName: '' })
  assert.equal(body.error.code, 'validation_error')
})

test('the purchase order on invoices to come is a billing detail: shown, changed, kept where it is not named', async () => {
  await story.customer('otto')
  await story.world.request('PUT', '/api/v1/customers/otto', { body: { poNumber: 'PO-1' } })
  const token = await portalOf(story.world, 'otto')
  const details = { fullName: 'Otto', country: 'DE', line1: 'Weg 1', city: 'Bonn', postalCode: '53111' }
  const form = await visit(story.world, `/portal/${token}/billing-details?locale=en`)
  assert.match(form.body, /name="poNumber"[^>]* value="PO-1"/)
  assert.equal((await visit(story.world, `/portal/${token}/billing-details`, details)).status, 303)
  assert.equal((await read(token)).customer.poNumber, 'PO-1')
  const long = await visit(story.world, `/portal/${token}/billing-details?locale=en`, {
    ...details,
    poNumber: 'x'.repeat(101),
  })
  assert.equal(long.status, 422)
  assert.match(long.body, /Check this field: Purchase order number/)
  const typed = await visit(story.world, `/portal/${token}/billing-details`, { ...details, poNumber: ' PO <2> ' })
  assert.equal(typed.status, 303)
  assert.match((await visit(story.world, `/portal/${token}?locale=en`)).body, /Purchase order: PO &lt;2>/)
  assert.equal((await story.world.client.customers.get({ id: 'otto' })).data?.fullName, 'Otto')
  await visit(story.world, `/portal/${token}/billing-details`, { ...details, poNumber: '' })
  assert.equal((await read(token)).customer.poNumber, null)
})

test('another card is stored in a checkout that leads back', async () => {
  await story.join('dora', 'pro')
  const token = await portalOf(story.world, 'dora')
  const left = await press(story.world, token, 'payment-method')
  assert.equal(left.status, 303)
  assert.match(locationOf(left.headers), /^http:\/\/halley\.test\/checkout\//)
  const { body } = await story.pay(locationOf(left.headers), '5555555555554444')
  assert.equal(body.data.redirectUrl, `http://halley.test/portal/${token}?done=payment-method`)
  assert.equal((await read(token)).paymentMethod.last4, '4444')
})

test('a failed payment is told first; three tries a day, and another card pays it', async () => {
  await story.join('eva', 'pro', { card: cards.failsLater })
  await story.until('2042-04-10')
  const token = await portalOf(story.world, 'eva')
  const page = await visit(story.world, `/portal/${token}?locale=en`)
  assert.match(page.body, /We could not charge \$29\.00/)
  const { owed, subscription } = await read(token)
  assert.deepEqual([owed.total, subscription.status, subscription.may.retry], [2900, 'past_due', true])
  for (const _try of [1, 2, 3]) {
    const tried = await press(story.world, token, 'retry')
    assert.equal(tried.status, 402)
    assert.match(tried.body, /Your card was declined\. Nothing was charged\./)
  }
  const limited = await press(story.world, token, 'retry')
  assert.equal(limited.status, 429)
  assert.equal(limited.headers.get('retry-after'), String(12 * 60 * 60))
  assert.match(limited.body, /Too many tries/)
  const { headers } = await visit(story.world, new URL(owed.payUrl).pathname)
  const paid = await story.pay(`http://halley.test${locationOf(headers)}`)
  assert.equal(paid.status, 200)
  const after = await read(token)
  assert.deepEqual([after.owed, after.subscription.status], [null, 'active'])
})

test('whoever ended starts again with the stored card', async () => {
  await story.join('fay', 'pro')
  await story.cancel('fay', { immediate: true })
  const token = await portalOf(story.world, 'fay')
  const page = await visit(story.world, `/portal/${token}?locale=en`)
  assert.match(page.body, /Start pro again: Visa ending in 4242 is charged \$29\.00 today\./)
  const again = await press(story.world, token, 'retry')
  assert.deepEqual([again.status, (await read(token)).subscription.status], [303, 'active'])
})

test('starting again is shown with the price of today, and is not charged when that rises meanwhile', async () => {
  const planId = await story.plan('gold', { price: 9900 })
  await story.join('ren', 'gold')
  await story.cancel('ren', { immediate: true })
  const token = await portalOf(story.world, 'ren')
  const page = `/portal/${token}?locale=en`
  const seen = hiddenFields((await visit(story.world, page)).body, 'retry')
  const prices = story.world.db.selectFrom('plan_price').select('id').where('plan_id', '=', planId)
  const { id: priceId } = await prices.executeTakeFirstOrThrow()
  await story.world.client.plans.updatePrice({ id: planId, priceId, price: 19_900 })
  const refused = await visit(story.world, `/portal/${token}/retry?locale=en`, seen)
  assert.equal(refused.status, 409)
  for (const words of ['The price has risen since you saw it.', 'Visa ending in 4242 is charged $199.00 today.'])
    assert(refused.body.includes(words), words)
  assert.equal((await read(token)).subscription.status, 'canceled')
  const again = await visit(story.world, `/portal/${token}/retry`, hiddenFields(refused.body, 'retry'))
  const { subscription, invoices } = await read(token)
  assert.deepEqual([again.status, subscription.status, invoices[0].total], [303, 'active', 19_900])
})

test('a limit of their own is set in their way of writing amounts, and taken away by an empty field', async () => {
  await story.join('gus', 'pro')
  const token = await portalOf(story.world, 'gus')
  assert.equal((await press(story.world, token, 'spend-cap', { amount: '20,50' })).status, 303)
  assert.deepEqual((await read(token)).subscription.spendCap, { own: 2050, inForce: 2050 })
  const wrong = await press(story.world, token, 'spend-cap', { amount: '20.505' })
  assert.equal(wrong.status, 422)
  assert.match(wrong.body, /value="20\.505"/)
  assert.equal((await press(story.world, token, 'spend-cap', { amount: '' })).status, 303)
  assert.deepEqual((await read(token)).subscription.spendCap, { own: null, inForce: null })
})

test('what a form buys is bought once, however often its button is pressed', async () => {
  const { client } = story.world
  const { data: plan } = await client.plans.create({ code: 'tokens', name: 'Tokens', consumptionModel: 'credits' })
  assert(plan)
  await client.plans.addPrice({ id: plan.id, billingInterval: 'monthly', price: 1000, includedCredits: 100 })
  await client.creditPacks.create({ name: 'Small', credits: 500, price: 900 })
  await story.join('hal', 'tokens')
  const token = await portalOf(story.world, 'hal')
  const page = await visit(story.world, `/portal/${token}?locale=en`)
  assert.match(page.body, /500 credits for \$9\.00/)
  const form = hiddenFields(page.body, 'credit-packs')
  const presses = [1, 2, 3].map(() => visit(story.world, `/portal/${token}/credit-packs`, form))
  assert.deepEqual(new Set((await Promise.all(presses)).map(({ status }) => status)), new Set([303]))
  assert.deepEqual((await read(token)).subscription.credits, { remaining: 600, included: 100, purchased: 500 })
  assert.equal((await press(story.world, token, 'credit-packs', { creditPackId: form.creditPackId ?? '' })).status, 303)
  assert.equal((await read(token)).subscription.credits.purchased, 1000)
})

test('a balance is topped up by an amount as people write it', async () => {
  const { client } = story.world
  const { data: plan } = await client.plans.create({ code: 'prepaid', name: 'Prepaid', consumptionModel: 'balance' })
  assert(plan)
  await client.plans.addPrice({ id: plan.id, billingInterval: 'monthly', price: 1000, includedBalance: 50_000 })
  await story.join('ida', 'prepaid')
  const token = await portalOf(story.world, 'ida')
  assert.equal((await press(story.world, token, 'top-up', { amount: '12.34' })).status, 303)
  assert.equal((await read(token)).subscription.balance.remaining, 173_400)
  const little = await press(story.world, token, 'top-up', { amount: '0.10' })
  assert.equal(little.status, 422)
  assert.match(little.body, /It must be at least \$0\.50/)
  const json = await portal(story.world, 'POST', `${token}/top-up`, { amount: 100 }, 'key-1')
  const replay = await portal(story.world, 'POST', `${token}/top-up`, { amount: 100 }, 'key-1')
  assert.deepEqual([json.status, replay.status], [200, 200])
  assert.equal((await read(token)).subscription.balance.remaining, 183_400)
})
