import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { visit } from '../support/checkouts.ts'
import { ChangeStory } from '../support/plan-changes.ts'
import { withdrawalPath } from '../support/portals.ts'
import { joinFrom } from '../support/taxes.ts'

let story: ChangeStory
let basic: string
let plus: string
before(async () => {
  story = await ChangeStory.on('2041-06-10')
  const big = await story.plan('big', { price: 30000 })
  basic = await story.plan('basic', { price: 10000, interval: 'yearly' })
  plus = await story.plan('plus', { price: 15000, interval: 'yearly' })
  await story.group(big, basic, plus)
})
after(() => story.close())

async function creditLeft(customer: string): Promise<string[]> {
  const { rows } = await story.world.database.pool.query<{ remaining: bigint; revoked: boolean }>(
    `select credit.remaining, credit.revoked_at is not null as revoked from customer_credit credit
     join customer on customer.org_id = credit.org_id and customer.id = credit.customer_id
     where customer.external_id = $1 order by credit.id`,
    [customer],
  )
  return rows.map(({ remaining, revoked }) => `${remaining}${revoked ? ' revoked' : ''}`)
}

async function withdraw(customer: string): Promise<number> {
  const path = withdrawalPath(story.world, (await story.subscription(customer)).id)
  return (await visit(story.world, path, {})).status
}

test('what a payment had become credit of goes back as money, and is no credit any more', async () => {
  await joinFrom(story, 'ada', 'DE', 'big')
  // Of 300.00 for June 100.00 pays the year, 200.00 is kept.
  await story.changeNow('ada', basic, 'yearly')
  assert.deepEqual(await creditLeft('ada'), ['20000'])
  assert.equal(await withdraw('ada'), 303)
  assert.deepEqual(await creditLeft('ada'), ['20000 revoked'])
  // Somebody who comes back pays in full.
  await story.world.client.subscriptions.reactivate({ id: (await story.subscription('ada')).id })
  assert.deepEqual((await story.booked()).slice(-1), ['succeeded 10000'])
})

test('an invoice that such credit paid gives it back to nobody', async () => {
  await joinFrom(story, 'bob', 'DE', 'big')
  await story.changeNow('bob', basic, 'yearly')
  // 150.00 less 100.00 unused; the rest is paid from the 200.00 that were kept.
  await story.changeNow('bob', plus, 'yearly')
  assert.deepEqual(await creditLeft('bob'), ['15000'])
  assert.equal(await withdraw('bob'), 303)
  assert.deepEqual(await creditLeft('bob'), ['20000 revoked'])
})
