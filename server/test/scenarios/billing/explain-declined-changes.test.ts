import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { cards } from '../../support/billing-stories.ts'
import { ChangeStory, refusal } from '../../support/plan-changes.ts'

const story = await ChangeStory.on('2041-06-01')
after(() => story.close())

test('the void invoice of a change that was declined is explained by what stood when it was decided', async () => {
  const calls = { calls: { included: 10, beyond: 10_000 } }
  const pro = await story.plan('pro', { price: 2900, features: calls })
  const business = await story.plan('business', { price: 9900, features: calls })
  await story.seats(pro, 5, 250_000)
  await story.seats(business, 6, 200_000)
  await story.group(pro, business)
  await story.join('ada', 'pro', { card: cards.failsLater })
  await story.use('ada', 'calls', 15)
  await story.goTo('2041-06-11')
  await story.hold('ada', 8)
  await story.goTo('2041-06-16')
  assert.equal(refusal(await story.change('ada', { newPlanId: business })), '402 charge_failed')
  // The window goes on, and gets kinder.
  await story.goTo('2041-06-17')
  await story.use('ada', 'calls', 100)
  await story.hold('ada', 9)
  await story.world.client.plans.updateFeature({ id: pro, featureId: 'calls', includedAmount: 12 })
  // Half of June is left, five calls beyond, three seats for 5 of 30 days, two in advance.
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'plan_change void 2041-06-16..2041-07-16 14200 = plan_base 9900 + credit -1450 + 5 beyond 500 + feature_seats 1250 + feature_seats 4000',
  ])
  await story.assertExplained('ada')
  // It is explained in the same way when its window and the increases of it were billed after all.
  await story.until('2041-07-02')
  await story.assertExplained('ada')
})

test('so is that of a free customer’s change whose checkout was left, by the plan it would have led to', async () => {
  const free = await story.plan('free', { isFree: true })
  await story.seats(free, 5)
  await story.group(free)
  await story.join('bob', 'free')
  await story.hold('bob', 5)
  const small = await story.plan('small', { price: 1900 })
  await story.seats(small, 2, 100_000)
  await story.group(small)
  assert.equal((await story.change('bob', { newPlanId: small })).status, 200)
  await story.assertExplained('bob')
  const { body } = await story.world.request('GET', '/api/v1/invoices?customerId=bob')
  const path = `/api/v1/invoices/${body.data[0].id}/status`
  assert.equal((await story.world.request('PUT', path, { body: { status: 'void' } })).status, 200)
  await story.until('2041-08-02')
  assert.equal(
    (await story.invoices('bob'))[0],
    'recurring void 2041-07-02..2041-08-02 4900 = plan_base 1900 + feature_seats 3000',
  )
  await story.assertExplained('bob')
})

test('a change of the catalogue after the decision does not reach its invoice, at the same moment of a standing clock', async () => {
  const features = { minutes: { included: 10, beyond: 10_000 } }
  const basic = await story.plan('basic', { price: 2900, features })
  const grand = await story.plan('grand', { price: 9900, features })
  await story.group(basic, grand)
  const include = (includedAmount: number) =>
    story.world.client.plans.updateFeature({ id: basic, featureId: 'minutes', includedAmount })
  await story.join('cyd', 'basic', { card: cards.failsLater })
  await story.use('cyd', 'minutes', 15)
  await include(11)
  assert.equal(refusal(await story.change('cyd', { newPlanId: grand })), '402 charge_failed')
  await include(12)
  assert.match((await story.invoices('cyd'))[1] ?? '', / 4 beyond 400/)
  await story.assertExplained('cyd')
})
