import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { sell } from '../support/addon-stories.ts'
import { type Child, killChildren, lookAtOnce, startChild } from '../support/children.ts'
import { halley } from '../support/halley-process.ts'
import { killPlan } from '../support/seeded.ts'
import { lifeStory, liveThrough, StubbornClient } from '../support/stubborn-client.ts'
import { Receiver } from '../support/webhook-receiver.ts'
import { listenAt } from '../support/webhooks.ts'
import { createWorld, testSecret } from '../support/world.ts'

/**
 * The server that is asked and the worker that tells are killed at random moments while customers live their lives. KILLS says
 * how often, KILL_SEED which moments are taken.
 */
const { kills, seed, random } = killPlan(6)
const lanes = 5
const patienceMs = 90_000

const world = await createWorld()
const everything = await Receiver.start()
const withUses = await Receiver.start()
after(async () => {
  killChildren()
  await world.close()
  await Promise.all([everything.close(), withUses.close()])
})

test(`killed ${kills} times in the middle of causes: no event without its effect, none missing, each told in order`, async (t) => {
  await listenAt(world, everything.url)
  await listenAt(world, withUses.url, ['*', 'usage.recorded'])
  await plan()
  const client = new StubbornClient(world.sandboxKey)
  let isOver = false
  t.after(() => {
    isOver = true
    client.end()
  })
  const lived: string[] = []
  const lane = async (letter: string) => {
    for (let number = 1; !isOver; number++) {
      await liveThrough(client, `${letter}_${number}`)
      lived.push(`${letter}_${number}`)
    }
  }
  let [api, worker] = await Promise.all([startApi(client), startWorker()])
  const lives = Promise.all(Array.from('abcdefgh').slice(0, lanes).map(lane))
  lives.catch(() => undefined)
  for (let killed = 0; killed < kills; killed++) {
    const [before, told] = [client.requests, everything.received.length]
    await until('something', async () => client.requests > before + lanes && everything.received.length > told)
    await wait(random() * 400)
    if (random() < 0.6) {
      client.server = null
      await api.kill()
      api = await startApi(client)
    } else {
      await worker.kill()
      worker = await startWorker()
    }
    await forgetTheDead()
  }
  isOver = true
  await until('the end of the last lives', async () => {
    await forgetTheDead()
    return Promise.race([lives.then(() => true), wait(100, false)])
  })
  await until('all that is told', async () => {
    await forgetTheDead()
    return (await left()) === 0
  })
  await Promise.all([api.kill(), worker.kill()])

  for (const customer of lived) {
    assert.deepEqual(await recorded(customer), lifeStory, customer)
    assert.deepEqual(toldOf(everything, customer), lifeStory, `${customer}, as it arrived`)
    assert.deepEqual(toldOf(withUses, customer), withSingleUses, `${customer}, with single uses`)
  }
  const { rows } = await world.database.pool.query('select id from event')
  const arrived = new Set(everything.received.concat(withUses.received).map(({ message }) => message.id))
  assert.deepEqual(
    rows.filter(({ id }) => !arrived.has(id)),
    [],
    'every event arrived',
  )
  assert.equal(arrived.size, rows.length, 'and nothing else did')
  const verified = await halley({ DATABASE_URL: world.database.url, HALLEY_SECRET: testSecret }, 'verify')
  assert.equal(verified.code, 0, verified.out + verified.err)
  t.diagnostic(
    `seed ${seed}: ${lived.length} lives, ${client.requests} requests, ${client.cutOff} cut off by ${kills} kills; ` +
      `${rows.length} events, ${everything.received.length + withUses.received.length} messages`,
  )
})

/** The same with the two single uses, each where it was recorded. */
const withSingleUses = lifeStory.flatMap((told) => (told.startsWith('quota.') ? ['usage.recorded', told] : [told]))

type Told = { type: string; data: Record<string, unknown> }
const nameOf = ({ type, data }: Told): string => (data.trigger === undefined ? type : `${type} ${data.trigger}`)

/** A customer's events in the order they were recorded, single uses aside. */
async function recorded(customer: string): Promise<string[]> {
  const { rows } = await world.database.pool.query<Told>(
    `select event.type, event.data from event join customer using (org_id)
     where customer.id = event.customer_id and customer.external_id = $1 and type <> 'usage.recorded' order by event.position`,
    [customer],
  )
  return rows.map(nameOf)
}

/** What arrived of a customer, each the first time, in that order. */
function toldOf(receiver: Receiver, customer: string): string[] {
  const first = new Map<string, string>()
  for (const { message } of receiver.received) {
    const { id, event: type, data } = message
    if (data.customerId !== customer && data.externalId !== customer) continue
    if (!first.has(id)) first.set(id, nameOf({ type, data }))
  }
  return [...first.values()]
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const giveUpAt = performance.now() + patienceMs
  while (!(await isSo())) {
    assert(performance.now() < giveUpAt, `${what} did not come in ${patienceMs} ms`)
    await wait(20)
  }
}

async function plan(): Promise<void> {
  const { client } = world
  const { data } = await client.plans.create({ code: 'pro', name: 'Pro' })
  assert(data)
  await client.plans.addPrice({ id: data.id, billingInterval: 'monthly', price: 2900 })
  await client.features.create({ code: 'calls', name: 'Calls', type: 'usage' })
  await client.features.create({ code: 'seats', name: 'Seats', type: 'seats' })
  const overage = { enabled: true, unitPrice: 10_000 }
  await client.plans.addFeature({ id: data.id, featureId: 'calls', includedAmount: 10, overage })
  await client.plans.addFeature({ id: data.id, featureId: 'seats', includedAmount: 3, overage })
  await sell(world, { feature: 'support', price: 1000 })
}

async function startApi(client: StubbornClient): Promise<Child> {
  const api = await startChild(world, { role: 'api', faults: { delayMs: 20 } })
  client.server = api.url
  return api
}

const startWorker = (): Promise<Child> => startChild(world, { role: 'worker', faults: { delayMs: 20 } })

/** What the dead hold for some seconds or minutes they let go at once: leases, keys, and the first look at a charge. */
async function forgetTheDead(): Promise<void> {
  const { pool } = world.database
  // Whoever is alive has the row in hand: it is not waited for.
  await pool.query(
    `update webhook_endpoint set leased_until = now() - interval '1 second'
     where (org_id, id) in (select org_id, id from webhook_endpoint where lease is not null for no key update skip locked)`,
  )
  await pool.query(
    "update idempotency_key set running_until = now() - interval '1 second' where running_until is not null",
  )
  await lookAtOnce(world.database)
}

/** Charges, events and deliveries that are not over. */
async function left(): Promise<number> {
  const { rows } = await world.database.pool.query<{ count: number }>(
    `select (select count(*) from payment_transaction where state in ('started', 'requires_action'))::int
       + (select count(*) from event where pending)::int
       + (select count(*) from webhook_delivery where state = 'waiting')::int as count`,
  )
  return rows[0]?.count ?? 0
}
