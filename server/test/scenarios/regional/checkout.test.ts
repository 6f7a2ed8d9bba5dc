import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Story } from '../../support/billing-stories.ts'
import { typedForm, visit } from '../../support/checkouts.ts'
import { chargesOf, checkoutOf, invoicesOf, regionalPlan } from '../../support/regional-stories.ts'

let story: Story
before(async () => {
  story = await Story.on('2041-01-01')
  await regionalPlan(story, 'pro', { rates: { brl: 5.4321, jpy: 150 } })
})
after(() => story.close())

async function opened(customer: string, plan: string, settings: Record<string, unknown> = {}) {
  await story.customer(customer)
  const { checkoutUrl } = await story.subscribe(customer, plan, settings)
  return { checkoutUrl, checkout: checkoutOf(story, checkoutUrl) }
}

test('a checkout goes from one currency to another and back, and is charged once in the last one', async () => {
  const { checkoutUrl, checkout } = await opened('ada', 'pro')
  const shown = []
  for (const country of ['BR', 'JP', 'DE', 'BR', 'US']) {
    const { currency, total } = await checkout.quote({ country })
    shown.push(`${total} ${currency}`)
  }
  // Germany's euros are none of the plan's: dollars.
  assert.deepEqual(shown, ['15753 brl', '4350 jpy', '2900 usd', '15753 brl', '2900 usd'])
  assert.equal((await story.pay(checkoutUrl, undefined, 'JP')).status, 200)
  assert.deepEqual(await invoicesOf(story, 'ada'), ['recurring paid 4350 jpy: plan_base 4350'])
  assert.deepEqual(await chargesOf(story), ['4350 jpy'])
  const receipt = await checkout.get()
  assert.deepEqual([receipt.status, receipt.currency, receipt.receipt.total], ['complete', 'jpy', 4350])
  // A finished checkout is priced no more.
  assert.equal((await checkout.quote({ country: 'BR' })).currency, 'jpy')
})

test('what was quoted is what is charged, whatever becomes of the rate in between', async () => {
  const plan = await regionalPlan(story, 'quoted', { rates: { brl: 5 } })
  const { checkoutUrl, checkout } = await opened('bea', 'quoted')
  assert.equal((await checkout.quote({ country: 'BR' })).total, 14_500)
  await story.world.client.plans.setRegionalPricing({ id: plan.id, currency: 'brl', exchangeRate: 6 })
  assert.equal((await checkout.get()).total, 14_500)
  assert.equal((await checkout.quote({ country: 'BR' })).total, 14_500)
  await story.pay(checkoutUrl, undefined, 'BR')
  assert.deepEqual(await invoicesOf(story, 'bea'), ['recurring paid 14500 brl: plan_base 14500'])
})

test('a customer whose address is known is shown their own currency from the start', async () => {
  await story.world.client.customers.create({
    id: 'caio',
    email: 'caio@example.com',
    address: { line1: 'Rua Augusta 1', city: 'São Paulo', postalCode: '01305-000', country: 'BR' },
  })
  const { checkoutUrl } = await story.subscribe('caio', 'pro')
  const { currency, total } = await checkoutOf(story, checkoutUrl).get()
  assert.deepEqual([currency, total], ['brl', 15_753])
  // The same request again finds the same checkout, whatever it is priced in meanwhile.
  await checkoutOf(story, checkoutUrl).quote({ country: 'JP' })
  assert.equal((await story.subscribe('caio', 'pro')).checkoutUrl, checkoutUrl)
})

test('a fixed promo code is worth its dollars in the ratio of both prices, a fixed offer its dollars at the rate', async () => {
  const { client } = story.world
  await client.promoCodes.create({ code: 'TEN', discountType: 'amount', discountValue: 1000, durationCycles: 1 })
  const { checkoutUrl, checkout } = await opened('dan', 'pro', { promoCode: 'TEN' })
  const there = await checkout.quote({ country: 'BR' })
  // 10.00 × 157.53 ÷ 29.00 = 54.3207.
  assert.deepEqual([there.subtotal, there.discountAmount, there.total], [15_753, 5432, 10_321])
  assert.equal((await checkout.quote({ country: 'US' })).total, 1900)
  await story.pay(checkoutUrl, undefined, 'BR')
  assert.deepEqual(await invoicesOf(story, 'dan'), [
    'recurring paid 10321 brl: plan_base 15753, promo_code_discount -5432',
  ])
  const typed = await opened('eva', 'pro')
  const quoted = await typed.checkout.quote({ country: 'JP', promoCode: 'ten' })
  assert.deepEqual([quoted.currency, quoted.discountAmount, quoted.total], ['jpy', 1500, 2850])

  const intro = { discountType: 'amount', discountValue: 999 } as const
  const plan = await regionalPlan(story, 'intro', { intro, rates: { brl: 5.4321 } })
  const offers = [
    { priceId: plan.priceId, discountType: 'percentage', discountValue: 5000, durationCycles: 1 } as const,
  ]
  await client.plans.setRegionalPricing({ id: plan.id, currency: 'jpy', exchangeRate: 150, introOffers: offers })
  const newcomer = await opened('fay', 'intro')
  assert.equal((await newcomer.checkout.get()).discountAmount, 999)
  // 9.99 × 5.4321 = 54.2667; Japan has an offer of its own.
  assert.equal((await newcomer.checkout.quote({ country: 'BR' })).discountAmount, 5427)
  assert.equal((await newcomer.checkout.quote({ country: 'JP' })).discountAmount, 2175)
  await story.pay(newcomer.checkoutUrl, undefined, 'JP')
  const { discount } = await story.subscription('fay')
  assert.deepEqual([discount?.type, discount?.value], ['percentage', 5000])
})

