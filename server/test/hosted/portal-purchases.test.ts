import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { activeAddons, sell } from '../support/addon-stories.ts'
import { cards, Story } from '../support/billing-stories.ts'
import { visit } from '../support/checkouts.ts'
import { hiddenFields, portal, portalOf, press } from '../support/portals.ts'
import { registerTax } from '../support/taxes.ts'

let story: Story
let packId: string
before(async () => {
  story = await Story.on('2042-06-01')
  const { client } = story.world
  const tokens = await client.plans.create({ code: 'tokens', name: 'Tokens', consumptionModel: 'credits' })
  assert(tokens.data)
  await client.plans.addPrice({ id: tokens.data.id, billingInterval: 'monthly', price: 1000, includedCredits: 100 })
  await client.features.create({ code: 'images', name: 'Images', type: 'usage' })
  await client.plans.addFeature({ id: tokens.data.id, featureId: 'images', creditsPerUnit: 2 })
  packId = (await client.creditPacks.create({ name: 'Small', credits: 500, price: 900 })).data?.id ?? ''
  await story.plan('pro', { price: 2900 })
  await sell(story.world, { feature: 'support', price: 1000 })
})
after(() => story.close())

const read = async (token: string) => (await portal(story.world, 'GET', token)).body.data
const locationOf = (headers: Headers) => headers.get('location') ?? ''
const pathOf = (headers: Headers) => {
  const { pathname, search } = new URL(locationOf(headers), 'http://halley.test')
  return pathname + search
}

/** Subscribes with a card whose bank asks each time, and opens the portal. */
async function joinAsked(customer: string, plan: string): Promise<string> {
  await story.customer(customer)
  const { checkoutUrl } = await story.subscribe(customer, plan)
  const { body } = await story.pay(checkoutUrl, cards.asks)
  await visit(story.world, new URL(body.data.action.url).pathname, { outcome: 'approve' })
  return portalOf(story.world, customer)
}

test('a bank that asks is answered in the portal: what was bought is there then, and charged once', async () => {
  const token = await joinAsked('ada', 'tokens')
  const pressed = await press(story.world, token, 'credit-packs')
  assert.equal(pressed.status, 303)
  assert.match(locationOf(pressed.headers), /\/portal\/[^/]+\/authenticate\/txn_/)
  const { confirmation, subscription } = await read(token)
  assert.deepEqual([confirmation.total, subscription.credits.purchased], [900, 0])
  const waiting = await visit(story.world, `/portal/${token}?locale=en`)
  assert.match(waiting.body, /Your bank asks you to confirm \$9\.00/)
  const bank = await visit(story.world, pathOf(pressed.headers))
  assert.match(bank.body, /\$9\.00/)
  const approved = await visit(story.world, pathOf(pressed.headers), { outcome: 'approve' })
  assert.deepEqual([approved.status, pathOf(approved.headers)], [303, `/portal/${token}?done=credit-packs`])
  const again = await visit(story.world, pathOf(pressed.headers), { outcome: 'approve' })
  assert.equal(again.status, 303)
  const after = await read(token)
  assert.deepEqual([after.confirmation, after.subscription.credits.purchased], [null, 500])
  assert.equal((await story.booked()).filter((told) => told === 'succeeded 900').length, 1)
})

test('whoever fails their bank has bought nothing and reads why', async () => {
  const token = await joinAsked('bob', 'tokens')
  const { body } = await portal(story.world, 'POST', `${token}/credit-packs`, { creditPackId: packId })
  const path = new URL(body.data.redirectUrl).pathname
  const failed = await visit(story.world, `${path}?locale=en`, { outcome: 'fail' })
  assert.equal(failed.status, 402)
  assert.match(failed.body, /Your bank could not confirm that it was you\. Nothing was charged\./)
  const { confirmation, subscription, invoices } = await read(token)
  assert.deepEqual([confirmation, subscription.credits.purchased, invoices[0].status], [null, 0, 'void'])
})

test('an add-on waits for the bank too, and nobody else can answer it', async () => {
  const token = await joinAsked('cleo', 'pro')
  const pressed = await press(story.world, token, 'activate-addon')
  const attempt = pathOf(pressed.headers).split('/').at(-1)
  await story.join('dora', 'pro')
  const other = await portalOf(story.world, 'dora')
  assert.equal(
    (await visit(story.world, `/portal/${other}/authenticate/${attempt}`, { outcome: 'approve' })).status,
    404,
  )
  assert.deepEqual(await activeAddons(story, 'cleo'), [])
  assert.equal((await visit(story.world, pathOf(pressed.headers), { outcome: 'approve' })).status, 303)
  assert.equal((await activeAddons(story, 'cleo')).length, 1)
})

test('a renewal asks nobody: the same card is declined then, as nobody is there', async () => {
  const token = await joinAsked('eva', 'pro')
  await story.until('2042-07-01')
  const { subscription } = await read(token)
  assert.equal(subscription.status, 'past_due')
})

