import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { cards } from '../support/billing-stories.ts'
import { visit } from '../support/checkouts.ts'
import { HeldStory } from '../support/held-stories.ts'
import { hiddenFields, portal, portalOf } from '../support/portals.ts'

let story: HeldStory
before(async () => {
  story = await HeldStory.on('2040-04-01')
  await story.plan('team', { features: { editors: { included: 5, beyond: 250_000 } } })
  await story.plan('small', { features: { members: { included: 2 } } })
  await story.plan('free', { isFree: true, features: { guests: { included: 3 } } })
})
after(() => story.close())

const read = async (token: string) => (await portal(story.world, 'GET', token)).body.data
const seatsOf = async (token: string, query = '') => (await portal(story.world, 'GET', `${token}/seats${query}`)).body
const locationOf = (headers: Headers) => headers.get('location') ?? ''
const asked = (token: string, feature: string, count: string) =>
  visit(story.world, `/portal/${token}/seats?locale=en&featureCode=${feature}&count=${count}`)
const held = async (customer: string, featureCode: string) =>
  (await story.world.client.seats.getBalance({ customerId: customer, featureCode })).data?.current

test('what one more seat bills and when is shown first, and is what the renewal bills: $12.50 and $75.00', async () => {
  await story.join('ada', 'team', { initialSeats: { editors: 7 } })
  await story.goTo('2040-04-16')
  const token = await portalOf(story.world, 'ada')
  const { data } = await seatsOf(token)
  assert.deepEqual(data.features, [
    { code: 'editors', name: 'editors', current: 7, included: 5, unlimited: false, inPlan: true, unitPrice: 250_000 },
  ])
  const preview = (await seatsOf(token, '?featureCode=editors&count=8')).data.preview
  assert.deepEqual(preview, {
    code: 'editors',
    name: 'editors',
    from: 7,
    to: 8,
    thisPeriod: { amount: 1250, units: 1, on: '2040-05-01' },
    nextPeriod: { before: 5000, after: 7500, on: '2040-05-01' },
  })
  const page = await asked(token, 'editors', '8')
  for (const words of ['from 7 to 8', '$0.00', '$12.50', '$75.00 instead of $50.00', 'Have 8 from now on']) {
    assert(page.body.includes(words), words)
  }
  assert.equal(await held('ada', 'editors'), 7)
  const done = await visit(story.world, `/portal/${token}/seats?locale=en`, hiddenFields(page.body, 'seats'))
  assert.deepEqual([done.status, locationOf(done.headers)], [303, `/portal/${token}?done=seats&locale=en`])
  assert.match((await visit(story.world, locationOf(done.headers))).body, /Your seats are changed\./)
  assert.equal(await held('ada', 'editors'), 8)
  assert.deepEqual((await read(token)).subscription.nextCharge, { on: '2040-05-01', amount: 10_400 })
  await story.until('2040-05-01')
  assert.equal(
    (await story.invoices('ada')).at(-1),
    'recurring 11650 = plan_base 2900 + 1 true_up 1250 + 3 advance 7500',
  )
})

test('the same events as through the API, and the state before them', async () => {
  const told = await story.events('ada', 'seats.%')
  assert.deepEqual(told.at(-1)?.data, {
    customerId: 'ada',
    subscriptionId: told.at(-1)?.data.subscriptionId,
    featureCode: 'editors',
    previousSeats: 7,
    currentSeats: 8,
  })
  const states = await story.events('ada', 'customer.state_changed')
  assert.equal(states.filter(({ data }) => data.trigger === 'seats_updated').length, 1)
})

test('fewer seats refund nothing and lower the next period; going up to where one was costs nothing more', async () => {
  await story.join('bob', 'team', { initialSeats: { editors: 8 } })
  const token = await portalOf(story.world, 'bob')
  const fewer = (await seatsOf(token, '?featureCode=editors&count=6')).data.preview
  assert.deepEqual([fewer.thisPeriod, fewer.nextPeriod.before, fewer.nextPeriod.after], [null, 7500, 2500])
  assert.match((await asked(token, 'editors', '6')).body, /What is billed for this period stays billed\./)
  assert.equal((await portal(story.world, 'POST', `${token}/seats`, { featureCode: 'editors', count: 6 })).status, 200)
  const again = (await seatsOf(token, '?featureCode=editors&count=8')).data.preview
  assert.deepEqual([again.from, again.thisPeriod, again.nextPeriod.after], [6, null, 7500])
})

