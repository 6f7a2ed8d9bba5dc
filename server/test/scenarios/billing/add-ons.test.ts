import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { activate, activeAddons, deactivate, sell } from '../../support/addon-stories.ts'
import { cards, Story } from '../../support/billing-stories.ts'

let story: Story
before(async () => {
  story = await Story.on('2041-06-01')
})
after(() => story.close())

test('an add-on costs the days that are left, then its whole price with each renewal, after the plan base', async () => {
  await story.plan('pro', { price: 2900 })
  await sell(story.world, { feature: 'support', price: 1000 })
  await story.join('ada', 'pro')
  await story.goTo('2041-06-16')
  assert.equal(await activate(story, 'ada', 'support'), 500)
  await story.until('2041-08-01')
  assert.deepEqual(await story.invoices('ada'), [
    'recurring paid 2041-06-01..2041-07-01 2900 = plan_base 2900',
    'addon_activation paid 2041-06-16..2041-06-16 500 = addon_base 500',
    'recurring paid 2041-07-01..2041-08-01 3900 = plan_base 2900 + addon_base 1000',
    'recurring paid 2041-08-01..2041-09-01 3900 = plan_base 2900 + addon_base 1000',
  ])
  await deactivate(story, 'ada', 'support')
  await story.until('2041-09-01')
  assert.equal((await story.invoices('ada')).at(-1), 'recurring paid 2041-09-01..2041-10-01 2900 = plan_base 2900')
  assert.deepEqual(
    (await story.events('ada')).filter((type) => type.startsWith('addon.') || type === 'payment.received'),
    [
      'payment.received',
      'payment.received',
      'addon.activated',
      'payment.received',
      'payment.received',
      'addon.deactivated',
      'payment.received',
    ],
  )
  const states = await story.states('ada')
  assert(states.includes('addon_activated: active before addon.activated'), states.join('\n'))
  assert(states.includes('addon_deactivated: active before addon.deactivated'), states.join('\n'))
})

test('metered overage of an add-on is billed window by window, also when it was deactivated', async () => {
  await story.goTo('2042-01-01')
  await story.plan('quarterly', { price: 30_000, interval: 'quarterly' })
  await sell(story.world, { feature: 'reports', type: 'usage', price: 3000, included: 100, beyond: 2_000 })
  await story.join('grace', 'quarterly')
  // 2042-01-01 to 2042-04-01 are 90 days; 45 are left on 15 February.
  await story.until('2042-02-15')
  assert.equal(await activate(story, 'grace', 'reports'), 1500)
  await story.use('grace', 'reports', 150)
  await story.until('2042-03-10')
  await story.use('grace', 'reports', 110)
  await deactivate(story, 'grace', 'reports')
  await assert.rejects(story.use('grace', 'reports', 1), { code: 'feature_not_in_plan' })
  await story.until('2042-04-01')
  assert.deepEqual(await story.invoices('grace'), [
    'recurring paid 2042-01-01..2042-04-01 30000 = plan_base 30000',
    'addon_activation paid 2042-02-15..2042-02-15 1500 = addon_base 1500',
    'overage paid 2042-02-01..2042-03-01 1000 = 50 beyond 1000',
    'recurring paid 2042-04-01..2042-07-01 30200 = plan_base 30000 + 10 beyond 200',
  ])
})

test('in a trial an add-on costs nothing; its base is on the first paid invoice', async () => {
  await story.goTo('2042-05-01')
  await story.plan('tried', { price: 2900, trialDays: 10 })
  await sell(story.world, { feature: 'exports', price: 700 })
  await story.join('alan', 'tried')
  await story.goTo('2042-05-04')
  assert.equal(await activate(story, 'alan', 'exports'), 0)
  assert.equal(
    (await story.world.client.featureAccess.get({ customerId: 'alan', code: 'exports' })).data?.allowed,
    true,
  )
  await story.until('2042-05-11')
  assert.deepEqual(await story.invoices('alan'), [
    'recurring paid 2042-05-11..2042-06-11 3600 = plan_base 2900 + addon_base 700',
  ])
})

test('on a free plan an add-on is billed for each window; a decline ends it, and nothing else', async () => {
  await story.goTo('2042-07-01')
  await story.plan('nothing', { isFree: true })
  await sell(story.world, { feature: 'themes', price: 900 })
  await story.plan('paid_before', { price: 1000 })
  await story.join('mary', 'paid_before', { card: cards.good })
  await story.cancel('mary', { immediate: true })
  await story.subscribe('mary', 'nothing')
  await story.goTo('2042-07-11')
  // 21 of 31 days.
  assert.equal(await activate(story, 'mary', 'themes'), 610)
  await story.until('2042-08-01')
  assert.deepEqual((await story.invoices('mary')).slice(1), [
    'addon_activation paid 2042-07-11..2042-07-11 610 = addon_base 610',
    'recurring paid 2042-08-01..2042-09-01 900 = addon_base 900',
  ])
  await failFrom(story, 'mary')
  await story.until('2042-09-01')
  assert.equal((await story.invoices('mary')).at(-1), 'recurring void 2042-09-01..2042-10-01 900 = addon_base 900')
  assert.deepEqual(await activeAddons(story, 'mary'), [])
  assert.equal((await story.subscription('mary')).status, 'active')
  assert.deepEqual((await story.events('mary')).slice(-3), ['payment.failed', 'invoice.voided', 'addon.deactivated'])
  await story.until('2042-11-01')
  assert.equal((await story.invoices('mary')).length, 4)
})

/** From now on the customer's card is declined. */
async function failFrom({ world }: Story, customer: string): Promise<void> {
  await world.database.pool.query(
    `update simulated_processor.card set behaviour = 'declines_later'
     where token in (
       select m.provider_token from payment_method m join customer c on c.org_id = m.org_id and c.id = m.customer_id
       where c.external_id = $1)`,
    [customer],
  )
}
