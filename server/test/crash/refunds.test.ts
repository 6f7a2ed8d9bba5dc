import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { after, afterEach, before, test } from 'node:test'
import { sweepRefunds } from '#payments/actions/sweep-refunds.ts'
import { machineNow } from '#time/clock.ts'
import { Story } from '../support/billing-stories.ts'
import { cutSessionsEnded } from '../support/power-cut.ts'
import type { PurchaseCrash } from './purchase-child.ts'

/** A Halley that lives on, and beside it one that is killed while it gives a payment back. */
let story: Story
let child: ChildProcess | undefined
before(async () => {
  story = await Story.on('2041-03-10')
  await story.plan('pro', { price: 2900 })
})
afterEach(() => child?.kill('SIGKILL'))
after(() => story.close())

async function refundAndCrash(id: string, crashAt: PurchaseCrash): Promise<void> {
  const { world } = story
  const started = spawn(process.execPath, [join(import.meta.dirname, 'purchase-child.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, DATABASE_URL: world.database.url, CRASH_AT: crashAt },
  })
  child = started
  const gone = once(started, 'exit')
  const [port] = await once(started.stdout, 'data')
  const request = fetch(`http://127.0.0.1:${String(port).trim()}/api/v1/transactions/${id}/refund`, {
    method: 'POST',
    headers: { 'x-api-key': world.sandboxKey, 'content-type': 'application/json' },
    body: '{}',
  })
  await assert.rejects(request)
  assert.equal((await gone)[1], 'SIGKILL', `the process was stopped at ${crashAt}`)
  await cutSessionsEnded(world.database.pool)
}

async function sweep(): Promise<void> {
  const later = { ...story.world.app.services, machineNow: () => machineNow().add({ minutes: 10 }) }
  assert.deepEqual((await sweepRefunds(later, 10)).troubled, [])
}

for (const point of ['refund.recorded', 'refund.made', 'refund.settling', 'refund.settled'] as const) {
  test(`a refund stopped at ${point}: given back once, ended once`, async () => {
    const customer = point.replace('.', '_')
    await story.join(customer, 'pro')
    const { data } = await story.world.client.transactions.list({ customerEmail: `${customer}@example.com` })
    const id = data?.[0]?.id ?? ''
    await refundAndCrash(id, point)
    await sweep()
    await sweep()
    assert.equal((await story.world.client.transactions.get({ id })).data?.status, 'refunded')
    assert.equal((await story.subscription(customer)).status, 'canceled')
    const told = (await story.events(customer)).slice(-2)
    assert.deepEqual(told, ['payment.refunded', 'subscription.canceled'])
    const { rows } = await story.world.database.pool.query(
      `select refund.amount from simulated_processor.refund join simulated_processor.charge on charge.id = charge_id
       where charge.idempotency_key = $1`,
      [id],
    )
    assert.deepEqual(rows, [{ amount: 2900n }])
  })
}