test('where nothing is sold beyond the plan the limit holds, before and after pressing', async () => {
  await story.join('cleo', 'small')
  const token = await portalOf(story.world, 'cleo')
  const page = await asked(token, 'members', '3')
  assert.equal(page.status, 402)
  assert.match(page.body, /Your plan has 2 and no more can be added\./)
  assert.equal((await seatsOf(token, '?featureCode=members&count=3')).error.code, 'included_limit_reached')
  const pressed = await visit(story.world, `/portal/${token}/seats?locale=en`, { featureCode: 'members', count: '3' })
  assert.equal(pressed.status, 402)
  assert.equal(await held('cleo', 'members'), 0)
  for (const count of ['-1', '2.5', 'two', '', '1000001']) {
    assert.equal((await asked(token, 'members', encodeURIComponent(count))).status, 422, count)
    assert.equal((await portal(story.world, 'POST', `${token}/seats`, { featureCode: 'members', count })).status, 422)
  }
  assert.equal((await asked(token, 'editors', '1')).status, 404)
})

test('on a free plan nothing is sold, and nothing is billed for what is included', async () => {
  await story.join('dora', 'free')
  const token = await portalOf(story.world, 'dora')
  const { preview } = (await seatsOf(token, '?featureCode=guests&count=3')).data
  assert.deepEqual([preview.thisPeriod, preview.nextPeriod], [null, null])
  assert.equal((await asked(token, 'guests', '4')).status, 402)
})

test('a form that is sent twice changes seats once, also when they changed meanwhile', async () => {
  await story.join('eva', 'team')
  const token = await portalOf(story.world, 'eva')
  const form = hiddenFields((await asked(token, 'editors', '3')).body, 'seats')
  assert.equal((await visit(story.world, `/portal/${token}/seats`, form)).status, 303)
  await story.add('eva', 'editors', 1)
  assert.equal((await visit(story.world, `/portal/${token}/seats`, form)).status, 303)
  assert.equal(await held('eva', 'editors'), 4)
})

test('seats that the plan has no more are listed, cost nothing, and can be given back but not added to', async () => {
  const plan = await story.plan('shrinking', { features: { desks: { included: 5 } } })
  await story.join('lou', 'shrinking', { initialSeats: { desks: 4 } })
  await story.world.client.plans.removeFeature({ id: plan, featureId: 'desks' })
  await story.until('2040-07-01')
  const token = await portalOf(story.world, 'lou')
  assert.deepEqual((await seatsOf(token)).data.features, [
    { code: 'desks', name: 'desks', current: 4, included: 0, unlimited: false, inPlan: false, unitPrice: null },
  ])
  assert.deepEqual(
    [(await read(token)).subscription.may.setSeats, (await read(token)).subscription.features],
    [true, []],
  )
  const overview = await visit(story.world, `/portal/${token}?locale=en`)
  assert.match(overview.body, /Change seats/)
  const page = await visit(story.world, `/portal/${token}/seats?locale=en`)
  assert.match(page.body, /Your plan does not have these any more\. They cost nothing, and you can give them back\./)
  const { preview } = (await seatsOf(token, '?featureCode=desks&count=1')).data
  assert.deepEqual([preview.from, preview.to, preview.thisPeriod, preview.nextPeriod], [4, 1, null, null])
  const form = hiddenFields(page.body, 'seats')
  const more = await visit(story.world, `/portal/${token}/seats?locale=en`, { ...form, count: '5' })
  assert.equal(more.status, 403)
  assert.match(more.body, /Your plan does not have these any more: you can only give some back\./)
  assert.equal((await seatsOf(token, '?featureCode=desks&count=5')).error.code, 'feature_not_in_plan')
  assert.equal((await visit(story.world, `/portal/${token}/seats?locale=en`, { ...form, count: '0' })).status, 303)
  assert.deepEqual((await seatsOf(token)).data.features, [])
  assert.equal((await read(token)).subscription.may.setSeats, false)
})

test('seats can be changed while a payment is past due, and the page says what that means', async () => {
  const { id, checkoutUrl } = await story.subscribe('fay', 'team')
  await story.pay(checkoutUrl ?? '', cards.failsLater)
  const { data } = await story.world.client.subscriptions.get({ id })
  await story.until(data?.currentPeriod?.end.slice(0, 10) ?? '')
  assert.equal((await story.world.client.subscriptions.get({ id })).data?.status, 'past_due')
  const token = await portalOf(story.world, 'fay')
  assert.equal((await read(token)).subscription.may.setSeats, true)
  assert.match(
    (await visit(story.world, `/portal/${token}/seats?locale=en`)).body,
    /Your last payment failed\. You can still/,
  )
  assert.equal((await portal(story.world, 'POST', `${token}/seats`, { featureCode: 'editors', count: 2 })).status, 200)
})