test('a code that leaves less than the minimum charge of a currency is dropped there, and back where it does not', async () => {
  const { client } = story.world
  await regionalPlan(story, 'small', { price: 200, rates: { brl: 1, jpy: 150 } })
  await client.promoCodes.create({ code: 'HALF', discountType: 'percentage', discountValue: 5000 })
  const { checkout } = await opened('gil', 'small', { promoCode: 'HALF' })
  const totals = []
  // One real would be left, and 2.50 are the least that is charged.
  for (const country of ['US', 'BR', 'JP']) totals.push((await checkout.quote({ country })).total)
  assert.deepEqual(totals, [100, 200, 150])
})

test('a trial is settled in its currency before anything is charged', async () => {
  await regionalPlan(story, 'trial', { trialDays: 14, rates: { brl: 5.4321 } })
  const { checkoutUrl, checkout } = await opened('hal', 'trial')
  const { currency, renewal } = await checkout.quote({ country: 'BR' })
  assert.deepEqual([currency, renewal.amount], ['brl', 15_753])
  await story.pay(checkoutUrl, undefined, 'BR')
  await story.until('2041-01-16')
  assert.deepEqual(await invoicesOf(story, 'hal'), ['recurring paid 15753 brl: plan_base 15753'])
})

test('without script: another country shows its price before anything is charged', async () => {
  const { checkoutUrl } = await opened('ida', 'pro')
  const path = new URL(checkoutUrl).pathname
  const form = typedForm('4242 4242 4242 4242', { country: 'BR', state: 'SP' })
  const first = await visit(story.world, path, form)
  assert.equal(first.status, 409)
  assert.match(first.body, /R\$\s?157\.53/)
  assert.deepEqual(await invoicesOf(story, 'ida'), ['recurring outstanding 15753 brl: plan_base 15753'])
  assert.equal((await visit(story.world, path, form)).status, 303)
  assert.deepEqual(await invoicesOf(story, 'ida'), ['recurring paid 15753 brl: plan_base 15753'])
  const spanish = await opened('jo', 'pro')
  await spanish.checkout.quote({ country: 'BR' })
  const page = await visit(story.world, `${new URL(spanish.checkoutUrl).pathname}?locale=es`)
  assert.match(page.body, /157,53\s(BRL|R\$)/)
})

test('units without a price in the currency are refused, what is included is not', async () => {
  const { client } = story.world
  const calls = { type: 'usage', included: 100, beyond: 200 } as const
  const seats = { type: 'seats', included: 2, beyond: 100_000 } as const
  const plan = await regionalPlan(story, 'bare', { features: { calls, seats } })
  await client.plans.setRegionalPrices({ ...plan, overrides: [{ currency: 'brl', price: 9990 }] })
  await story.join('kim', 'bare', { country: 'BR' })
  assert.deepEqual(await invoicesOf(story, 'kim'), ['recurring paid 9990 brl: plan_base 9990'])
  await story.use('kim', 'calls', 100)
  await client.seats.add({ customerId: 'kim', featureCode: 'seats', count: 2 })
  const missing = { code: 'missing_regional_price', statusCode: 400 }
  await assert.rejects(story.use('kim', 'calls', 1), missing)
  await assert.rejects(client.usage.check({ customerId: 'kim', featureCode: 'calls', quantity: 1 }), missing)
  await assert.rejects(client.seats.add({ customerId: 'kim', featureCode: 'seats', count: 1 }), missing)
  await assert.rejects(client.plans.deleteRegionalPrices(plan), { code: 'price_in_use', statusCode: 409 })
  await client.plans.setRegionalPricing({ id: plan.id, currency: 'brl', exchangeRate: 5 })
  await story.use('kim', 'calls', 1)
  const balance = await regionalPlan(story, 'wallet', {
    model: 'balance',
    includedBalance: 100_000,
    features: { texts: { type: 'usage', beyond: 200 } },
  })
  const override = { currency: 'brl', price: 9990, includedBalance: 500_000 }
  await client.plans.setRegionalPrices({ ...balance, overrides: [override] })
  await story.join('lea', 'wallet', { country: 'BR' })
  assert.equal((await story.subscription('lea')).balance?.remaining, 500_000)
  await assert.rejects(story.use('lea', 'texts', 1), missing)
})
