import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Story } from '../../support/billing-stories.ts'

let story: Story
before(async () => {
  story = await Story.on('2041-03-10')
})
after(() => story.close())

const customers = Array.from({ length: 8 }, (_, number) => `customer-${number}`)

/** Usage a customer reports one after the other while everything else goes on; gives what was acknowledged. */
async function useAgainAndAgain(customer: string): Promise<number> {
  let acknowledged = 0
  for (let i = 0; i < 25; i++) {
    try {
      await story.use(customer, 'calls', 10)
      acknowledged += 10
    } catch (error) {
      assert.equal((error as { code?: string }).code, 'no_active_subscription')
    }
  }
  return acknowledged
}

test('usage, billing, cancellations and a changing catalogue at once: what was acknowledged is billed or still open', async () => {
  const plan = await story.plan('pro', { price: 2900, features: { calls: { included: 100, beyond: 5000 } } })
  for (const customer of customers) await story.join(customer, 'pro')
  await story.goTo('2041-05-20')
  const { client } = story.world
  const changePrices = async () => {
    for (let unitPrice = 5000; unitPrice > 4900; unitPrice -= 10) {
      await client.plans.updateFeature({ id: plan, featureId: 'calls', overage: { enabled: true, unitPrice } })
      await story.changePrice(plan, 2900 + unitPrice)
    }
  }
  const newcomers = Array.from({ length: 6 }, (_, number) => `newcomer-${number}`)
  const [acknowledged] = await Promise.all([
    Promise.all(customers.map(useAgainAndAgain)),
    story.bill(),
    story.bill(),
    changePrices(),
    ...customers.slice(0, 4).map((customer) => story.cancel(customer, { immediate: true })),
    ...newcomers.map((newcomer) => story.join(newcomer, 'pro')),
  ])
  await story.bill()

  const { rows } = await story.world.database.pool.query<{
    customer: string
    status: string
    counted: string
    open: string
    tracked: string
    billed: string
  }>(`
    select c.external_id as customer, s.status,
      (select sum(total) from usage_counter k where k.subscription_id = s.id) as counted,
      (select coalesce(sum(total), 0) from usage_counter k where k.subscription_id = s.id and not closed) as open,
      (select sum(quantity) from usage_event e where e.subscription_id = s.id) as tracked,
      (select coalesce(sum(l.used_amount), 0) from invoice i join invoice_line l on l.invoice_id = i.id
        where i.subscription_id = s.id) as billed
    from subscription s join customer c on c.id = s.customer_id where c.external_id like 'customer-%' order by 1`)
  for (const [index, row] of rows.entries()) {
    assert.equal(Number(row.tracked), acknowledged[index], `${row.customer}: every acknowledged event is kept`)
    assert.equal(Number(row.counted), acknowledged[index], `${row.customer}: every event is counted`)
    if (row.status === 'canceled') assert.equal(Number(row.open), 0, `${row.customer}: nothing is left open`)
    else assert.equal(row.status, 'active')
    // Windows that stayed within the included 100 have no line.
    assert(Number(row.billed) <= Number(row.counted) - Number(row.open))
    assert(Number(row.billed) + 100 * 3 >= Number(row.counted) - Number(row.open))
  }
  assert.equal(rows.filter(({ status }) => status === 'canceled').length, 4)
  const numbers = await story.numbers()
  numbers.forEach((number, index) => {
    assert(number.endsWith(String(index + 1).padStart(6, '0')))
  })
})

test('a cancellation and its taking back at once: one of the two orders', async () => {
  await story.join('ada', 'pro')
  for (let round = 0; round < 10; round++) {
    const outcomes = await Promise.allSettled([story.cancel('ada'), story.uncancel('ada'), story.bill()])
    const { cancelAtPeriodEnd } = await story.subscription('ada')
    assert.equal(outcomes[0].status, 'fulfilled')
    assert.equal(cancelAtPeriodEnd, outcomes[1].status === 'rejected')
    if (cancelAtPeriodEnd) await story.uncancel('ada')
  }
})
