import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { cards } from '../support/billing-stories.ts'
import { visit } from '../support/checkouts.ts'
import { killChildren, type Post, postAgain, postAndCrash, startChild, sweepLater } from '../support/children.ts'
import { ChangeStory, refusal } from '../support/plan-changes.ts'
import { portal, portalOf } from '../support/portals.ts'
import { sweepSteps } from '../support/steps.ts'

/** A Halley that lives on, and beside it one that is killed in the middle of a change of plan. */
let story: ChangeStory
let business: string
before(async () => {
  story = await ChangeStory.on('2041-06-01')
  const calls = { included: 100, beyond: 10_000 }
  const pro = await story.plan('pro', { price: 2900, features: { calls } })
  business = await story.plan('business', { price: 9900, features: { calls } })
  await story.seats(pro, 5, 100_000)
  await story.seats(business, 5, 100_000)
  await story.group(await story.plan('free', { isFree: true }), pro, business)
})
afterEach(killChildren)
after(() => story.close())

async function changeOf(customer: string, newPlanId = 'business'): Promise<Post> {
  const { id } = await story.subscription(customer)
  return { path: `/subscriptions/${id}/change-plan`, body: { newPlanId }, key: `change ${customer}` }
}

/** Charges of changes, and everything that a change leaves behind. */
async function standing(customer: string) {
  const { id, plan, currentPeriod } = await story.subscription(customer)
  const { rows } = await story.world.database.pool.query(
    `select array(select concat_ws(' ', state, amount) from simulated_processor.charge
       where metadata->>'subscription' = $1 and metadata->>'purpose' = 'plan_change') as charges,
     array(select state from plan_change where subscription_id = $1 order by id) as changes`,
    [id],
  )
  const events = (await story.events(customer)).filter((type) => type === 'subscription.plan_changed')
  const invoices = (await story.invoices(customer)).slice(1)
  return { ...rows[0], plan: plan.name, ends: currentPeriod?.end.slice(0, 10), invoices, changed: events.length }
}

const changed = {
  charges: ['succeeded 7000'],
  changes: ['applied'],
  plan: 'business',
  ends: '2041-07-01',
  invoices: ['plan_change paid 2041-06-01..2041-07-01 7000 = plan_base 9900 + credit -2900'],
  changed: 1,
}

for (const point of ['attempt.recorded', 'attempt.charged', 'settlement', 'attempt.settled'] as const) {
  test(`a change stopped at ${point}: charged once, applied once, and a repeat of the request is told so`, async () => {
    const customer = `swept_${point}`
    await story.join(customer, 'pro')
    await postAndCrash(story.world, point, await changeOf(customer))
    if (point !== 'attempt.settled') {
      assert.equal((await standing(customer)).plan, 'pro')
      const other = await story.change(customer, { newPlanId: 'business' })
      assert.ok(['409 charge_in_progress', '400 no_change_requested'].includes(refusal(other)), refusal(other))
    }
    await sweepLater(story.world)
    assert.deepEqual(await standing(customer), changed)
    const repeated = await postAgain(story.world, await changeOf(customer))
    assert.deepEqual([repeated.status, repeated.body.data.billing.totalCharged], [200, 7000])
    await sweepLater(story.world)
    assert.deepEqual(await standing(customer), changed)
  })
}

for (const point of ['attempt.recorded', 'attempt.charged', 'settlement'] as const) {
  test(`a change stopped at ${point} and asked for again before anybody looked: goes on`, async () => {
    const customer = `again_${point}`
    await story.join(customer, 'pro')
    await postAndCrash(story.world, point, await changeOf(customer))
    assert.equal((await postAgain(story.world, await changeOf(customer))).status, 200)
    assert.deepEqual(await standing(customer), changed)
    await sweepLater(story.world)
    assert.deepEqual(await standing(customer), changed)
  })
}

