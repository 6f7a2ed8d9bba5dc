import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { tellExpiringCards } from '#billing/actions/tell-expiring-cards.ts'
import { inTransaction } from '#database/transaction.ts'
import { findOrg } from '#organisations/sides.store.ts'
import { Story } from '../../../test/support/billing-stories.ts'
import { contextAt } from '../../../test/support/organisations.ts'

let story: Story
before(async () => {
  story = await Story.on('2041-03-01')
  await story.plan('pro')
})
after(() => story.close())

/** Tells what is due as of a day, by so many at once. */
async function tellOn(day: string, workers = 1): Promise<number> {
  const { db, orgId } = story.world
  const org = await findOrg(db, orgId)
  assert(org)
  const context = contextAt(org, Temporal.Instant.from(`${day}T00:00:00Z`))
  const tell = () => inTransaction(db, (tx) => tellExpiringCards(tx, context, 10))
  const told = await Promise.all(Array.from({ length: workers }, tell))
  return told.reduce((sum, { customerIds }) => sum + customerIds.length, 0)
}

test('who comes late tells what is still true, once, and nothing of cards that have ended', async () => {
  await story.join('ada', 'pro', { expires: { expMonth: 6, expYear: 2041 } })
  assert.equal(await tellOn('2041-06-28'), 1)
  assert.equal(await tellOn('2041-06-29'), 0)
  await story.join('bob', 'pro', { expires: { expMonth: 6, expYear: 2041 } })
  assert.equal(await tellOn('2041-07-01'), 0)
  assert.equal(await tellOn('2041-07-02'), 0)
})

test('many at once tell each card once', async () => {
  for (const customer of ['eve', 'joe', 'kay', 'lou']) {
    await story.join(customer, 'pro', { expires: { expMonth: 8, expYear: 2041 } })
  }
  assert.equal(await tellOn('2041-08-02', 8), 4)
})

test('a card that has another date by then is told when that date is near', async () => {
  await story.join('max', 'pro', { expires: { expMonth: 9, expYear: 2041 } })
  await story.world.database.pool.query('update payment_method set exp_year = 2042 where exp_month = 9')
  assert.equal(await tellOn('2041-09-01'), 0)
  assert.equal(await tellOn('2042-09-01'), 1)
})
