import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { cards } from '../../support/billing-stories.ts'
import { ChangeStory } from '../../support/plan-changes.ts'

/**
 * What is due at one instant comes in one order: a try of what was declined, a cancellation, a scheduled change, the end of a
 * trial or period. A cancellation drops a scheduled change, and nothing can be scheduled while past due: those pairs cannot meet.
 */
let story: ChangeStory
beforeEach(async () => {
  story = await ChangeStory.on('2041-03-10')
})
afterEach(() => story.close())

/** What was told of a customer as of one moment, in its order. */
async function toldAt(customer: string, moment: string): Promise<string[]> {
  const { rows } = await story.world.database.pool.query<{ type: string }>(
    `select event.type from event join customer on customer.org_id = event.org_id and customer.id = event.customer_id
     where customer.external_id = $1 and event.occurred_at = $2 and event.type <> 'customer.state_changed' order by event.id`,
    [customer, moment],
  )
  return rows.map(({ type }) => type)
}

async function storeGoodCard(customer: string): Promise<void> {
  const { id } = await story.subscription(customer)
  const { data } = await story.world.client.subscriptions.updatePaymentMethod({ id })
  assert.equal((await story.pay(data?.checkoutUrl ?? '')).status, 200)
}

for (const way of ['in one jump', 'day by day'] as const) {
  test(`the last slot and a renewal (${way}): recovered first, then renewed, both dated with that midnight`, async () => {
    await story.plan('weekly', { interval: 'weekly', price: 700 })
    await story.join('ada', 'weekly', { card: cards.failsLater })
    await story.until('2041-03-23')
    await storeGoodCard('ada')
    if (way === 'day by day') await story.until('2041-03-24')
    await story.until('2041-03-25')
    assert.deepEqual(await toldAt('ada', '2041-03-24T00:00:00Z'), [
      'payment.received',
      'payment.recovered',
      'invoice.created',
      'payment.received',
    ])
    assert.deepEqual((await story.invoices('ada')).slice(1), [
      'recurring paid 2041-03-17..2041-03-24 700 = plan_base 700',
      'recurring paid 2041-03-24..2041-03-31 700 = plan_base 700',
    ])
  })
}

test('the last slot and a renewal, declined: given up, and nothing is renewed', async () => {
  await story.plan('weekly', { interval: 'weekly', price: 700 })
  await story.join('ada', 'weekly', { card: cards.failsLater })
  await story.until('2041-04-20')
  assert.deepEqual(await toldAt('ada', '2041-03-24T00:00:00Z'), [
    'payment.failed',
    'payment.retry_failed',
    'subscription.canceled',
  ])
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'recurring uncollectible 2041-03-17..2041-03-24 700 = plan_base 700',
  ])
})

test('a slot of one and a renewal of another at one midnight do not wait for each other’s outcome', async () => {
  await story.plan('pro', { price: 2900 })
  await story.join('ada', 'pro', { card: cards.failsLater })
  await story.goTo('2041-03-11')
  await story.join('bob', 'pro')
  await story.until('2041-04-12')
  assert.deepEqual(await toldAt('ada', '2041-04-11T00:00:00Z'), ['payment.failed', 'invoice.overdue'])
  assert.deepEqual(await toldAt('bob', '2041-04-11T00:00:00Z'), ['invoice.created', 'payment.received'])
})

test('a scheduled cancellation and a renewal: it ends, with what was used and no new base', async () => {
  await story.plan('pro', { price: 2900, features: { calls: { included: 100, beyond: 5000 } } })
  await story.join('ada', 'pro')
  await story.use('ada', 'calls', 102)
  await story.cancel('ada')
  await story.until('2041-05-10')
  assert.deepEqual(await toldAt('ada', '2041-04-10T00:00:00Z'), [
    'invoice.created',
    'subscription.canceled',
    'payment.received',
  ])
  assert.deepEqual((await story.invoices('ada')).slice(1), ['overage paid 2041-03-10..2041-04-10 100 = 2 beyond 100'])
})

test('a scheduled cancellation and the end of a trial: nobody is charged', async () => {
  await story.plan('pro', { price: 2900, trialDays: 14 })
  await story.join('ada', 'pro')
  await story.cancel('ada')
  await story.until('2041-05-10')
  assert.deepEqual(await toldAt('ada', '2041-03-24T00:00:00Z'), ['subscription.canceled'])
  assert.deepEqual(await story.booked(), [])
})

test('the end of a trial and its first dunning: the slots are counted from the trial’s end', async () => {
  await story.plan('weekly', { interval: 'weekly', price: 700, trialDays: 7 })
  await story.join('ada', 'weekly', { card: cards.failsLater })
  await story.until('2041-04-20')
  assert.deepEqual(await toldAt('ada', '2041-03-17T00:00:00Z'), [
    'trial.expired',
    'invoice.created',
    'payment.failed',
    'subscription.past_due',
  ])
  assert.deepEqual(await toldAt('ada', '2041-03-24T00:00:00Z'), [
    'payment.failed',
    'payment.retry_failed',
    'subscription.canceled',
  ])
})

