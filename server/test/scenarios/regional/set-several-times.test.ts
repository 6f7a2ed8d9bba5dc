import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Story } from '../../support/billing-stories.ts'
import { invoicesOf, regionalPlan } from '../../support/regional-stories.ts'
import { assertSimulatesItself } from '../../support/simulations.ts'

const story = await Story.on('2041-06-01')
after(() => story.close())

test('of prices that are set several times at one moment of a standing clock the last one wins: sold, billed, explained and simulated', async () => {
  const { client } = story.world
  const features = { calls: { type: 'usage', included: 10, beyond: 10_000 } } as const
  const pro = await regionalPlan(story, 'pro', { features, rates: { brl: 4 } })
  const set = (exchangeRate: number, given: object = {}) =>
    client.plans.setRegionalPricing({ id: pro.id, currency: 'brl', exchangeRate, ...given })
  await set(4, {
    prices: [{ priceId: pro.priceId, price: 20_000 }],
    features: [{ featureId: 'calls', overageUnitPrice: 90_000 }],
  })
  await set(6)
  await story.join('ana', 'pro', { country: 'BR' })
  // Dearer than at the beginning of her window, and of the next one: her units stay at 6.00, the base is that of its day.
  await set(8)
  await set(7)
  await story.use('ana', 'calls', 15)
  await story.goTo('2041-07-01T00:00:00.000Z')
  await set(9)
  await set(8)
  await story.bill()
  // After the second window has begun, at its very moment: 3.00 was promised within it and holds in it, the last word beyond it.
  await set(3)
  await set(5)
  await story.use('ana', 'calls', 15)
  await story.until('2041-08-01T00:00:00.000Z')
  assert.deepEqual(await invoicesOf(story, 'ana'), [
    'recurring paid 17400 brl: plan_base 17400',
    'recurring paid 26200 brl: plan_base 23200, feature_overage 3000',
    'recurring paid 16000 brl: plan_base 14500, feature_overage 1500',
  ])
  const { data: invoices } = await client.invoices.list({ customerId: 'ana' })
  for (const { id } of invoices ?? []) {
    const { body } = await story.world.request('GET', `/api/v1/invoices/${id}/explain`)
    assert.equal(body.data.matches, true, JSON.stringify(body.data))
  }
  assert.equal(await assertSimulatesItself(story.world, { planCode: 'pro' }), 2)
})
