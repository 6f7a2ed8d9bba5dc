import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { cards } from '../../support/billing-stories.ts'
import { confirmation, hosted } from '../../support/checkouts.ts'
import { ChangeStory } from '../../support/plan-changes.ts'

let story: ChangeStory
let plans: { free: string; pro: string; offered: string }
beforeEach(async () => {
  story = await ChangeStory.on('2041-06-01')
  plans = {
    free: await story.plan('free', { isFree: true }),
    pro: await story.plan('pro', { price: 2900 }),
    offered: await story.plan('offered', { price: 9900, intro: { type: 'percentage', value: 5000, cycles: 2 } }),
  }
  await story.group(plans.free, plans.pro, plans.offered)
})
afterEach(() => story.close())

const tokenOf = (url: string) => url.split('/').at(-1) ?? ''

/** A free customer's change to a plan; gives the token of its checkout. */
async function offer(customer: string, planCode: string): Promise<string> {
  await story.join(customer, 'free')
  const { status, body } = await story.change(customer, { newPlanId: planCode })
  assert.equal(status, 200, JSON.stringify(body))
  return tokenOf(body.data.checkoutUrl)
}

async function newCode(limits: Record<string, unknown> = {}): Promise<string> {
  const asked = { code: 'TEN', discountType: 'amount', discountValue: 1000, durationCycles: 2, ...limits } as const
  const { data } = await story.world.client.promoCodes.create(asked)
  assert(data)
  return data.id
}
const redeemed = async (id: string) => (await story.world.client.promoCodes.get({ id })).data?.redemptionCount
const quote = (token: string, typed: Record<string, unknown>) => hosted(story.world, 'PUT', `${token}/quote`, typed)
const confirm = (token: string, card: string, typed: Record<string, unknown> = {}) =>
  hosted(story.world, 'POST', `${token}/confirm`, confirmation(card, typed))

test('half off for two periods: the intro offer is given to a free customer, previewed, shown, charged and counted', async () => {
  await story.join('ada', 'free')
  assert.equal((await story.preview('ada', plans.offered)).body.data.estimatedTotal, 4950)
  const { checkoutUrl } = (await story.change('ada', { newPlanId: 'offered' })).body.data
  const shown = (await hosted(story.world, 'GET', tokenOf(checkoutUrl))).body.data
  assert.deepEqual(
    [shown.subtotal, shown.discountAmount, shown.total, shown.renewal],
    [
      9900,
      4950,
      4950,
      { amount: 4950, billingInterval: 'monthly', on: '2041-07-01', later: { amount: 9900, on: '2041-08-01' } },
    ],
  )
  assert.equal((await story.change('ada', { newPlanId: 'offered' })).body.data.checkoutUrl, checkoutUrl)
  assert.equal((await story.pay(checkoutUrl)).status, 200)
  await story.until('2041-08-02')
  assert.deepEqual(await story.invoices('ada'), [
    'recurring paid 2041-06-01..2041-07-01 4950 = plan_base 9900 + discount -4950',
    'recurring paid 2041-07-01..2041-08-01 4950 = plan_base 9900 + discount -4950',
    'recurring paid 2041-08-01..2041-09-01 9900 = plan_base 9900',
  ])
  assert.deepEqual(await story.booked(), ['succeeded 4950', 'succeeded 4950', 'succeeded 9900'])
  await story.assertExplained('ada')
})

test('an earlier free subscription does not exclude the offer, an earlier paid one does', async () => {
  await story.join('ada', 'free')
  await story.cancel('ada')
  const again = await story.subscribe('ada', 'free')
  assert.equal(again.status, 'active')
  assert.equal((await story.preview('ada', plans.offered)).body.data.estimatedTotal, 4950)
  await story.join('bob', 'pro')
  await story.cancel('bob', { immediate: true })
  await story.subscribe('bob', 'free')
  assert.equal((await story.preview('bob', plans.offered)).body.data.estimatedTotal, 9900)
  await story.join('eve', 'pro')
  await story.change('eve', { newPlanId: 'free' })
  await story.until('2041-07-02')
  assert.equal((await story.preview('eve', plans.offered)).body.data.estimatedTotal, 9900)
  const { checkoutUrl } = (await story.change('eve', { newPlanId: 'offered' })).body.data
  assert.equal((await story.pay(checkoutUrl)).status, 200)
  assert.equal((await story.invoices('eve')).at(-1), 'recurring paid 2041-07-02..2041-08-02 9900 = plan_base 9900')
})

