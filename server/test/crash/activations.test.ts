import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { after, afterEach, before, test } from 'node:test'
import { sweepAttempts } from '#payments/actions/sweep-attempts.ts'
import { machineNow } from '#time/clock.ts'
import { sell } from '../support/addon-stories.ts'
import { type Funded, fundedCustomer, fundedPlan } from '../support/ledger-stories.ts'
import { cutSessionsEnded } from '../support/power-cut.ts'
import { createWorld, type World } from '../support/world.ts'
import type { PurchaseCrash } from './purchase-child.ts'

/** A Halley that lives on, and beside it one that is killed in the middle of an activation. */
let world: World
let planId: string
let child: ChildProcess | undefined

before(async () => {
  world = await createWorld()
  planId = (await fundedPlan(world, { model: 'credits', feature: 'renders', creditsPerUnit: 1 })).id
  await sell(world, { feature: 'support', price: 1000 })
})
afterEach(() => child?.kill('SIGKILL'))
after(() => world.close())

const headersOf = (customer: Funded) => ({ 'idempotency-key': `support for ${customer.externalId}` })

/** Asks a process for the activation which dies at this point, and waits until it is gone. */
async function activateAndCrash(customer: Funded, crashAt: PurchaseCrash): Promise<void> {
  const started = spawn(process.execPath, [join(import.meta.dirname, 'purchase-child.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, DATABASE_URL: world.database.url, CRASH_AT: crashAt },
  })
  child = started
  const gone = once(started, 'exit')
  const [port] = await once(started.stdout, 'data')
  const path = `/api/v1/subscriptions/${customer.subscriptionId}/addons`
  const request = fetch(`http://127.0.0.1:${String(port).trim()}${path}`, {
    method: 'POST',
    headers: { 'x-api-key': world.sandboxKey, 'content-type': 'application/json', ...headersOf(customer) },
    body: JSON.stringify({ addonId: 'support' }),
  })
  await assert.rejects(request)
  const [, signal] = await gone
  assert.equal(signal, 'SIGKILL', `the process was stopped at ${crashAt}`)
  await cutSessionsEnded(world.database.pool)
}

/** The same request again, as the client sends it that never got an answer. */
async function again(customer: Funded): Promise<string> {
  // Whoever died has held the request for as long as it might still have been alive.
  await world.database.pool.query(
    "update idempotency_key set running_until = now() - interval '1 second' where state = 'running'",
  )
  const path = `/api/v1/subscriptions/${customer.subscriptionId}/addons`
  const request = { body: { addonId: 'support' }, headers: headersOf(customer) }
  const { status, body: answer } = await world.request('POST', path, request)
  return `${status} ${answer.error?.code ?? answer.data.proratedCharge}`
}

async function sweep(): Promise<void> {
  const later = { ...world.app.services, machineNow: () => machineNow().add({ minutes: 5 }) }
  assert.deepEqual((await sweepAttempts(later, 10)).troubled, [])
}

/** Everything that an activation leaves behind. */
async function standing(customer: Funded) {
  const { rows } = await world.database.pool.query(
    `select
       array(select concat_ws(' ', state, amount) from simulated_processor.charge
         where metadata->>'subscription' = $2 and metadata->>'purpose' = 'addon_activation') as charges,
       array(select concat_ws(' ', status, total) from invoice
         where org_id = $1 and subscription_id = $2 and type = 'addon_activation' order by number) as invoices,
       array(select state from subscription_addon where org_id = $1 and subscription_id = $2) as addons,
       array(select type from event where org_id = $1 and customer_id = $3 and type like 'addon.%') as events`,
    [world.orgId, customer.subscriptionId, customer.id],
  )
  const { data } = await world.client.featureAccess.get({ customerId: customer.externalId, code: 'support' })
  return { ...rows[0], allowed: data?.allowed }
}

// Joined and activated on one day: the whole price.
const completed = {
  charges: ['succeeded 1000'],
  invoices: ['paid 1000'],
  addons: ['active'],
  events: ['addon.activated'],
  allowed: true,
}

for (const point of ['attempt.recorded', 'attempt.charged', 'settlement', 'attempt.settled'] as const) {
  test(`an activation stopped at ${point}: charged once, there once, and a repeat of the request is told so`, async () => {
    const customer = await fundedCustomer(world, { id: planId })
    await activateAndCrash(customer, point)
    const { addons, allowed } = await standing(customer)
    assert.deepEqual([addons, allowed], point === 'attempt.settled' ? [['active'], true] : [['pending'], false])
    await sweep()
    assert.deepEqual(await standing(customer), completed)
    assert.equal(await again(customer), '200 1000')
    await sweep()
    assert.deepEqual(await standing(customer), completed)
  })
}

for (const point of ['attempt.recorded', 'attempt.charged', 'settlement'] as const) {
  test(`an activation stopped at ${point} and asked for again before anybody looked goes on`, async () => {
    const customer = await fundedCustomer(world, { id: planId })
    await activateAndCrash(customer, point)
    assert.equal(await again(customer), '200 1000')
    assert.deepEqual(await standing(customer), completed)
    await sweep()
    assert.deepEqual(await standing(customer), completed)
  })
}

test('while an activation that was cut off is not settled, nobody else is charged for it and it is not deleted', async () => {
  const customer = await fundedCustomer(world, { id: planId })
  await activateAndCrash(customer, 'attempt.charged')
  await assert.rejects(world.client.addons.delete({ id: 'support' }), { code: 'addon_has_activations' })
  const other = { id: customer.subscriptionId, addonId: 'support' }
  // Whoever asks finishes what was begun.
  await assert.rejects(world.client.subscriptions.activateAddon(other), { code: 'addon_already_active' })
  assert.deepEqual(await standing(customer), completed)
})
