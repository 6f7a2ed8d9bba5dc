import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { activeAddons, sell } from '../support/addon-stories.ts'
import { cards, Story } from '../support/billing-stories.ts'
import { visit } from '../support/checkouts.ts'
import { portal, portalOf, press } from '../support/portals.ts'
import { registerTax } from '../support/taxes.ts'

let story: Story
let support: { id: string }
before(async () => {
  story = await Story.on('2042-06-01')
  await story.plan('pro', { price: 2900, features: { calls: { included: 1000 } } })
  support = await sell(story.world, { feature: 'support', price: 1000 })
  await sell(story.world, { feature: 'images', type: 'usage', model: 'credits', creditCost: 2 })
  await story.world.client.addons.create({
    name: 'Calls',
    basePrice: 1,
    featureId: 'calls',
    consumptionModel: 'metered',
  })
})
after(() => story.close())

const addonsOf = async (token: string) => (await portal(story.world, 'GET', token)).body.data.subscription.addons

test('the portal offers the add-ons that fit, with what they cost for the rest of the period', async () => {
  await story.join('ada', 'pro')
  await story.goTo('2042-06-16')
  const token = await portalOf(story.world, 'ada')
  assert.deepEqual(await addonsOf(token), [
    { id: support.id, name: 'support', description: null, isActive: false, price: 1000, now: 500, later: 0 },
  ])
  const page = await visit(story.world, `/portal/${token}?locale=en`)
  for (const words of ['support, $10.00 a month', '$5.00 now, for the rest of this period', 'Add support']) {
    assert(page.body.includes(words), words)
  }
})

test('activated and ended in the portal: charged what was shown, once, and told so', async () => {
  const token = await portalOf(story.world, 'ada')
  const pressed = await press(story.world, token, 'activate-addon')
  assert.equal(pressed.status, 303)
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'addon_activation paid 2042-06-16..2042-06-16 500 = addon_base 500',
  ])
  const [active] = await addonsOf(token)
  assert.equal(active.isActive, true)
  const { nextCharge } = (await portal(story.world, 'GET', token)).body.data.subscription
  assert.deepEqual(nextCharge, { on: '2042-07-01', amount: 3900 })
  const page = await visit(story.world, `/portal/${token}?locale=en&done=activate-addon`)
  for (const words of ['The add-on is yours.', 'End support now', 'is not refunded'])
    assert(page.body.includes(words), words)
  assert.equal((await press(story.world, token, 'deactivate-addon')).status, 303)
  assert.deepEqual(await activeAddons(story, 'ada'), [])
})

test('a button that is pressed twice charges once', async () => {
  await story.join('bob', 'pro')
  const token = await portalOf(story.world, 'bob')
  const body = { addonId: support.id }
  const send = () => portal(story.world, 'POST', `${token}/activate-addon`, body, 'pressed')
  const answers = await Promise.all([send(), send()])
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 200])
  assert.equal((await story.invoices('bob')).length, 2)
})

test('a declined card: said so, and the add-on is not there', async () => {
  await story.join('eve', 'pro', { card: cards.failsLater })
  const token = await portalOf(story.world, 'eve')
  const refused = await press(story.world, token, 'activate-addon')
  assert.equal(refused.status, 402)
  assert.match(refused.body, /Your card was declined/)
  assert.deepEqual(await activeAddons(story, 'eve'), [])
})

test('where tax is charged the portal shows what the card will be charged, and that is charged', async () => {
  await registerTax(story.world, 'DE', ['DE'])
  await story.join('hans', 'pro', { country: 'DE' })
  const token = await portalOf(story.world, 'hans')
  // $10.00 and 19 % of it.
  assert.equal((await addonsOf(token))[0].now, 1190)
  assert.equal((await press(story.world, token, 'activate-addon')).status, 303)
  assert.equal(
    (await story.invoices('hans')).at(-1),
    'addon_activation paid 2042-06-16..2042-06-16 1190 = addon_base 1000',
  )
  assert.equal((await story.booked()).at(-1), 'succeeded 1190')
})
