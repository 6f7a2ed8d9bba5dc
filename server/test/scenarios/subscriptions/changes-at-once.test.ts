import assert from 'node:assert/strict'
import { after, before, type TestContext, test } from 'node:test'
import { RunningHalley, tally } from '../../support/running-halley.ts'

/** Two Halley processes on one database, asked for changes of plan at once: one of them is carried out, and is charged once. */

let halley: RunningHalley
let business = ''
const atTheEnd: (() => Promise<void> | void)[] = []
const lifetime = {
  after: (work: () => Promise<void> | void) => {
    atTheEnd.unshift(work)
  },
} as Pick<TestContext, 'after'>
before(async () => {
  halley = await RunningHalley.start(lifetime, 2)
  business = String((await halley.give('POST', '/plans/manage', { code: 'business', name: 'Business' })).id)
  await halley.give('POST', `/plans/${business}/prices`, { billingInterval: 'monthly', price: 9900 })
})
after(async () => {
  for (const work of atTheEnd) await work()
})

/** Somebody on a plan of 29 USD from which one can change to the other. */
async function subscriber(name: string): Promise<string> {
  const id = await halley.payingCustomer(name, { includedAmount: 10, unitPrice: 100 })
  const { id: group } = await halley.give('POST', '/plan-groups', { name })
  const { id: plan } = await halley.give('GET', `/plans/${name}`)
  for (const planId of [plan, business]) await halley.give('POST', `/plan-groups/${group}/plans`, { planId })
  return id
}

test('twenty changes at once: one is carried out, the others are told so, and nobody is charged twice', async () => {
  const id = await subscriber('ada')
  const answers = await halley.together(20, (_, via) =>
    halley.call('POST', `/subscriptions/${id}/change-plan`, { body: { newPlanId: business }, via }),
  )
  const { 200: done, ...refused } = tally(answers)
  assert.equal(done, 1)
  for (const kind of Object.keys(refused)) {
    assert(['409 charge_in_progress', '400 no_change_requested'].includes(kind), kind)
  }
  const rows = await halley.rows<{ told: string }>(
    `select concat_ws(' ', (select count(*) from plan_change where subscription_id = $1 and state = 'applied'),
       (select count(*) from invoice where subscription_id = $1 and type = 'plan_change'),
       (select count(*) from payment_transaction where subscription_id = $1 and purpose = 'plan_change'),
       (select count(*) from subscription_window where subscription_id = $1)) as told`,
    id,
  )
  assert.deepEqual(rows, [{ told: '1 1 1 2' }])
})