test('a scheduled change and a renewal: changed first, and the renewal charges the new plan', async () => {
  const plans = [await story.plan('pro', { price: 2900 }), await story.plan('business', { price: 9900 })] as const
  await story.group(...plans)
  await story.join('ada', 'business')
  assert.equal((await story.change('ada', { newPlanId: 'pro' })).status, 200)
  await story.until('2041-05-01')
  assert.deepEqual(await toldAt('ada', '2041-04-10T00:00:00Z'), [
    'subscription.plan_changed',
    'invoice.created',
    'payment.received',
  ])
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'recurring paid 2041-04-10..2041-05-10 2900 = plan_base 2900',
  ])
})

test('a scheduled change, the end of a trial, and a decline: expired, changed, charged at the new price, past due', async () => {
  const plans = [
    await story.plan('pro', { price: 2900 }),
    await story.plan('business', { price: 9900, trialDays: 14 }),
  ] as const
  await story.group(...plans)
  await story.join('ada', 'business', { card: cards.failsLater })
  assert.equal((await story.change('ada', { newPlanId: 'pro' })).status, 200)
  await story.until('2041-03-24T00:00:00Z')
  const told = await toldAt('ada', '2041-03-24T00:00:00Z')
  assert.deepEqual([...told].sort(), [
    'invoice.created',
    'payment.failed',
    'subscription.past_due',
    'subscription.plan_changed',
    'trial.expired',
  ])
  assert.deepEqual(told.slice(2), ['invoice.created', 'payment.failed', 'subscription.past_due'])
  assert.deepEqual(await story.invoices('ada'), ['recurring outstanding 2041-03-24..2041-04-24 2900 = plan_base 2900'])
  await story.until('2041-03-31T00:00:00Z')
  assert.equal((await story.subscription('ada')).status, 'canceled')
})

test('a scheduled change is dropped by a cancellation, which alone is due at the end of the period', async () => {
  const plans = [await story.plan('pro', { price: 2900 }), await story.plan('business', { price: 9900 })] as const
  await story.group(...plans)
  await story.join('ada', 'business')
  await story.change('ada', { newPlanId: 'pro' })
  await story.cancel('ada')
  await story.until('2041-05-01')
  assert.deepEqual(await toldAt('ada', '2041-04-10T00:00:00Z'), ['subscription.canceled'])
  assert.equal((await story.invoices('ada')).length, 1)
})

/** Whose invoice was issued at one moment, in the order of their numbers. */
async function invoicedAt(moment: string): Promise<string[]> {
  const { rows } = await story.world.database.pool.query<{ external_id: string }>(
    `select customer.external_id from invoice join customer on customer.org_id = invoice.org_id and customer.id = invoice.customer_id
     where issued_at = $1 order by invoice.number`,
    [moment],
  )
  return rows.map(({ external_id }) => external_id)
}

for (const way of ['in one jump', 'day by day'] as const) {
  test(`a slot, a trial's end, a change, a renewal and an end at one midnight (${way}): each in its order, numbered by age, ends last`, async () => {
    const calls = { calls: { included: 100, beyond: 5000 } }
    const plans = [
      await story.plan('pro', { price: 2900, features: calls }),
      await story.plan('try', { price: 4900, trialDays: 32 }),
      await story.plan('business', { price: 9900, trialDays: 31 }),
    ] as const
    await story.group(...plans)
    await story.join('ada', 'pro', { card: cards.failsLater })
    await story.join('bob', 'try')
    await story.goTo('2041-03-11')
    await story.join('cyd', 'business', { skipTrial: true })
    await story.change('cyd', { newPlanId: 'pro' })
    await story.join('dan', 'pro')
    await story.join('eve', 'pro')
    await story.use('eve', 'calls', 102)
    await story.cancel('eve')
    // Of one subscription as much as can meet: the end of its trial, the change that waits for it, and its first charge.
    await story.join('fay', 'business')
    await story.change('fay', { newPlanId: 'pro' })
    if (way === 'day by day') for (const day of ['2041-04-08', '2041-04-10', '2041-04-11']) await story.until(day)
    await story.until('2041-04-12')
    const midnight = '2041-04-11T00:00:00Z'
    assert.deepEqual(await toldAt('ada', midnight), ['payment.failed', 'invoice.overdue'])
    assert.deepEqual(await toldAt('bob', midnight), [
      'trial.expired',
      'invoice.created',
      'payment.received',
      'subscription.activated',
    ])
    assert.deepEqual(await toldAt('cyd', midnight), [
      'subscription.plan_changed',
      'invoice.created',
      'payment.received',
    ])
    assert.deepEqual(await toldAt('dan', midnight), ['invoice.created', 'payment.received'])
    assert.deepEqual(await toldAt('eve', midnight), ['invoice.created', 'subscription.canceled', 'payment.received'])
    assert.deepEqual(await toldAt('fay', midnight), [
      'trial.expired',
      'subscription.plan_changed',
      'invoice.created',
      'payment.received',
      'subscription.activated',
    ])
    assert.deepEqual(await invoicedAt(midnight), ['bob', 'cyd', 'dan', 'fay', 'eve'])
    const last = async (customer: string) => (await story.invoices(customer)).at(-1)
    assert.equal(await last('bob'), 'recurring paid 2041-04-11..2041-05-11 4900 = plan_base 4900')
    assert.equal(await last('cyd'), 'recurring paid 2041-04-11..2041-05-11 2900 = plan_base 2900')
    assert.equal(await last('fay'), 'recurring paid 2041-04-11..2041-05-11 2900 = plan_base 2900')
    assert.equal(await last('eve'), 'overage paid 2041-03-11..2041-04-11 100 = 2 beyond 100')
  })
}
