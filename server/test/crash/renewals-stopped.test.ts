import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { billOnce } from '../support/bill-once.ts'
import { Story } from '../support/billing-stories.ts'
import type { Order } from '../support/child-order.ts'
import { type Child, killChildren, startChild, sweepLater } from '../support/children.ts'
import { connectStripe, joinAtStripe } from '../support/connections.ts'
import { chargedHere, paidEveryMonth, renewalDay, renewalsOf } from '../support/renewal-kills.ts'
import { StripeDouble } from '../support/stripe-double.ts'

/** A Halley that lives on, and beside it one that is killed at a named moment while it renews three subscriptions. */
const customers = ['ada', 'bob', 'cyd']
const stops = [
  ['builtIn', 'attempt.recorded'],
  ['builtIn', 'attempt.charged'],
  ['builtIn', 'settlement'],
  ['builtIn', 'attempt.settled'],
  ['atStripe', 'attempt.charged'],
] as const
const months = { builtIn: 0, atStripe: 0 }

let stripe: StripeDouble
let atStripe: Story
let builtIn: Story
let webhook: string
before(async () => {
  stripe = await StripeDouble.start()
  atStripe = await Story.on('2041-03-10', { providerAddresses: { stripe: stripe.url } })
  const connection = await connectStripe(atStripe.world, stripe)
  webhook = `/providers/stripe/${atStripe.world.orgId}/${connection}/webhook`
  builtIn = await Story.on('2041-03-10')
  for (const story of [builtIn, atStripe]) await story.plan('pro', { price: 2900 })
  for (const customer of customers) {
    await builtIn.join(customer, 'pro')
    await joinAtStripe(atStripe, customer, 'pro')
  }
})
afterEach(() => {
  killChildren()
  stripe.faultFor = () => null
})
after(async () => {
  await builtIn.close()
  await atStripe.close()
  await stripe.stop()
})

/** The next month has come, and nobody is at the clock. */
async function nextMonth(where: keyof typeof months): Promise<Story> {
  const story = where === 'builtIn' ? builtIn : atStripe
  months[where] += 1
  await story.goTo(renewalDay(months[where]))
  await story.world.database.pool.query('update side set clock_moved_at = null')
  return story
}

function startAt(story: Story, order: Omit<Order, 'url' | 'secret'>): Promise<Child> {
  return startChild(story.world, { ...order, ...(story === atStripe ? { stripe: stripe.url } : {}) })
}

/** Whoever comes next finishes what was begun, and everything is as if nobody had died. */
async function checkFinished(where: keyof typeof months): Promise<void> {
  const story = where === 'builtIn' ? builtIn : atStripe
  for (const _time of ['once', 'twice']) {
    await billOnce(story)
    await sweepLater(story.world)
  }
  assert.deepEqual(await renewalsOf(story), new Map([[paidEveryMonth(months[where]), 3]]))
  assert.deepEqual(await chargedHere(story), where === 'builtIn' ? await bookedBuiltIn() : bookedAtStripe())
}

function bookedAtStripe(): string[] {
  return stripe
    .charged()
    .map(({ transaction, amount }) => `${transaction} ${amount}`)
    .toSorted()
}

async function bookedBuiltIn(): Promise<string[]> {
  const { rows } = await builtIn.world.database.pool.query<{ told: string }>(
    `select concat_ws(' ', idempotency_key, amount) as told from simulated_processor.charge
     where kind = 'charge' and state = 'succeeded' order by idempotency_key`,
  )
  return rows.map(({ told }) => told)
}

for (const [where, crashAt] of stops) {
  test(`a run of renewals, ${where}, stopped at ${crashAt} of the second: each is paid once`, async () => {
    const story = await nextMonth(where)
    const child = await startAt(story, { role: 'worker', crashAt, survives: 1 })
    await child.died()
    await checkFinished(where)
  })
}

