import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { HeldStory } from '../../support/held-stories.ts'

/** What races must never break: limits, counts and bills come out as if one request had followed the other. */

let story: HeldStory
before(async () => {
  story = await HeldStory.on('2041-06-01')
  await story.plan('crowd', {
    features: {
      members: { included: 10 },
      guests: { included: 10 },
      desks: { included: 5, beyond: 250_000 },
      sites: { type: 'quota', included: 1_000 },
    },
  })
})
after(() => story.close())

const connections = 16

/** As many requests side by side as there are connections; how many of them were accepted. */
async function together(count: number, request: (index: number) => Promise<unknown>): Promise<number> {
  let next = 0
  let accepted = 0
  const lane = async () => {
    for (let index = next++; index < count; index = next++) {
      await request(index).then(
        () => {
          accepted += 1
        },
        (error: { code?: string }) => {
          assert.match(String(error.code), /^(included_limit_reached|insufficient_seats|insufficient_balance)$/)
        },
      )
    }
  }
  await Promise.all(Array.from({ length: connections }, lane))
  return accepted
}

/** Counts beside their last event, and events whose start is not the end of the one before. */
async function books(): Promise<{ counts: number; torn: number }> {
  const { rows } = await story.world.database.pool.query<{ counts: bigint; torn: bigint }>(`
    with told as (
      select *, lag(current, 1, 0::bigint) over (partition by org_id, subscription_id, feature_id order by number) as before,
        row_number() over (partition by org_id, subscription_id, feature_id order by number) as place
      from held_event
    )
    select (select count(*) from held_count c join held_event e on (e.org_id, e.subscription_id, e.feature_id, e.number)
        = (c.org_id, c.subscription_id, c.feature_id, c.changes) where e.current <> c.current) as counts,
      (select count(*) from told where before <> previous or place <> number) as torn`)
  return { counts: Number(rows[0]?.counts), torn: Number(rows[0]?.torn) }
}

test('16 connections that add seats at once never exceed what is included', async () => {
  await story.join('ada', 'crowd')
  const add = () => story.world.client.seats.add({ customerId: 'ada', featureCode: 'members', count: 1 })
  assert.equal(await together(64, add), 10)
  const { data } = await story.world.client.seats.getBalance({ customerId: 'ada', featureCode: 'members' })
  assert.equal(data?.current, 10)
  assert.deepEqual(await books(), { counts: 0, torn: 0 })
})

test('adding and removing at once loses nothing and never goes below zero', async () => {
  await story.join('bea', 'crowd')
  const { quota } = story.world.client
  const change = { customerId: 'bea', featureCode: 'sites' }
  const added = await together(40, () => quota.add({ ...change, count: 3 }))
  assert.equal(added, 40)
  const removed = await together(100, () => quota.remove({ ...change, count: 2 }))
  assert.equal(removed, 60)
  assert.equal((await quota.get(change)).data?.current, 0)
  assert.deepEqual(await books(), { counts: 0, torn: 0 })
})

test('sets of several features in opposite order neither deadlock nor mix', async () => {
  await story.join('cleo', 'crowd')
  const set = (index: number) => {
    const count = index % 10
    const seats = index % 2 === 0 ? { members: count, guests: count } : { guests: count, members: count }
    return story.world.client.seats.setAll({ customerId: 'cleo', seats })
  }
  assert.equal(await together(48, set), 48)
  const { data } = await story.world.client.seats.getAllBalances({ customerId: 'cleo' })
  const balances = data as unknown as Record<string, { current: number }>
  assert.equal(balances.members?.current, balances.guests?.current)
  assert.deepEqual(await books(), { counts: 0, torn: 0 })
})

test('the same idempotencyKey from 16 connections changes the quota once', async () => {
  await story.join('dora', 'crowd')
  const change = { customerId: 'dora', featureCode: 'sites', count: 5, idempotencyKey: 'once' }
  const answers = new Set<string | undefined>()
  await together(32, async () => answers.add((await story.world.client.quota.add(change)).data?.id))
  assert.equal(answers.size, 1)
  assert.equal((await story.world.client.quota.get(change)).data?.current, 5)
})

test('seats added while the renewal runs are billed once: either before the boundary or after it', async () => {
  await story.join('edna', 'crowd', { initialSeats: { desks: 5 } })
  await story.goTo('2041-07-01')
  const { client } = story.world
  await Promise.all([
    together(12, () => client.seats.add({ customerId: 'edna', featureCode: 'desks', count: 1 })),
    client.testClock.processBilling(),
  ])
  await story.until('2041-08-01')
  // All 12 were added on 1 July: full months of the period that began, whoever came first.
  const [, july, august] = await story.invoices('edna')
  assert.equal(july, 'recurring 2900 = plan_base 2900')
  assert.match(august ?? '', /^recurring 62900 = plan_base 2900 \+ (1 true_up 2500 \+ ){12}12 advance 30000$/)
  const { rows } = await story.world.database.pool.query(
    "select from held_step where settled_window is null and counts_on < '2041-08-01'",
  )
  assert.equal(rows.length, 0)
})
