import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { cards, Story } from '../support/billing-stories.ts'
import { visit } from '../support/checkouts.ts'
import { hiddenFields, portal, portalOf } from '../support/portals.ts'

let story: Story
const plans: Record<string, string> = {}
before(async () => {
  story = await Story.on('2042-04-01')
  const { client } = story.world
  plans.basic = await story.plan('basic', { price: 2900 })
  plans.pro = await story.plan('pro', { price: 9900 })
  plans.secret = await story.plan('secret', { price: 100 })
  await client.plans.setVisibility({ id: plans.secret, isPublic: false })
  await story.price(plans.basic, { interval: 'yearly', price: 29_000 })
  const { data: group } = await client.planGroups.create({ name: 'Plans' })
  assert(group)
  for (const planId of [plans.basic, plans.pro, plans.secret]) await client.planGroups.addPlan({ id: group.id, planId })
  await story.join('ada', 'basic')
  await story.join('eva', 'basic', { card: cards.failsLater })
  await story.until('2042-04-16')
})
after(() => story.close())

const read = async (token: string) => (await portal(story.world, 'GET', token)).body.data
const locationOf = (headers: Headers) => headers.get('location') ?? ''

test('the plans of the group that are shown to the public are offered, with when each would begin', async () => {
  const token = await portalOf(story.world, 'ada')
  const { body } = await portal(story.world, 'GET', `${token}/plans`)
  const options = body.data.options as { name: string; billingInterval: string; price: number; state: string }[]
  assert.deepEqual(
    options.map(({ name, billingInterval, price, state }) => [name, billingInterval, price, state]),
    [
      ['basic', 'monthly', 2900, 'current'],
      ['basic', 'yearly', 29_000, 'now'],
      ['pro', 'monthly', 9900, 'now'],
    ],
  )
  const hidden = await portal(story.world, 'GET', `${token}/plans?planId=${plans.secret}&billingInterval=monthly`)
  assert.equal(hidden.body.error.code, 'plan_not_found')
})

test('what a change costs is shown first, and is what is charged: $29 to $99 with 15 of 30 days left is $84.50', async () => {
  const token = await portalOf(story.world, 'ada')
  const asked = `/portal/${token}/plans?planId=${plans.pro}&billingInterval=monthly&locale=en`
  const page = await visit(story.world, asked)
  for (const words of ['$99.00', '-$14.50', 'Change and pay $84.50']) assert(page.body.includes(words), words)
  assert.equal((await read(token)).subscription.plan.name, 'basic')
  const form = hiddenFields(page.body, 'change-plan')
  const presses = [1, 2].map(() => visit(story.world, `/portal/${token}/change-plan?locale=en`, form))
  for (const { status } of await Promise.all(presses)) assert([303, 409].includes(status), String(status))
  const { subscription, invoices } = await read(token)
  assert.deepEqual([subscription.plan.name, subscription.price], ['pro', 9900])
  assert.deepEqual(
    invoices.map(({ total }: { total: number }) => total),
    [8450, 2900],
  )
})

test('an earlier plan waits for the end of the period, and the portal says so', async () => {
  const token = await portalOf(story.world, 'ada')
  const page = await visit(
    story.world,
    `/portal/${token}/plans?planId=${plans.basic}&billingInterval=monthly&locale=en`,
  )
  assert.match(page.body, /It starts on May 16, 2042\./)
  const form = hiddenFields(page.body, 'change-plan')
  const done = await visit(story.world, `/portal/${token}/change-plan?locale=en`, form)
  assert.equal(done.status, 303)
  const overview = await visit(story.world, locationOf(done.headers))
  assert.match(overview.body, /Your plan change is set\./)
  assert.match(overview.body, /To basic on May 16, 2042/)
})

test('a declined charge changes nothing and says so beside the plans', async () => {
  const token = await portalOf(story.world, 'eva')
  const page = await visit(story.world, `/portal/${token}/plans?planId=${plans.pro}&billingInterval=monthly&locale=en`)
  const refused = await visit(
    story.world,
    `/portal/${token}/change-plan?locale=en`,
    hiddenFields(page.body, 'change-plan'),
  )
  assert.equal(refused.status, 402)
  assert.match(refused.body, /Your card was declined\. Nothing was charged\./)
  assert.equal((await read(token)).subscription.plan.name, 'basic')
})

test('a free customer pays in a checkout first and is led back', async () => {
  const { client } = story.world
  const free = await story.plan('free', { isFree: true })
  const starter = await story.plan('starter', { price: 500 })
  const { data: group } = await client.planGroups.create({ name: 'Free and more' })
  assert(group)
  for (const planId of [free, starter]) await client.planGroups.addPlan({ id: group.id, planId })
  await story.join('fay', 'free')
  const token = await portalOf(story.world, 'fay')
  const asked = { planId: starter, billingInterval: 'monthly' }
  const { body } = await portal(story.world, 'POST', `${token}/change-plan`, asked)
  assert.match(body.data.redirectUrl, /^http:\/\/halley\.test\/checkout\//)
  const paid = await story.pay(body.data.redirectUrl)
  assert.equal(paid.body.data.redirectUrl, `http://halley.test/portal/${token}?done=change-plan`)
  assert.equal((await read(token)).subscription.plan.name, 'starter')
})

test('a plan that became dearer after its preview is not changed to: the new price is shown first', async () => {
  const { client } = story.world
  await story.join('kim', 'basic')
  const token = await portalOf(story.world, 'kim')
  const asked = `/portal/${token}/plans?planId=${plans.pro}&billingInterval=monthly&locale=en`
  const seen = hiddenFields((await visit(story.world, asked)).body, 'change-plan')
  const prices = story.world.db
    .selectFrom('plan_price')
    .select('id')
    .where('plan_id', '=', plans.pro ?? '')
  const { id: priceId } = await prices.executeTakeFirstOrThrow()
  await client.plans.updatePrice({ id: plans.pro ?? '', priceId, price: 19_900 })
  const pressed = await visit(story.world, `/portal/${token}/change-plan?locale=en`, seen)
  assert.equal(pressed.status, 409)
  assert.match(pressed.body, /The price has risen since you saw it\. Nothing was charged\./)
  assert.equal((await read(token)).subscription.plan.name, 'basic')
})
