import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Story } from '../../support/billing-stories.ts'
import { hosted } from '../../support/checkouts.ts'
import { explanationOf } from '../../support/explanations.ts'
import { joinFrom, registerTax, taxesShown } from '../../support/taxes.ts'

let story: Story
before(async () => {
  story = await Story.on('2041-06-01')
  await story.plan('pro', { price: 2900, features: { calls: { included: 10, beyond: 3300 } } })
  await story.plan('cheap', { price: 2999 })
})
after(() => story.close())

const address = { line1: '1 High Street', city: 'Town', postalCode: '10000', line2: '' }

const joinAt = (customer: string, place: string, plan = 'pro', details: Record<string, string> = {}) =>
  joinFrom(story, customer, place, plan, details)
const last = async (customer: string) => (await story.invoices(customer)).at(-1)
const leave = (customer: string) => story.cancel(customer, { immediate: true })

test('nobody pays tax before the seller is registered anywhere', async () => {
  await joinAt('first', 'DE')
  assert.deepEqual(await taxesShown(story.world, 'first'), ['not_registered'])
  assert.equal((await story.booked()).at(-1), 'succeeded 2900')
  await leave('first')
  await registerTax(story.world, 'DE', ['DE', 'EU', 'US', 'CA'])
})

test('Germany, 19 %: the first invoice is $34.51, and the renewal with usage is taxed line by line', async () => {
  await joinAt('ada', 'DE')
  assert.deepEqual(await taxesShown(story.world, 'ada'), ['charged', 'VAT 19% on 2900 = 551'])
  assert.equal((await story.booked()).at(-1), 'succeeded 3451')
  await story.use('ada', 'calls', 13)
  await story.until('2041-07-01')
  assert.equal(await last('ada'), 'recurring paid 2041-07-01..2041-08-01 3569 = plan_base 2900 + 3 beyond 99')
  assert.deepEqual(await taxesShown(story.world, 'ada'), ['charged', 'VAT 19% on 2999 = 570'])
  const { body } = await story.world.request('GET', '/api/v1/invoices?customerId=ada')
  assert.deepEqual(
    body.data[0].lineItems.map(({ taxAmount }: { taxAmount: number }) => taxAmount),
    [551, 19],
  )
  const { data } = await story.world.client.transactions.list({ customerEmail: 'ada@example.com' })
  assert.deepEqual([data?.[0]?.grossAmount, data?.[0]?.subtotal, data?.[0]?.taxAmount], [3569, 2999, 570])
  await leave('ada')
})

test('Spain pays 21 %, a French business with its VAT number accounts for it by itself', async () => {
  await joinAt('bea', 'ES')
  assert.deepEqual(await taxesShown(story.world, 'bea'), ['charged', 'IVA 21% on 2900 = 609'])
  await joinAt('cie', 'FR', 'pro', { taxDocument: 'FR40303265045' })
  assert.deepEqual(await taxesShown(story.world, 'cie'), ['reverse_charge'])
  assert.equal((await story.booked()).at(-1), 'succeeded 2900')
  await leave('bea')
  await leave('cie')
})

test('Minnesota 6.875 %, Quebec GST and QST, Ontario one harmonised tax', async () => {
  await joinAt('min', 'US-MN')
  assert.deepEqual(await taxesShown(story.world, 'min'), ['charged', 'Sales tax 6.875% on 2900 = 199'])
  await joinAt('que', 'CA-QC', 'cheap')
  assert.deepEqual(await taxesShown(story.world, 'que'), [
    'charged',
    'GST 5% on 2999 = 150',
    'QST 9.975% on 2999 = 299',
  ])
  assert.equal((await story.booked()).at(-1), 'succeeded 3448')
  await joinAt('ont', 'CA-ON', 'cheap')
  assert.deepEqual(await taxesShown(story.world, 'ont'), ['charged', 'HST 13% on 2999 = 390'])
  for (const customer of ['min', 'que', 'ont']) await leave(customer)
})

