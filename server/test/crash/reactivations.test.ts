import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { after, afterEach, before, test } from 'node:test'
import { sweepAttempts } from '#payments/actions/sweep-attempts.ts'
import { machineNow } from '#time/clock.ts'
import { Story } from '../support/billing-stories.ts'
import { cutSessionsEnded } from '../support/power-cut.ts'
import type { PurchaseCrash } from './purchase-child.ts'

/** A Halley that lives on, and beside it one that is killed while it makes a subscription active again. */
let story: Story
let child: ChildProcess | undefined
before(async () => {
  story = await Story.on('2041-03-10')
  await story.plan('pro', { price: 2900 })
})
afterEach(() => child?.kill('SIGKILL'))
after(() => story.close())

async function reactivateAndCrash(id: string, crashAt: PurchaseCrash): Promise<void> {
  const { world } = story
  const started = spawn(process.execPath, [join(import.meta.dirname, 'purchase-child.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, DATABASE_URL: world.database.url, CRASH_AT: crashAt },
  })
  child = started
  const gone = once(started, 'exit')
  const [port] = await once(started.stdout, 'data')
  const request = fetch(`http://127.0.0.1:${String(port).trim()}/api/v1/subscriptions/${id}/reactivate`, {
    method: 'POST',
    headers: { 'x-api-key': world.sandboxKey, 'content-type': 'application/json' },
    body: '{}',
  })
  await assert.rejects(request)
  assert.equal((await gone)[1], 'SIGKILL', `the process was stopped at ${crashAt}`)
  await cutSessionsEnded(world.database.pool)
}

async function sweep(): Promise<void> {
  const later = { ...story.world.app.services, machineNow: () => machineNow().add({ minutes: 5 }) }
  assert.deepEqual((await sweepAttempts(later, 10)).troubled, [])
}

for (const point of ['attempt.recorded', 'attempt.charged', 'settlement', 'attempt.settled'] as const) {
  test(`a reactivation stopped at ${point}: charged once, active once, dated as if nothing had happened`, async () => {
    const customer = point.replace('.', '_')
    const id = await story.join(customer, 'pro')
    await story.cancel(customer, { immediate: true })
    await reactivateAndCrash(id, point)
    await sweep()
    await sweep()
    const { status } = await story.subscription(customer)
    assert.equal(status, 'active')
    assert.deepEqual((await story.invoices(customer)).slice(1), [
      'reactivation paid 2041-03-10..2041-04-10 2900 = plan_base 2900',
    ])
    const told = (await story.events(customer)).filter((type) => type === 'subscription.reactivated')
    assert.equal(told.length, 1)
    const { rows } = await story.world.database.pool.query(
      `select state from simulated_processor.charge where metadata->>'subscription' = $1 and metadata->>'purpose' = 'reactivation'`,
      [id],
    )
    assert.deepEqual(rows, [{ state: 'succeeded' }])
  })
}
