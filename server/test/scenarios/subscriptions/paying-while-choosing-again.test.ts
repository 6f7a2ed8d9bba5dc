import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createWorld, type World } from '../../support/world.ts'

let world: World
before(async () => {
  world = await createWorld()
})
after(() => world.close())

const typed = {
  fullName: 'Ada Lovelace',
  address: { country: 'US', line1: '1 Main Street', city: 'Springfield', postalCode: '62701' },
  card: { number: '4242424242424242', expMonth: 12, expYear: 2040, cvc: '123' },
}

async function plan(code: string, price: number): Promise<void> {
  const { data } = await world.client.plans.create({ code, name: code })
  assert(data)
  await world.client.plans.addPrice({ id: data.id, billingInterval: 'monthly', price })
}

test('whoever pays while another plan is chosen keeps what was paid for, or pays nothing', async () => {
  await plan('first', 3000)
  await plan('second', 5000)
  for (let round = 0; round < 12; round++) {
    const customerId = `customer-${round}`
    await world.client.customers.create({ id: customerId, email: 'ada@example.com' })
    const { data } = await world.client.subscriptions.create({ customerId, planCode: 'first' })
    assert(data?.checkoutUrl)
    const token = data.checkoutUrl.split('/').at(-1)
    const paying = world.request('POST', `/hosted/v1/checkout/${token}/confirm`, { key: null, body: typed })
    await new Promise((resolve) => setTimeout(resolve, round * 3))
    const choosing = world.request('POST', '/api/v1/subscriptions', { body: { customerId, planCode: 'second' } })
    const [paid, chosen] = await Promise.all([paying, choosing])
    assert(paid.status < 500 && chosen.status < 500, `answered ${paid.status} and ${chosen.status}`)
    const { data: first } = await world.client.subscriptions.get({ id: data.id })
    assert.equal(first?.status === 'active', paid.status === 200, `paid: ${paid.status}, then ${first?.status}`)
    assert.equal(chosen.status === 201, paid.status !== 200, `paid: ${paid.status}, chosen: ${chosen.status}`)
  }
})