test('customer credit is used before tax: $29 less $10 is taxed as $19; a correction upwards has tax, one downwards none', async () => {
  await joinAt('dan', 'DE')
  const { client } = story.world
  await client.invoices.createAdjustment({ customerId: 'dan', amount: -1000, description: 'Sorry' })
  assert.deepEqual(await taxesShown(story.world, 'dan'), [null])
  await story.until('2041-08-01')
  assert.equal(await last('dan'), 'recurring paid 2041-08-01..2041-09-01 2261 = plan_base 2900 + credit -1000')
  assert.deepEqual(await taxesShown(story.world, 'dan'), ['charged', 'VAT 19% on 1900 = 361'])
  const { totals, matches } = await explanationOf(story.world, 'dan')
  assert.equal(matches, true)
  assert.deepEqual(totals.steps.slice(-2), [
    'VAT 19 % (DE, shipped rate since 2021-01-01): plan_base 19% of $19.00 = $3.61',
    'Total: $29.00 − $0.00 discount − $10.00 credit + $3.61 tax = $22.61',
  ])
  const { data } = await client.invoices.createAdjustment({ customerId: 'dan', amount: 1050, description: 'Setup' })
  assert.deepEqual([data?.subtotal, data?.taxAmount, data?.total], [1050, 200, 1250])
  await leave('dan')
})

test('the last invoice of a cancellation is taxed too', async () => {
  await joinAt('eva', 'DE')
  await story.use('eva', 'calls', 110)
  await leave('eva')
  assert.match((await last('eva')) ?? '', /^overage paid .* 3927 = 100 beyond 3300$/)
  assert.deepEqual(await taxesShown(story.world, 'eva'), ['charged', 'VAT 19% on 3300 = 627'])
})

test('a single charge and a payment link have the tax of their customer, and their invoices show it', async () => {
  await joinAt('pam', 'DE')
  const asked = { customerId: 'pam', amount: 1000, currency: 'usd', description: 'Onboarding' }
  const { body } = await story.world.request('POST', '/api/v1/payments/charge', { body: asked })
  assert.deepEqual([body.data.amountSubtotal, body.data.taxAmount, body.data.amountTotal], [1000, 190, 1190])
  assert.equal((await story.booked()).at(-1), 'succeeded 1190')
  assert.deepEqual(await taxesShown(story.world, 'pam'), ['charged', 'VAT 19% on 1000 = 190'])
  const link = (await story.world.request('POST', '/api/v1/payments', { body: asked })).body.data
  assert.deepEqual([link.amountSubtotal, link.taxAmount, link.amountTotal], [1000, 190, 1190])
  const shown = await story.world.request('GET', `/hosted/v1/pay/${new URL(link.url).pathname.split('/').at(-1)}`, {
    key: null,
  })
  assert.deepEqual(shown.body.data.taxes, [{ name: 'VAT', percentage: 19, amount: 190 }])
  await leave('pam')
})

test('a payment link for nobody in particular has the tax of the address that is typed, shown before it is paid', async () => {
  const asked = { amount: 1000, currency: 'usd', description: 'Onboarding' }
  const { url, id } = (await story.world.request('POST', '/api/v1/payments', { body: asked })).body.data
  const path = `/hosted/v1/pay/${new URL(url).pathname.split('/').at(-1)}`
  const card = { number: '4242424242424242', expMonth: 12, expYear: 2060, cvc: '123' }
  const typed = { email: 'liv@example.com', fullName: 'Liv', address: { ...address, country: 'DE' }, card }
  const pay = () => story.world.request('POST', `${path}/confirm`, { key: null, body: typed })
  const before = (await story.booked()).length
  const refused = await pay()
  assert.deepEqual([refused.status, refused.body.error.code], [409, 'invalid_subscription_status'])
  assert.equal((await story.booked()).length, before)
  const shown = (await story.world.request('GET', path, { key: null })).body.data
  assert.deepEqual([shown.total, shown.taxes], [1190, [{ name: 'VAT', percentage: 19, amount: 190 }]])
  assert.equal((await pay()).status, 200)
  assert.equal((await story.booked()).at(-1), 'succeeded 1190')
  const paid = (await story.world.request('GET', `/api/v1/payments/${id}`)).body.data
  assert.deepEqual([paid.status, paid.taxAmount, paid.amountTotal], ['succeeded', 190, 1190])
})

