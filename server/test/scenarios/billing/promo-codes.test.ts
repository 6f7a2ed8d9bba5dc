import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Story } from '../../support/billing-stories.ts'

let story: Story
before(async () => {
  story = await Story.on('2041-01-31')
  await story.plan('pro', { price: 2900, features: { calls: { included: 100, beyond: 5000 } } })
  await story.plan('try', { price: 2900, trialDays: 10 })
  const { client } = story.world
  await client.promoCodes.create({ code: 'TWO', discountType: 'percentage', discountValue: 2500, durationCycles: 2 })
  await client.promoCodes.create({ code: 'EVER', discountType: 'amount', discountValue: 400 })
})
after(() => story.close())

test('a code for two periods: the third is at the full price, and overage is never discounted', async () => {
  await story.join('ada', 'pro', { promoCode: 'TWO' })
  await story.join('bob', 'pro', { promoCode: 'EVER' })
  await story.join('cleo', 'try', { promoCode: 'TWO' })
  await story.use('ada', 'calls', 102)
  await story.until('2041-04-15')
  assert.deepEqual(await story.invoices('ada'), [
    'recurring paid 2041-01-31..2041-02-28 2175 = plan_base 2900 + promo_code_discount -725',
    'recurring paid 2041-02-28..2041-03-31 2275 = plan_base 2900 + promo_code_discount -725 + 2 beyond 100',
    'recurring paid 2041-03-31..2041-04-30 2900 = plan_base 2900',
  ])
  assert.deepEqual(await story.invoices('bob'), [
    'recurring paid 2041-01-31..2041-02-28 2500 = plan_base 2900 + promo_code_discount -400',
    'recurring paid 2041-02-28..2041-03-31 2500 = plan_base 2900 + promo_code_discount -400',
    'recurring paid 2041-03-31..2041-04-30 2500 = plan_base 2900 + promo_code_discount -400',
  ])
  assert.deepEqual(await story.invoices('cleo'), [
    'recurring paid 2041-02-10..2041-03-10 2175 = plan_base 2900 + promo_code_discount -725',
    'recurring paid 2041-03-10..2041-04-10 2175 = plan_base 2900 + promo_code_discount -725',
    'recurring paid 2041-04-10..2041-05-10 2900 = plan_base 2900',
  ])
  const { data } = await story.world.client.promoCodes.list()
  assert.deepEqual(
    data?.map(({ code, redemptionCount }) => [code, redemptionCount]),
    [
      ['EVER', 1],
      ['TWO', 2],
    ],
  )
})

/** Asks for a subscription with a code and has its invoice settled elsewhere. Gives the status, once for each time. */
async function settleOutside(customer: string, times: number): Promise<number[]> {
  const { body } = await story.world.request('GET', `/api/v1/invoices?customerId=${customer}`)
  const statuses: number[] = []
  for (let time = 0; time < times; time++) {
    const path = `/api/v1/invoices/${body.data[0].id}/status`
    statuses.push((await story.world.request('PUT', path, { body: { status: 'paid' } })).status)
  }
  return statuses
}

const uses = async (code: string) => {
  const { data } = await story.world.client.promoCodes.list()
  return data?.find((one) => one.code === code)?.redemptionCount
}

test('an invoice that is settled outside uses its code once, also when others took the last place meanwhile', async () => {
  await story.world.client.promoCodes.create({
    code: 'LAST',
    discountType: 'amount',
    discountValue: 500,
    maxRedemptions: 2,
  })
  for (const customer of ['dora', 'emil']) {
    await story.customer(customer)
    await story.subscribe(customer, 'pro', { promoCode: 'LAST' })
  }
  assert.deepEqual(await settleOutside('dora', 2), [200, 409])
  assert.equal(await uses('LAST'), 1)
  await story.join('finn', 'pro', { promoCode: 'LAST' })
  assert.deepEqual(await settleOutside('emil', 1), [200])
  assert.equal((await story.subscription('emil')).status, 'active')
  assert.match((await story.invoices('emil'))[0] ?? '', /promo_code_discount -500$/)
  assert.equal(await uses('LAST'), 3)
  await story.customer('gail')
  const body = { customerId: 'gail', planCode: 'pro', promoCode: 'LAST' }
  const refused = await story.world.request('POST', '/api/v1/subscriptions', { body })
  assert.equal(refused.body.error?.details?.[0]?.message, 'max_redemptions_reached')
})