for (const [kind, plan] of [
  ['a cheaper plan', 'pro'],
  ['a free one', 'free'],
] as const) {
  test(`a change to ${kind} that was noted and not answered: the repeat gets the answer of the first time, whatever came since`, async () => {
    const customer = `noted_${plan}`
    await story.join(customer, 'business')
    const asked = await changeOf(customer, plan)
    await postAndCrash(story.world, 'plan_change.recorded', asked)
    const noted = (await story.subscription(customer)).scheduledPlanChange
    assert.equal(noted?.newPlanName, plan)
    const repeated = await postAgain(story.world, asked)
    assert.deepEqual(
      [repeated.status, repeated.body.data.scheduled, repeated.body.data.scheduledFor],
      [200, true, '2041-07-01T00:00:00.000Z'],
    )
    assert.equal(repeated.headers.get('idempotent-replayed'), 'true')
    await story.cancel(customer)
    assert.deepEqual((await postAgain(story.world, asked)).body, repeated.body)
    assert.equal((await story.subscription(customer)).scheduledPlanChange ?? null, null)
    const events = (await story.events(customer)).filter((type) => type.startsWith('subscription.plan_change'))
    assert.deepEqual(events, ['subscription.plan_change_scheduled', 'subscription.plan_change_revoked'])
  })
}

/** A customer whose bank asks each time, at the bank's page of a change that they asked for in their portal. */
async function atTheBank(customer: string): Promise<string> {
  await story.customer(customer)
  const { checkoutUrl } = await story.subscribe(customer, 'pro')
  const { body } = await story.pay(checkoutUrl, cards.asks)
  await visit(story.world, new URL(body.data.action.url).pathname, { outcome: 'approve' })
  const token = await portalOf(story.world, customer)
  const wanted = { planId: business, billingInterval: 'monthly' }
  const asked = await portal(story.world, 'POST', `${token}/change-plan`, wanted)
  return new URL(asked.body.data.redirectUrl).pathname
}

for (const point of ['attempt.charged', 'settlement', 'attempt.settled'] as const) {
  test(`stopped at ${point} after the bank said yes in the portal: charged once and changed once, or not yet either`, async () => {
    const customer = `asked_${point}`
    const bank = await atTheBank(customer)
    const child = await startChild(story.world, { role: 'api', crashAt: point })
    const approval = { method: 'POST', body: new URLSearchParams({ outcome: 'approve' }) }
    await assert.rejects(fetch(child.url + bank, approval))
    await child.died()
    if (point !== 'attempt.settled') assert.equal((await standing(customer)).plan, 'pro')
    await sweepSteps(story.world)
    assert.deepEqual(await standing(customer), changed)
    assert.equal((await visit(story.world, bank, { outcome: 'approve' })).status, 303)
    assert.deepEqual(await standing(customer), changed)
  })
}

test('stopped before the bank was asked anything: the change is off, nothing is charged, and it can be asked for again', async () => {
  const customer = 'asked_recorded'
  await story.join(customer, 'pro')
  const token = await portalOf(story.world, customer)
  const child = await startChild(story.world, { role: 'api', crashAt: 'attempt.recorded' })
  const body = JSON.stringify({ planId: business, billingInterval: 'monthly' })
  const asked = { method: 'POST', headers: { 'content-type': 'application/json' }, body }
  await assert.rejects(fetch(`${child.url}/hosted/v1/portal/${token}/change-plan`, asked))
  await child.died()
  await sweepLater(story.world)
  const { charges, changes, plan } = await standing(customer)
  assert.deepEqual(
    [charges.filter((told: string) => told.startsWith('succeeded')), changes, plan],
    [[], ['declined'], 'pro'],
  )
  const again = await portal(story.world, 'POST', `${token}/change-plan`, JSON.parse(body))
  assert.equal(again.status, 200)
  assert.equal((await standing(customer)).plan, 'business')
})

test('until its outcome is known nothing else changes, and what is used meanwhile is the new plan’s', async () => {
  await story.join('ada', 'pro')
  await story.use('ada', 'calls', 90)
  await postAndCrash(story.world, 'attempt.recorded', await changeOf('ada'))
  const { id } = await story.subscription('ada')
  await story.use('ada', 'calls', 30)
  const { client } = story.world
  const busy = { code: 'charge_in_progress' }
  await assert.rejects(client.seats.add({ customerId: 'ada', featureCode: 'seats', count: 1 }), busy)
  await assert.rejects(client.subscriptions.uncancel({ id }), busy)
  await sweepLater(story.world)
  const { data } = await client.featureAccess.get({ customerId: 'ada', code: 'calls' })
  assert.deepEqual([data?.current, data?.included], [30, 100])
  await story.use('ada', 'calls', 80)
  await story.until('2041-07-01')
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'plan_change paid 2041-06-01..2041-07-01 7000 = plan_base 9900 + credit -2900',
    'recurring paid 2041-07-01..2041-08-01 10900 = plan_base 9900 + 10 beyond 1000',
  ])
  await story.assertExplained('ada')
})