test('a promo code typed in the checkout: $10 off for two periods, counted once it is paid', async () => {
  const id = await newCode()
  const token = await offer('ada', 'pro')
  const quoted = (await quote(token, { promoCode: 'ten' })).body.data
  assert.deepEqual(
    [quoted.subtotal, quoted.discountAmount, quoted.total, quoted.renewal.amount],
    [2900, 1000, 1900, 1900],
  )
  assert.equal((await hosted(story.world, 'GET', token)).body.data.total, 2900)
  assert.equal((await confirm(token, cards.declined, { promoCode: 'TEN' })).status, 402)
  assert.equal(await redeemed(id), 0)
  assert.equal((await hosted(story.world, 'GET', token)).body.data.total, 1900)
  assert.equal((await confirm(token, cards.good)).status, 200)
  assert.equal(await redeemed(id), 1)
  await story.until('2041-08-02')
  assert.deepEqual(await story.invoices('ada'), [
    'recurring paid 2041-06-01..2041-07-01 1900 = plan_base 2900 + promo_code_discount -1000',
    'recurring paid 2041-07-01..2041-08-01 1900 = plan_base 2900 + promo_code_discount -1000',
    'recurring paid 2041-08-01..2041-09-01 2900 = plan_base 2900',
  ])
  await story.assertExplained('ada')
})

test('a code is refused beside the intro offer, for another plan, and a second time', async () => {
  await newCode({ planIds: [plans.pro] })
  const refusals = []
  const offered = await offer('ada', 'offered')
  refusals.push((await quote(offered, { promoCode: 'TEN' })).body.error.details)
  await newCode({ code: 'ALL' })
  refusals.push((await quote(offered, { promoCode: 'ALL' })).body.error.details)
  const pro = await offer('bob', 'pro')
  assert.equal((await confirm(pro, cards.good, { promoCode: 'TEN' })).status, 200)
  await story.cancel('bob', { immediate: true })
  await story.subscribe('bob', 'free')
  const { checkoutUrl } = (await story.change('bob', { newPlanId: 'pro' })).body.data
  refusals.push((await quote(tokenOf(checkoutUrl), { promoCode: 'TEN' })).body.error.details)
  assert.deepEqual(
    refusals,
    ['plan_not_eligible', 'intro_offer_active', 'already_redeemed'].map((message) => [{ field: 'promoCode', message }]),
  )
})

test('an offer that waives the whole first period takes a card and charges nothing', async () => {
  const gift = await story.plan('gift', { price: 2900, intro: { type: 'percentage', value: 10_000, cycles: 1 } })
  await story.group(gift)
  const token = await offer('ada', 'gift')
  assert.deepEqual([(await hosted(story.world, 'GET', token)).body.data.total], [0])
  assert.equal((await confirm(token, cards.good)).status, 200)
  assert.deepEqual(await story.booked(), [])
  await story.until('2041-07-02')
  assert.deepEqual(await story.invoices('ada'), [
    'recurring paid 2041-06-01..2041-07-01 0 = plan_base 2900 + discount -2900',
    'recurring paid 2041-07-01..2041-08-01 2900 = plan_base 2900',
  ])
})

test('six free customers at once for two places: two pay the lower price, nobody more than was shown', async () => {
  const id = await newCode({ maxRedemptions: 2 })
  const tokens: string[] = []
  for (let customer = 0; customer < 6; customer += 1) tokens.push(await offer(`customer-${customer}`, 'pro'))
  const answers = await Promise.all(tokens.map((token) => confirm(token, cards.good, { promoCode: 'TEN' })))
  assert.deepEqual(await story.booked(), ['succeeded 1900', 'succeeded 1900'])
  assert.equal(await redeemed(id), 2)
  const refused = answers.filter(({ status }) => status !== 200)
  assert.deepEqual(
    refused.map(({ status, body }) => `${status} ${body.error.details[0].message}`),
    Array(4).fill('422 max_redemptions_reached'),
  )
})

test('in another currency the offer is the region’s own, and a code is worth its share', async () => {
  const { client } = story.world
  for (const id of [plans.pro, plans.offered]) {
    await client.plans.setRegionalPricing({ id, currency: 'brl', exchangeRate: 5 })
  }
  await newCode()
  const token = await offer('ana', 'pro')
  const shown = []
  for (const country of ['US', 'BR', 'US']) {
    const { currency, total } = (await quote(token, { country, promoCode: 'TEN' })).body.data
    shown.push(`${total} ${currency}`)
  }
  assert.deepEqual(shown, ['1900 usd', '9500 brl', '1900 usd'])
  const plan = (await story.world.request('GET', `/api/v1/plans/${plans.offered}`)).body.data
  await client.plans.updatePrice({
    id: plans.offered,
    priceId: plan.prices[0].id,
    introOffer: { enabled: true, discountType: 'amount', discountValue: 2000, durationCycles: 1 },
  })
  const other = await offer('caio', 'offered')
  const { currency, total } = (await quote(other, { country: 'BR' })).body.data
  assert.deepEqual([total, currency], [39_500, 'brl'])
  const brazil = { country: 'BR', line1: 'Rua 1', city: 'São Paulo', postalCode: '01000-000' }
  assert.equal((await confirm(other, cards.good, { address: brazil })).status, 200)
  assert.equal(
    (await story.invoices('caio')).at(-1),
    'recurring paid 2041-06-01..2041-07-01 39500 = plan_base 49500 + discount -10000',
  )
  await story.assertExplained('caio')
})