test('killed while the built-in processor is about to book: each is paid once', async () => {
  const story = await nextMonth('builtIn')
  const { pool } = story.world.database
  const locking = await pool.connect()
  try {
    await locking.query('begin; lock table simulated_processor.charge in share mode')
    const child = await startAt(story, { role: 'worker' })
    const isAsking = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
      and query like '%"simulated_processor"."charge"%'`
    while ((await pool.query(isAsking)).rowCount === 0);
    const dying = child.kill()
    // Its session ends with the statement that waits.
    await locking.query('rollback')
    await dying
  } finally {
    locking.release()
  }
  await checkFinished('builtIn')
})

for (const fault of ['drop_before', 'slow'] as const) {
  const when = fault === 'slow' ? 'has charged and not answered' : 'has been asked and not charged'
  test(`killed while Stripe ${when}: each is paid once`, async () => {
    const story = await nextMonth('atStripe')
    const asked = Promise.withResolvers<void>()
    const isDead = Promise.withResolvers<void>()
    stripe.onBooked = () => fault === 'slow' && asked.resolve()
    stripe.faultFor = async () => {
      if (fault === 'slow') return fault
      asked.resolve()
      await isDead.promise
      return fault
    }
    const child = await startAt(story, { role: 'worker' })
    await asked.promise
    await child.kill()
    isDead.resolve()
    stripe.faultFor = () => null
    await checkFinished('atStripe')
  })
}

test('a request that reaches Stripe after its sender was killed and the sweeper has asked again: it is paid once', async () => {
  const story = await nextMonth('atStripe')
  const asked = Promise.withResolvers<void>()
  const isDead = Promise.withResolvers<void>()
  let isFirst = true
  stripe.faultFor = async () => {
    if (!isFirst) return null
    isFirst = false
    asked.resolve()
    await isDead.promise
    return null
  }
  const child = await startAt(story, { role: 'worker' })
  await asked.promise
  await child.kill()
  await checkFinished('atStripe')
  isDead.resolve()
  await wait(100)
  await checkFinished('atStripe')
})

async function post(child: Child, body: string, headers: Record<string, string>): Promise<string> {
  const response = await fetch(child.url + webhook, { method: 'POST', body, headers })
  return `${response.status} ${await response.text()}`
}

for (const crashAt of ['notification.kept', 'attempt.charged', 'settlement', 'notification.followed'] as const) {
  test(`a lost answer, and killed at ${crashAt} while Stripe tells of the charge: told again, it is paid once`, async () => {
    const story = await nextMonth('atStripe')
    stripe.faultFor = () => 'drop_after'
    await billOnce(story)
    stripe.faultFor = () => null
    const { transaction = '' } = stripe.charged().at(-1) ?? {}
    const { body, headers } = stripe.notification('payment_intent.succeeded', transaction)
    const child = await startAt(story, { role: 'api', crashAt })
    await assert.rejects(post(child, body, headers))
    await child.died()
    for (const _again of ['told again', 'and again']) {
      const told = await story.world.request('POST', webhook, { key: null, text: body, headers })
      assert.equal(told.status, 200)
    }
    // By what was told, before any sweeper came by.
    const { rows } = await story.world.database.pool.query('select state from payment_transaction where id = $1', [
      transaction,
    ])
    assert.deepEqual(rows, [{ state: 'succeeded' }])
    await checkFinished('atStripe')
  })
}

test('killed at the end of a notification of a dispute: told again, it is one dispute', async () => {
  const { transaction = '' } = stripe.charged()[0] ?? {}
  const dispute = stripe.disputeCharge(transaction)
  const { body, headers } = stripe.disputeNotification('charge.dispute.created', dispute)
  const child = await startAt(atStripe, { role: 'api', crashAt: 'notification.followed' })
  await assert.rejects(post(child, body, headers))
  await child.died()
  const told = await atStripe.world.request('POST', webhook, { key: null, text: body, headers })
  assert.equal(told.status, 200)
  const { rows } = await atStripe.world.database.pool.query(
    `select (select count(*)::int from dispute) as disputes, (select count(*)::int from event where type = 'payment.disputed') as told`,
  )
  assert.deepEqual(rows, [{ disputes: 1, told: 1 }])
})
