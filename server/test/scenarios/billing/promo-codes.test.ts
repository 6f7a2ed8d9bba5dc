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
