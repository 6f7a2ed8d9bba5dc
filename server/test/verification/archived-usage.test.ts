import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { verify } from '#verification/verify.ts'
import { Story } from '../support/billing-stories.ts'
import { fundedCustomer, fundedPlan } from '../support/ledger-stories.ts'
import { createWorld, type World } from '../support/world.ts'

async function found(world: World): Promise<string[]> {
  return (await verify(world.db)).filter(({ breaches }) => breaches > 0n).map(({ name }) => name)
}

/** Usage, credits drawn and a committed reservation, of a side that has been there for a quarter of a year. */
async function useAll(story: Story): Promise<void> {
  const { client, db } = story.world
  await story.plan('pro', { price: 2900, features: { calls: { included: 10, beyond: 200 } } })
  await story.join('ada', 'pro')
  await client.usage.track({ customerId: 'ada', feature: 'calls', value: 15 })
  const body = { customerId: 'ada', featureCode: 'calls', quantity: 3 }
  const { body: reserved } = await story.world.request('POST', '/api/v1/usage/reservations', { body })
  const path = `/api/v1/usage/reservations/${reserved.data.id}/commit`
  assert.equal((await story.world.request('POST', path, { body: { value: 3 } })).status, 201)
  const credits = await fundedPlan(story.world, {
    model: 'credits',
    feature: 'images',
    creditsPerUnit: 5,
    includedCredits: 100,
  })
  const grace = await fundedCustomer(story.world, credits)
  await client.usage.track({ customerId: grace.externalId, feature: 'images', value: 3 })
  await sql`update side set created_at = created_at - interval '100 days'`.execute(db)
}

/** What an operator archives: the month in which everything of this test was recorded. */
async function archive({ db }: World): Promise<void> {
  const { rows } = await sql<{
    month: string
  }>`select distinct tableoid::regclass::text as month from usage_event`.execute(db)
  for (const { month } of rows) await sql`alter table usage_event detach partition ${sql.id(month)}`.execute(db)
}

for (const clock of ['its real clock', 'a test clock'] as const) {
  test(`usage that was archived by its month is not missed, on ${clock}`, async () => {
    const world = await createWorld({ hasHandmadeRows: true })
    const story = new Story(world)
    try {
      if (clock === 'a test clock') await story.goTo('2030-01-31')
      await useAll(story)
      await archive(world)
      assert.deepEqual(await found(world), [])
    } finally {
      await story.close()
    }
  })
}

test('usage that is gone from a month that is kept is missed', async () => {
  const world = await createWorld({ hasHandmadeRows: true })
  const story = new Story(world)
  try {
    await useAll(story)
    await sql`delete from usage_event`.execute(world.db)
    assert.deepEqual(await found(world), ['counters', 'committed_reservations', 'ledger_usage'])
  } finally {
    await story.close()
  }
})
