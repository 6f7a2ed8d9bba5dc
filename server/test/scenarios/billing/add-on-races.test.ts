import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { activate, activeAddons, sell } from '../../support/addon-stories.ts'
import { cards, Story } from '../../support/billing-stories.ts'

let story: Story
before(async () => {
  story = await Story.on('2041-06-01')
  await story.plan('pro', { price: 2900 })
  await sell(story.world, { feature: 'support', price: 1000 })
})
after(() => story.close())

const charges = async (amount: number) => (await story.booked()).filter((one) => one === `succeeded ${amount}`).length

test('activated six times at once: one charge, one invoice, one add-on', async () => {
  await story.join('ada', 'pro')
  await story.goTo('2041-06-10')
  const before = await charges(700)
  const { id } = await story.subscription('ada')
  const body = { addonId: 'support' }
  const answers = await Promise.all(
    Array.from({ length: 6 }, () => story.world.request('POST', `/api/v1/subscriptions/${id}/addons`, { body })),
  )
  const outcomes = answers.map((answer) => answer.body.error?.code ?? 'activated').sort()
  assert.equal(outcomes.filter((one) => one === 'activated').length, 1)
  for (const one of outcomes) assert(['activated', 'addon_already_active', 'charge_in_progress'].includes(one), one)
  assert.equal(await charges(700), before + 1)
  assert.deepEqual((await story.invoices('ada')).slice(1), [
    'addon_activation paid 2041-06-10..2041-06-10 700 = addon_base 700',
  ])
})

test('a declined activation is a 402: its invoice is void, nothing else changed, and another try is possible', async () => {
  await story.join('bob', 'pro', { card: cards.failsLater })
  const declined = activate(story, 'bob', 'support')
  await assert.rejects(declined, { code: 'charge_failed', statusCode: 402 })
  assert.deepEqual(await activeAddons(story, 'bob'), [])
  assert.deepEqual((await story.invoices('bob')).slice(1), [
    'addon_activation void 2041-06-10..2041-06-10 1000 = addon_base 1000',
  ])
  assert.deepEqual((await story.events('bob')).slice(-2), ['invoice.created', 'invoice.voided'])
  const { data } = await story.world.client.featureAccess.get({ customerId: 'bob', code: 'support' })
  assert.equal(data?.allowed, false)
  await assert.rejects(activate(story, 'bob', 'support'), { code: 'charge_failed' })
  assert.equal((await story.invoices('bob')).length, 3)
})

test('deleted while it is activated: either is refused, never both done', async () => {
  for (let round = 0; round < 4; round++) {
    const { id: addonId } = await sell(story.world, { feature: `extra_${round}`, price: 300 })
    await story.join(`eve_${round}`, 'pro')
    const { id } = await story.subscription(`eve_${round}`)
    const [activated, deleted] = await Promise.all([
      story.world.request('POST', `/api/v1/subscriptions/${id}/addons`, { body: { addonId } }),
      story.world.request('DELETE', `/api/v1/addons/${addonId}`),
    ])
    const codes = [activated.body.error?.code, deleted.body.error?.code]
    assert(
      codes.join() === ',addon_has_activations' || codes.join() === 'addon_not_found,',
      `activation and deletion: ${codes}`,
    )
    assert.equal((await activeAddons(story, `eve_${round}`)).length, codes[0] === undefined ? 1 : 0)
  }
})

test('usage that runs while its add-on is deactivated: all that was acknowledged is billed, and nothing after', async () => {
  await sell(story.world, { feature: 'reports', type: 'usage', price: 0, included: 0, beyond: 10_000 })
  await story.join('grace', 'pro')
  await activate(story, 'grace', 'reports')
  const { id } = await story.subscription('grace')
  let acknowledged = 0
  const use = async () => {
    for (let one = 0; one < 20; one++) {
      const body = { customerId: 'grace', feature: 'reports', value: 1 }
      const { status } = await story.world.request('POST', '/api/v1/usage/events', { body })
      if (status < 300) acknowledged++
    }
  }
  const running = [use(), use(), use()]
  await story.world.request('DELETE', `/api/v1/subscriptions/${id}/addons/reports`)
  await Promise.all(running)
  const body = { customerId: 'grace', feature: 'reports', value: 1 }
  const late = await story.world.request('POST', '/api/v1/usage/events', { body })
  assert.equal(late.body.error?.code, 'feature_not_in_plan')
  await story.until('2041-07-10')
  const expected = acknowledged === 0 ? '' : ` + ${acknowledged} beyond ${acknowledged * 100}`
  assert.equal(
    (await story.invoices('grace')).at(-1),
    `recurring paid 2041-07-10..2041-08-10 ${2900 + acknowledged * 100} = plan_base 2900${expected}`,
  )
})
