import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { activate, activeAddons, deactivate, sell } from '../../support/addon-stories.ts'
import { Story } from '../../support/billing-stories.ts'

let story: Story
before(async () => {
  story = await Story.on('2041-06-01')
  await story.plan('pro', { price: 2900 })
  await sell(story.world, { feature: 'reports', type: 'usage', price: 1000, included: 100, beyond: 1_000 })
})
after(() => story.close())

const access = async (customerId: string, code: string) =>
  (await story.world.client.featureAccess.get({ customerId, code })).data

test('what is sold with an add-on changes like a plan: kinder at once, harsher with the next window, its base at the renewal', async () => {
  const { client } = story.world
  await story.join('ada', 'pro')
  await activate(story, 'ada', 'reports')
  await client.addons.update({ id: 'reports', basePrice: 1500, includedUnits: 50, overageRate: 500 })
  // Less is included from July on; the lower unit price holds for all of June.
  assert.equal((await access('ada', 'reports'))?.included, 100)
  assert.equal((await access('ada', 'reports'))?.overageUnitPrice, 500)
  await story.use('ada', 'reports', 120)
  await story.until('2041-07-01')
  assert.equal((await access('ada', 'reports'))?.included, 50)
  await client.addons.update({ id: 'reports', includedUnits: 80, overageRate: 2_000 })
  assert.equal((await access('ada', 'reports'))?.included, 80)
  assert.equal((await access('ada', 'reports'))?.overageUnitPrice, 500)
  await story.use('ada', 'reports', 100)
  await story.until('2041-08-01')
  await story.use('ada', 'reports', 90)
  await story.until('2041-09-01')
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'addon_activation paid 2041-06-01..2041-06-01 1000 = addon_base 1000',
    'recurring paid 2041-07-01..2041-08-01 4500 = plan_base 2900 + addon_base 1500 + 20 beyond 100',
    'recurring paid 2041-08-01..2041-09-01 4500 = plan_base 2900 + addon_base 1500 + 20 beyond 100',
    'recurring paid 2041-09-01..2041-10-01 4600 = plan_base 2900 + addon_base 1500 + 10 beyond 200',
  ])
})

test('whoever activates has the terms of that day, not those of before it in the same window', async () => {
  const { client } = story.world
  await story.goTo('2041-10-01')
  await sell(story.world, { feature: 'films', type: 'usage', price: 0, included: 100, beyond: 1_000 })
  await story.join('bob', 'pro')
  await story.goTo('2041-10-05')
  await client.addons.update({ id: 'films', includedUnits: 10 })
  await activate(story, 'bob', 'films')
  assert.equal((await access('bob', 'films'))?.included, 10)
})

test('every missed window is billed in order, each with the base of its own period', async () => {
  await story.goTo('2042-01-01')
  await sell(story.world, { feature: 'maps', type: 'usage', price: 500, included: 0, beyond: 10_000 })
  await story.join('eve', 'pro')
  await activate(story, 'eve', 'maps')
  await story.use('eve', 'maps', 3)
  await story.goTo('2042-02-10')
  await story.use('eve', 'maps', 2)
  await story.until('2042-04-01')
  assert.deepEqual((await story.invoices('eve')).slice(2), [
    'recurring paid 2042-02-01..2042-03-01 3700 = plan_base 2900 + addon_base 500 + 3 beyond 300',
    'recurring paid 2042-03-01..2042-04-01 3600 = plan_base 2900 + addon_base 500 + 2 beyond 200',
    'recurring paid 2042-04-01..2042-05-01 3400 = plan_base 2900 + addon_base 500',
  ])
})

test('a renewal that comes late costs what it would have cost in time', async () => {
  await story.goTo('2042-05-01')
  await sell(story.world, { feature: 'late', price: 500 })
  await story.join('leo', 'pro')
  await activate(story, 'leo', 'late')
  await story.goTo('2042-06-05')
  await story.world.client.addons.update({ id: 'late', basePrice: 900 })
  await story.bill()
  await story.until('2042-07-01')
  assert.deepEqual((await story.invoices('leo')).slice(2), [
    'recurring paid 2042-06-01..2042-07-01 3400 = plan_base 2900 + addon_base 500',
    'recurring paid 2042-07-01..2042-08-01 3800 = plan_base 2900 + addon_base 900',
  ])
})

test('one-time plans bill add-ons window by window, and nothing where there is none', async () => {
  await story.goTo('2042-08-01')
  await story.plan('lifetime', { price: 50_000, interval: 'one_time' })
  await sell(story.world, { feature: 'backup', price: 800 })
  await story.join('ida', 'lifetime')
  await story.until('2042-09-16')
  // 15 of 30 days of the window.
  assert.equal(await activate(story, 'ida', 'backup'), 400)
  await story.until('2042-11-01')
  await deactivate(story, 'ida', 'backup')
  await story.until('2042-12-31')
  assert.deepEqual((await story.invoices('ida')).slice(1), [
    'addon_activation paid 2042-09-16..2042-09-16 400 = addon_base 400',
    'overage paid 2042-09-01..2042-10-01 800 = addon_base 800',
    'overage paid 2042-10-01..2042-11-01 800 = addon_base 800',
  ])
})

