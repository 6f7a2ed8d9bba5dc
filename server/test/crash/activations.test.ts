import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { sell } from '../support/addon-stories.ts'
import { killChildren, type Post, postAgain, postAndCrash, sweepLater } from '../support/children.ts'
import { type Funded, fundedCustomer, fundedPlan } from '../support/ledger-stories.ts'
import { createWorld, type World } from '../support/world.ts'

/** A Halley that lives on, and beside it one that is killed in the middle of an activation. */
let world: World
let planId: string

before(async () => {
  world = await createWorld()
  planId = (await fundedPlan(world, { model: 'credits', feature: 'renders', creditsPerUnit: 1 })).id
  await sell(world, { feature: 'support', price: 1000 })
})
afterEach(killChildren)
after(() => world.close())

const activation = (customer: Funded): Post => ({
  path: `/subscriptions/${customer.subscriptionId}/addons`,
  body: { addonId: 'support' },
  key: `support for ${customer.externalId}`,
})

/** The same request again: its status and what it charged, or why not. */
async function again(customer: Funded): Promise<string> {
  const { status, body } = await postAgain(world, activation(customer))
  return `${status} ${body.error?.code ?? body.data.proratedCharge}`
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
    await postAndCrash(world, point, activation(customer))
    const { addons, allowed } = await standing(customer)
    assert.deepEqual([addons, allowed], point === 'attempt.settled' ? [['active'], true] : [['pending'], false])
    await sweepLater(world)
    assert.deepEqual(await standing(customer), completed)
    assert.equal(await again(customer), '200 1000')
    await sweepLater(world)
    assert.deepEqual(await standing(customer), completed)
  })
}

for (const point of ['attempt.recorded', 'attempt.charged', 'settlement'] as const) {
  test(`an activation stopped at ${point} and asked for again before anybody looked goes on`, async () => {
    const customer = await fundedCustomer(world, { id: planId })
    await postAndCrash(world, point, activation(customer))
    assert.equal(await again(customer), '200 1000')
    assert.deepEqual(await standing(customer), completed)
    await sweepLater(world)
    assert.deepEqual(await standing(customer), completed)
  })
}

test('while an activation that was cut off is not settled, nobody else is charged for it and it is not deleted', async () => {
  const customer = await fundedCustomer(world, { id: planId })
  await postAndCrash(world, 'attempt.charged', activation(customer))
  await assert.rejects(world.client.addons.delete({ id: 'support' }), { code: 'addon_has_activations' })
  const other = { id: customer.subscriptionId, addonId: 'support' }
  // Whoever asks finishes what was begun.
  await assert.rejects(world.client.subscriptions.activateAddon(other), { code: 'addon_already_active' })
  assert.deepEqual(await standing(customer), completed)
})
