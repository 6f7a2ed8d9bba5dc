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

test('a top-up with tax is shown with its sum before it is charged, for the amount that was typed', async () => {
  const token = await portalOf(story.world, 'lea')
  const add = (fields: Record<string, string>) => visit(story.world, `/portal/${token}/top-up?locale=en`, fields)
  const booked = (await story.booked()).length
  const asked = await press(story.world, `${token}`, 'top-up', { amount: '20' })
  assert.equal(asked.status, 200)
  const shown = await add({ once: 'a', amount: '20' })
  for (const words of ['With tax $23.80 is charged', 'Add it and pay $23.80', 'value="20"'])
    assert(shown.body.includes(words), words)
  assert.equal((await story.booked()).length, booked)
  // Another amount than the sum was shown for is shown again first.
  const more = await add({ ...hiddenFields(shown.body, 'top-up'), amount: '30' })
  assert.deepEqual([more.status, /\$35\.70/.test(more.body)], [409, true])
  const little = await add({ once: 'b', amount: '0.10' })
  assert.match(little.body, /It must be at least \$0\.50/)
  assert.equal((await add({ ...hiddenFields(shown.body, 'top-up'), amount: '20' })).status, 303)
  assert.deepEqual((await story.booked()).slice(booked), ['succeeded 2380'])
})

test('a request that says what it expects to pay is charged no more than that', async () => {
  const token = await portalOf(story.world, 'jan')
  const booked = (await story.booked()).length
  const buy = (expected: Record<string, unknown> | undefined) =>
    portal(story.world, 'POST', `${token}/credit-packs`, { creditPackId: packId, expected })
  for (const expected of [
    { total: 1070, currency: 'usd' },
    { total: 9999, currency: 'eur' },
  ]) {
    const { status, body } = await buy(expected)
    assert.deepEqual([status, body.error.code], [409, 'invalid_subscription_status'])
    assert.match(body.error.message, /Nothing was charged/)
  }
  assert.equal((await buy({ total: 'much', currency: 'usd' })).status, 422)
  assert.equal((await story.booked()).length, booked)
  assert.equal((await buy({ total: 1071, currency: 'usd' })).status, 200)
  assert.equal((await buy(undefined)).status, 200)
  assert.deepEqual((await story.booked()).slice(booked), ['succeeded 1071', 'succeeded 1071'])
  const wallet = await portalOf(story.world, 'lea')
  const add = (total: number) =>
    portal(story.world, 'POST', `${wallet}/top-up`, { amount: 2000, expected: { total, currency: 'usd' } })
  assert.deepEqual([(await add(2379)).status, (await add(2380)).status], [409, 200])
})