test('a weekly plan bills the base each week', async () => {
  await story.goTo('2043-01-05')
  await story.plan('weekly', { price: 900, interval: 'weekly' })
  await story.join('tim', 'weekly')
  await story.goTo('2043-01-08')
  // 4 of 7 days of $8.00.
  assert.equal(await activate(story, 'tim', 'backup'), 457)
  await story.until('2043-01-19')
  assert.deepEqual((await story.invoices('tim')).slice(2), [
    'recurring paid 2043-01-12..2043-01-19 1700 = plan_base 900 + addon_base 800',
    'recurring paid 2043-01-19..2043-01-26 1700 = plan_base 900 + addon_base 800',
  ])
})

test('canceled at once: add-ons end, their overage so far is billed, their base is not', async () => {
  await story.goTo('2043-03-01')
  await story.join('joan', 'pro')
  await activate(story, 'joan', 'maps')
  await story.use('joan', 'maps', 7)
  await story.goTo('2043-03-20')
  await story.cancel('joan', { immediate: true })
  assert.deepEqual((await story.invoices('joan')).slice(2), ['overage paid 2043-03-01..2043-03-20 700 = 7 beyond 700'])
  assert.deepEqual(await activeAddons(story, 'joan'), [])
  const events = await story.events('joan')
  assert(events.indexOf('addon.deactivated') < events.indexOf('subscription.canceled'), events.join())
  // The end is told with the customer's state before it, like any other.
  assert.deepEqual((await story.states('joan')).slice(-2), [
    'addon_deactivated: none before addon.deactivated',
    'subscription_canceled: none before subscription.canceled',
  ])
  await story.world.client.addons.delete({ id: 'films' }).catch(() => undefined)
})

test('canceled at the period’s end: the add-on until then, its last overage, no base; reactivated, it is gone', async () => {
  await story.goTo('2043-05-01')
  await story.join('mary', 'pro')
  await activate(story, 'mary', 'maps')
  await story.cancel('mary')
  await story.use('mary', 'maps', 6)
  await story.until('2043-06-01')
  assert.equal((await story.invoices('mary')).at(-1), 'overage paid 2043-05-01..2043-06-01 600 = 6 beyond 600')
  const { id } = await story.subscription('mary')
  await story.world.client.subscriptions.reactivate({ id })
  assert.deepEqual(await activeAddons(story, 'mary'), [])
  assert.equal((await access('mary', 'maps'))?.allowed, false)
  assert.equal((await story.invoices('mary')).at(-1), 'reactivation paid 2043-06-01..2043-07-01 2900 = plan_base 2900')
})

test('less than can be charged is not charged now, and is on the next invoice', async () => {
  await story.goTo('2043-08-01')
  await story.join('kim', 'pro')
  await story.goTo('2043-08-31')
  // A day of 31 of $8.00.
  assert.equal(await activate(story, 'kim', 'backup'), 26)
  assert.deepEqual(await activeAddons(story, 'kim'), ['backup'])
  await story.until('2043-09-01')
  assert.deepEqual((await story.invoices('kim')).slice(1), [
    'recurring paid 2043-09-01..2043-10-01 3726 = plan_base 2900 + addon_base 800 + addon_base 26',
  ])
})

test('an add-on that costs nothing is an invoice of 0 that is paid', async () => {
  await story.goTo('2043-11-01')
  await sell(story.world, { feature: 'badge', price: 0 })
  await story.join('lou', 'pro')
  assert.equal(await activate(story, 'lou', 'badge'), 0)
  assert.equal((await story.invoices('lou')).at(-1), 'addon_activation paid 2043-11-01..2043-11-01 0 = addon_base 0')
})

test('seats of an add-on are held, trued up and paid in advance like a plan’s', async () => {
  const { client } = story.world
  await story.goTo('2044-06-01')
  await sell(story.world, { feature: 'guests', type: 'seats', price: 500, included: 2, beyond: 60_000 })
  await story.join('zoe', 'pro')
  await activate(story, 'zoe', 'guests')
  await story.goTo('2044-06-16')
  await client.seats.add({ customerId: 'zoe', featureCode: 'guests', count: 3 })
  await story.until('2044-07-01')
  // One guest beyond the two: 15 of 30 days of $6.00, then the whole of July.
  assert.equal(
    (await story.invoices('zoe')).at(-1),
    'recurring paid 2044-07-01..2044-08-01 4300 = plan_base 2900 + addon_base 500 + feature_seats 300 + feature_seats 600',
  )
})

test('every line of these stories is explained, and comes to what was invoiced', async () => {
  const { rows } = await story.world.database.pool.query<{ id: string; number: string }>(
    `select distinct i.id, i.number from invoice i join invoice_line l on l.org_id = i.org_id and l.invoice_id = i.id
     where i.org_id = $1 order by i.number`,
    [story.world.orgId],
  )
  assert(rows.length > 30)
  for (const { id, number } of rows) {
    const { body } = await story.world.request('GET', `/api/v1/invoices/${id}/explain`)
    assert.equal(body.data.matches, true, `${number}: ${JSON.stringify(body.data.lines, null, 1)}`)
  }
})
