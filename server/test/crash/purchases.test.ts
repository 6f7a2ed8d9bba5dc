import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { killChildren, type Post, postAgain, postAndCrash, sweepLater } from '../support/children.ts'
import { type Funded, fundedCustomer, fundedPlan } from '../support/ledger-stories.ts'
import { createWorld, type World } from '../support/world.ts'

/** A Halley that lives on, and beside it one that is killed in the middle of a purchase. */
let world: World
let packId: string
const plans = { credits: '', balance: '' }

before(async () => {
  world = await createWorld()
  const { data } = await world.client.creditPacks.create({ name: 'Hundred', credits: 100, price: 1_500 })
  assert(data)
  packId = data.id
  const credits = { model: 'credits', feature: 'renders', creditsPerUnit: 1, includedCredits: 10 } as const
  const balance = { model: 'balance', feature: 'minutes', unitPrice: 100, includedBalance: 20_000 } as const
  plans.credits = (await fundedPlan(world, credits)).id
  plans.balance = (await fundedPlan(world, balance)).id
})
afterEach(killChildren)
after(() => world.close())

const kinds = {
  credits: {
    path: 'credits',
    body: () => ({ creditPackId: packId }),
    charged: { amount: 1_500n, type: 'credit_purchase' },
    held: { before: '10 0 0', after: '10 100 0' },
    event: 'credits.purchased',
    entry: 'purchase',
  },
  balance: {
    path: 'balance/topup',
    body: () => ({ amount: 700 }),
    charged: { amount: 700n, type: 'balance_topup' },
    held: { before: '0 0 20000', after: '0 0 90000' },
    event: 'balance.topped_up',
    entry: 'top_up',
  },
} as const

const purchase = (kind: keyof typeof kinds, customer: Funded): Post => ({
  path: `/subscriptions/${customer.subscriptionId}/${kinds[kind].path}`,
  body: kinds[kind].body(),
  key: `buy for ${customer.externalId}`,
})

/** Everything that a purchase leaves behind: charges, invoices, entries of its kind, events, and what is held. */
async function standing(kind: keyof typeof kinds, customer: Funded) {
  const { charged, entry, event } = kinds[kind]
  const { rows } = await world.database.pool.query(
    `select
       array(select concat_ws(' ', state, amount) from simulated_processor.charge
         where metadata->>'subscription' = $2 and metadata->>'purpose' in ('credit_purchase', 'balance_topup')) as charges,
       array(select concat_ws(' ', status, total) from invoice
         where org_id = $1 and subscription_id = $2 and type = $3 order by number) as invoices,
       array(select concat_ws(' ', plan_credits, purchased_credits, balance) from ledger_entry
         where org_id = $1 and subscription_id = $2 and kind = $4) as entries,
       array(select type from event where org_id = $1 and customer_id = $5 and type = $6) as events,
       (select concat_ws(' ', plan_credits, purchased_credits, balance) from ledger_account
         where org_id = $1 and subscription_id = $2) as held,
       (select concat_ws(' ', sum(plan_credits), sum(purchased_credits), sum(balance)) from ledger_entry
         where org_id = $1 and subscription_id = $2) as booked`,
    [world.orgId, customer.subscriptionId, charged.type, entry, customer.id, event],
  )
  return rows[0]
}

for (const kind of ['credits', 'balance'] as const) {
  const { charged, held, event } = kinds[kind]
  const once = {
    charges: [`succeeded ${charged.amount}`],
    invoices: [`paid ${charged.amount}`],
    entries: [kind === 'credits' ? '0 100 0' : '0 0 70000'],
    events: [event],
    held: held.after,
    booked: held.after,
  }
  const what = kind === 'credits' ? 'the purchase of a credit pack' : 'a top-up'

  for (const point of ['attempt.recorded', 'attempt.charged', 'settlement', 'attempt.settled'] as const) {
    test(`${what} stopped at ${point}: charged once, added once, and a repeat of the request is told so`, async () => {
      const customer = await fundedCustomer(world, { id: plans[kind] })
      await postAndCrash(world, point, purchase(kind, customer))
      assert.equal((await standing(kind, customer)).held, point === 'attempt.settled' ? held.after : held.before)
      await sweepLater(world)
      assert.deepEqual(await standing(kind, customer), once)
      assert.equal((await postAgain(world, purchase(kind, customer))).status, 200)
      await sweepLater(world)
      assert.deepEqual(await standing(kind, customer), once)
    })
  }
}

for (const point of ['attempt.recorded', 'attempt.charged', 'settlement'] as const) {
  test(`a purchase stopped at ${point} and asked for again before anybody looked: goes on, charged and added once`, async () => {
    const customer = await fundedCustomer(world, { id: plans.credits })
    await postAndCrash(world, point, purchase('credits', customer))
    assert.equal((await postAgain(world, purchase('credits', customer))).status, 200)
    const { charges, entries, held } = await standing('credits', customer)
    assert.deepEqual(
      { charges, entries, held },
      { charges: ['succeeded 1500'], entries: ['0 100 0'], held: '10 100 0' },
    )
    await sweepLater(world)
    assert.equal((await standing('credits', customer)).held, '10 100 0')
  })
}

test('another request is another purchase, also with the same content', async () => {
  const customer = await fundedCustomer(world, { id: plans.credits })
  for (const key of ['one', 'two']) {
    const { status } = await world.request('POST', `/api/v1/subscriptions/${customer.subscriptionId}/credits`, {
      body: { creditPackId: packId },
      headers: { 'idempotency-key': key },
    })
    assert.equal(status, 200)
  }
  assert.equal((await standing('credits', customer)).held, '10 200 0')
})
