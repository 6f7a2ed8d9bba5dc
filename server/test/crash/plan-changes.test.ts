import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { after, afterEach, before, test } from 'node:test'
import { sweepAttempts } from '#payments/actions/sweep-attempts.ts'
import { machineNow } from '#time/clock.ts'
import { ChangeStory, refusal } from '../support/plan-changes.ts'
import { cutSessionsEnded } from '../support/power-cut.ts'
import type { PurchaseCrash } from './purchase-child.ts'

/** A Halley that lives on, and beside it one that is killed in the middle of a change of plan. */
let story: ChangeStory
let child: ChildProcess | undefined
before(async () => {
  story = await ChangeStory.on('2041-06-01')
  const calls = { included: 100, beyond: 10_000 }
  const pro = await story.plan('pro', { price: 2900, features: { calls } })
  const business = await story.plan('business', { price: 9900, features: { calls } })
  await story.seats(pro, 5, 100_000)
  await story.seats(business, 5, 100_000)
  await story.group(pro, business)
})
afterEach(() => child?.kill('SIGKILL'))
after(() => story.close())

/** Asks a process for the change which dies at this point, and waits until it is gone. */
async function changeAndCrash(customer: string, crashAt: PurchaseCrash): Promise<void> {
  const { world } = story
  const { id } = await story.subscription(customer)
  const started = spawn(process.execPath, [join(import.meta.dirname, 'purchase-child.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, DATABASE_URL: world.database.url, CRASH_AT: crashAt },
  })
  child = started
  const gone = once(started, 'exit')
  const [port] = await once(started.stdout, 'data')
  const request = fetch(`http://127.0.0.1:${String(port).trim()}/api/v1/subscriptions/${id}/change-plan`, {
    method: 'POST',
    headers: {
      'x-api-key': world.sandboxKey,
      'content-type': 'application/json',
      'idempotency-key': `change ${customer}`,
    },
    body: JSON.stringify({ newPlanId: 'business' }),
  })
  await assert.rejects(request)
  const [, signal] = await gone
  assert.equal(signal, 'SIGKILL', `the process was stopped at ${crashAt}`)
  await cutSessionsEnded(world.database.pool)
}

/** The same request again, as the client sends it that never got an answer. */
async function again(customer: string) {
  // Whoever died has held the request for as long as it might still have been alive.
  await story.world.database.pool.query(
    "update idempotency_key set running_until = now() - interval '1 second' where state = 'running'",
  )
  return story.change(customer, { newPlanId: 'business' }, `change ${customer}`)
}

async function sweep(): Promise<void> {
  const later = { ...story.world.app.services, machineNow: () => machineNow().add({ minutes: 5 }) }
  assert.deepEqual((await sweepAttempts(later, 10)).troubled, [])
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
    await changeAndCrash(customer, point)
    if (point !== 'attempt.settled') {
      assert.equal((await standing(customer)).plan, 'pro')
      const other = await story.change(customer, { newPlanId: 'business' })
      assert.ok(['409 charge_in_progress', '400 no_change_requested'].includes(refusal(other)), refusal(other))
    }
    await sweep()
    assert.deepEqual(await standing(customer), changed)
    const repeated = await again(customer)
    assert.deepEqual([repeated.status, repeated.body.data.billing.totalCharged], [200, 7000])
    await sweep()
    assert.deepEqual(await standing(customer), changed)
  })
}

for (const point of ['attempt.recorded', 'attempt.charged', 'settlement'] as const) {
  test(`a change stopped at ${point} and asked for again before anybody looked: goes on`, async () => {
    const customer = `again_${point}`
    await story.join(customer, 'pro')
    await changeAndCrash(customer, point)
    assert.equal((await again(customer)).status, 200)
    assert.deepEqual(await standing(customer), changed)
    await sweep()
    assert.deepEqual(await standing(customer), changed)
  })
}

test('until its outcome is known nothing else changes, and what is used meanwhile is the new plan’s', async () => {
  await story.join('ada', 'pro')
  await story.use('ada', 'calls', 90)
  await changeAndCrash('ada', 'attempt.recorded')
  const { id } = await story.subscription('ada')
  await story.use('ada', 'calls', 30)
  const { client } = story.world
  const busy = { code: 'charge_in_progress' }
  await assert.rejects(client.seats.add({ customerId: 'ada', featureCode: 'seats', count: 1 }), busy)
  await assert.rejects(client.subscriptions.uncancel({ id }), busy)
  await sweep()
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