test('what came into the credits and what went out is listed, usage of a day in one line', async () => {
  await story.join('fay', 'tokens')
  await story.use('fay', 'images', 3)
  await story.use('fay', 'images', 4)
  const token = await portalOf(story.world, 'fay')
  await press(story.world, token, 'credit-packs')
  await story.use('fay', 'images', 1)
  const { data } = (await portal(story.world, 'GET', `${token}/history`)).body
  assert.deepEqual([data.model, data.olderThan], ['credits', null])
  assert.deepEqual(
    data.entries.map(({ kind, change, after }: Record<string, unknown>) => [kind, change, after]),
    [
      ['consumption', -2, 584],
      ['purchase', 500, 586],
      ['consumption', -14, 86],
      ['grant', 100, 100],
    ],
  )
  const older = (await portal(story.world, 'GET', `${token}/history?before=2`)).body.data
  assert.deepEqual(older.entries.length, 1)
  const page = await visit(story.world, `/portal/${token}/history?locale=en`)
  for (const words of ['Bought', '+500', 'Used', '-14', '584']) assert(page.body.includes(words), words)
})

test('a change of plan that waits is taken back, and told as revoked', async () => {
  const { client } = story.world
  const basic = await story.plan('basic', { price: 900 })
  const plus = await story.plan('plus', { price: 4900 })
  const { data: group } = await client.planGroups.create({ name: 'Plans' })
  for (const planId of [basic, plus]) await client.planGroups.addPlan({ id: group?.id ?? '', planId })
  await story.join('gus', 'plus')
  const token = await portalOf(story.world, 'gus')
  const asked = `/portal/${token}/plans?planId=${basic}&billingInterval=monthly&locale=en`
  const page = await visit(story.world, asked)
  assert.match(page.body, /\$9\.00 on August 1, 2042/)
  assert.equal(
    (await visit(story.world, `/portal/${token}/change-plan`, hiddenFields(page.body, 'change-plan'))).status,
    303,
  )
  assert.match((await visit(story.world, `/portal/${token}?locale=en`)).body, /Stay with plus/)
  assert.deepEqual((await read(token)).subscription.nextCharge, { on: '2042-08-01', amount: 900 })
  assert.equal((await press(story.world, token, 'keep-plan')).status, 303)
  assert.equal((await read(token)).subscription.scheduledChange, null)
  assert.equal((await story.events('gus')).at(-1), 'subscription.plan_change_revoked')
  const twice = await press(story.world, token, 'keep-plan')
  assert.equal(twice.status, 400)
  await story.until('2042-08-01')
  assert.equal((await read(token)).subscription.plan.name, 'plus')
})

test('a pack that became dearer after the page was shown is not bought: the new price is shown first', async () => {
  await story.join('mia', 'tokens')
  const token = await portalOf(story.world, 'mia')
  const seen = hiddenFields((await visit(story.world, `/portal/${token}?locale=en`)).body, 'credit-packs')
  await story.world.client.creditPacks.update({ id: packId, price: 9900 })
  const pressed = await visit(story.world, `/portal/${token}/credit-packs?locale=en`, seen)
  assert.equal(pressed.status, 409)
  for (const words of ['The price has risen since you saw it. Nothing was charged.', '500 credits for $99.00'])
    assert(pressed.body.includes(words), words)
  assert.equal((await read(token)).invoices.length, 1)
  const bought = await visit(story.world, `/portal/${token}/credit-packs`, hiddenFields(pressed.body, 'credit-packs'))
  assert.equal(bought.status, 303)
  assert.equal((await read(token)).invoices[0].total, 9900)
  await story.world.client.creditPacks.update({ id: packId, price: 900 })
})

test('packs are shown with the tax they are charged with, and so is a top-up', async () => {
  const { client } = story.world
  await registerTax(story.world, 'DE', ['DE'])
  const wallet = await client.plans.create({ code: 'wallet', name: 'Wallet', consumptionModel: 'balance' })
  assert(wallet.data)
  await client.plans.addPrice({ id: wallet.data.id, billingInterval: 'monthly', price: 1000, includedBalance: 1000 })
  await story.join('jan', 'tokens', { country: 'DE' })
  const token = await portalOf(story.world, 'jan')
  const page = await visit(story.world, `/portal/${token}?locale=en`)
  assert.match(page.body, /500 credits for \$10\.71 with tax/)
  assert.equal((await press(story.world, token, 'credit-packs')).status, 303)
  assert.equal((await read(token)).invoices[0].total, 1071)
  await story.join('lea', 'wallet', { country: 'DE' })
  const topup = await visit(story.world, `/portal/${await portalOf(story.world, 'lea')}?locale=en`)
  assert.match(topup.body, /Tax is added: \$0\.50 is charged as \$0\.60\./)
})