test('who is exempt pays none, and it says why on the document', async () => {
  await joinAt('fox', 'DE', 'pro', { taxExemption: 'Embassy, § 4 Nr. 7 UStG' })
  assert.deepEqual(await taxesShown(story.world, 'fox'), ['exempt'])
  await story.world.request('PUT', '/api/v1/customers/fox', { body: { taxExemption: null } })
  await story.until('2041-09-01')
  assert.equal((await story.booked()).at(-1), 'succeeded 3451')
  await leave('fox')
})

test('an invoice that is final keeps its tax when rates, registrations or the customer change', async () => {
  await joinAt('gus', 'DE')
  const before = (await story.world.request('GET', '/api/v1/invoices?customerId=gus')).body.data
  await registerTax(story.world, 'DE', [])
  await story.world.request('PUT', '/api/v1/customers/gus', { body: { address: { ...address, country: 'FR' } } })
  assert.deepEqual((await story.world.request('GET', '/api/v1/invoices?customerId=gus')).body.data, before)
  await story.until('2041-10-01')
  assert.equal((await story.booked()).at(-1), 'succeeded 2900')
  await leave('gus')
})

test('a reactivation is taxed where the customer is, also when that is elsewhere by then; a refund gives the tax back', async () => {
  const world = story.world
  await registerTax(world, 'DE', ['DE', 'EU'])
  await joinAt('rita', 'DE')
  const { id } = await story.subscription('rita')
  await leave('rita')
  assert.equal((await world.client.subscriptions.reactivate({ id })).data?.retryInitiated, true)
  assert.deepEqual(await taxesShown(world, 'rita'), ['charged', 'VAT 19% on 2900 = 551'])
  assert.equal((await story.booked()).at(-1), 'succeeded 3451')
  const { data } = await world.client.transactions.list({ customerEmail: 'rita@example.com' })
  await world.client.transactions.refund({ id: data?.[0]?.id ?? '' })
  const { rows } = await world.database.pool.query('select amount from simulated_processor.refund')
  assert.deepEqual(rows, [{ amount: 3451n }])
  // No card works any more: paid on the recovery page, from Spain.
  await world.database.pool.query('update payment_method set is_default = false where org_id = $1', [world.orgId])
  const refused = await world.request('POST', `/api/v1/subscriptions/${id}/reactivate`, { body: {} })
  assert.equal(refused.body.error.code, 'no_payment_method')
  const led = await fetch(world.url + new URL(refused.body.error.details.recoveryUrl).pathname, { redirect: 'manual' })
  const token = (led.headers.get('location') ?? '').split('/').at(-1) ?? ''
  const body = {
    email: 'rita@example.com',
    fullName: 'rita',
    address: { ...address, country: 'ES' },
    card: { number: '4242424242424242', expMonth: 12, expYear: 2060, cvc: '123' },
  }
  const { status, body: answer } = await hosted(world, 'POST', `${token}/confirm`, body)
  assert.equal(status, 200, JSON.stringify(answer))
  assert.deepEqual(await taxesShown(world, 'rita'), ['charged', 'IVA 21% on 2900 = 609'])
  assert.equal((await story.booked()).at(-1), 'succeeded 3509')
  assert.equal((await story.subscription('rita')).status, 'active')
  await leave('rita')
})

test('what is too large with its tax is refused before anything is charged or written', async () => {
  await joinAt('zoe', 'DE')
  const before = await story.booked()
  const numbers = await story.numbers()
  for (const [path, amount] of [
    ['payments/charge', 8_000_000_000_000_000],
    ['payments', 9_007_199_254_740_991],
    ['invoices', 9_007_199_254_740_991],
  ] as const) {
    const asked = { customerId: 'zoe', currency: 'usd', description: 'Too much', amount }
    const { status, body } = await story.world.request('POST', `/api/v1/${path}`, { body: asked })
    assert.deepEqual([status, body.error.details[0].field], [422, 'amount'], path)
  }
  assert.deepEqual(await story.booked(), before)
  assert.deepEqual(await story.numbers(), numbers)
  const yen = { customerId: 'zoe', currency: 'jpy', description: 'A single charge in yen', amount: 10_050 }
  assert.equal((await story.world.request('POST', '/api/v1/payments/charge', { body: yen })).status, 201)
  await leave('zoe')
})
