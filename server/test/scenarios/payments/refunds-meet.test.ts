import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { withFaults } from '../../support/checkouts.ts'
import { ChangeStory } from '../../support/plan-changes.ts'

let story: ChangeStory
beforeEach(async () => {
  story = await ChangeStory.on('2041-04-01')
})
afterEach(() => story.close())

const post = async (path: string, body: Record<string, unknown> = {}) => {
  const { status, body: answer } = await story.world.request('POST', `/api/v1/${path}`, { body })
  return status < 300 ? 'done' : `${status} ${answer.error.code}`
}

/** Asks for something while the first payment of a customer is being given back. */
async function whileRefunding(customer: string, path: string, body: Record<string, unknown>): Promise<string[]> {
  const { data } = await story.world.client.transactions.list({ customerEmail: `${customer}@example.com` })
  const first = data?.at(-1)
  assert(first)
  return withFaults(story.world, { delayMs: 600 }, async () => {
    const refunded = post(`transactions/${first.id}/refund`)
    await wait(200)
    return [await post(path, body), await refunded]
  })
}

test('nothing is sold to a subscription whose payment is being given back', async () => {
  const [pro, big] = [await story.plan('pro', { price: 3000 }), await story.plan('big', { price: 6000 })]
  await story.group(pro, big)
  const { client } = story.world
  await client.features.create({ code: 'sso', name: 'Single sign-on', type: 'boolean' })
  const { data: addon } = await client.addons.create({
    name: 'Sign-on',
    featureId: 'sso',
    consumptionModel: 'boolean',
    basePrice: 1000,
  })
  const ids = [await story.join('ada', 'pro'), await story.join('bob', 'pro')]
  assert.deepEqual(await whileRefunding('ada', `subscriptions/${ids[0]}/change-plan`, { newPlanId: big }), [
    '409 charge_in_progress',
    'done',
  ])
  assert.deepEqual(await whileRefunding('bob', `subscriptions/${ids[1]}/addons`, { addonId: addon?.id }), [
    '409 charge_in_progress',
    'done',
  ])
  for (const customer of ['ada', 'bob']) assert.equal((await story.subscription(customer)).status, 'canceled')
  assert.deepEqual(await story.invoices('ada'), ['recurring paid 2041-04-01..2041-05-01 3000 = plan_base 3000'])
})

test('the refund of an add-on on a free plan leaves the plan, and its card can be replaced', async () => {
  await story.plan('free', { isFree: true })
  const { client } = story.world
  await client.features.create({ code: 'sso', name: 'Single sign-on', type: 'boolean' })
  await client.addons.create({ name: 'Sign-on', featureId: 'sso', consumptionModel: 'boolean', basePrice: 1000 })
  const pro = await story.plan('pro', { price: 3000 })
  const free = (await client.plans.get({ id: 'free' })).data?.id ?? ''
  await story.group(free, pro)
  const id = await story.join('ada', 'pro')
  assert.equal(await post(`subscriptions/${id}/addons`, { addonId: 'sign-on' }), 'done')
  assert.equal(await post(`subscriptions/${id}/change-plan`, { newPlanId: free }), 'done')
  await story.until('2041-06-02')
  const { data } = await client.transactions.list({ customerEmail: 'ada@example.com' })
  assert.equal(await post(`transactions/${data?.[0]?.id}/refund`), 'done')
  assert.equal((await story.subscription('ada')).status, 'active')
  assert.equal(await post(`subscriptions/${id}/payment-method/update`), 'done')
})

test('the refund of an add-on’s activation takes the add-on, unless a renewal has paid for it since; the plan stays', async () => {
  const { client } = story.world
  await client.features.create({ code: 'themes', name: 'Themes', type: 'boolean' })
  await client.addons.create({ name: 'Themes', featureId: 'themes', consumptionModel: 'boolean', basePrice: 1000 })
  await story.plan('themed', { price: 3000 })
  const has = async (customerId: string) => (await client.addons.listActive({ customerId })).data?.length
  const charges = async (customer: string) =>
    (await client.transactions.list({ customerEmail: `${customer}@example.com` })).data ?? []
  for (const customer of ['una', 'vic']) {
    const id = await story.join(customer, 'themed')
    assert.equal(await post(`subscriptions/${id}/addons`, { addonId: 'themes' }), 'done')
  }
  const [activation] = await charges('una')
  assert.equal(await post(`transactions/${activation?.id}/refund`), 'done')
  assert.equal(await has('una'), 0)
  assert.deepEqual((await story.events('una')).slice(-2), ['payment.refunded', 'addon.deactivated'])
  const [kept] = await charges('vic')
  const { currentPeriod } = await story.subscription('vic')
  await story.until(currentPeriod?.end.slice(0, 10) ?? '')
  assert.equal(await post(`transactions/${kept?.id}/refund`), 'done')
  assert.equal(await has('vic'), 1)
  for (const customer of ['una', 'vic']) assert.equal((await story.subscription(customer)).status, 'active')
  const renewals = await Promise.all(['una', 'vic'].map(async (customer) => (await story.invoices(customer)).at(-1)))
  assert.deepEqual(
    renewals.map((told) => told?.split('= ')[1]),
    ['plan_base 3000', 'plan_base 3000 + addon_base 1000'],
  )
})
