import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import { askTaxesAhead } from '#billing/actions/ask-taxes-ahead.ts'
import { Story } from '../../support/billing-stories.ts'
import { hosted } from '../../support/checkouts.ts'
import { explanationOf } from '../../support/explanations.ts'
import { portal, portalOf } from '../../support/portals.ts'
import { StripeDouble } from '../../support/stripe-double.ts'
import { calculateByStripe, customerAt, taxesShown } from '../../support/taxes.ts'

let story: Story | undefined
let stripe = await StripeDouble.start()
const vat = (percentage: string) => [{ name: 'VAT', percentage, jurisdiction: 'Germany' }]

async function begin(): Promise<Story> {
  await end()
  stripe = await StripeDouble.start()
  stripe.tax.taxes.set('DE', vat('19.0'))
  stripe.tax.taxes.set('FR', [{ name: 'TVA', percentage: '20.0', jurisdiction: 'France' }])
  story = await Story.on('2041-06-01', { providerAddresses: { stripe: stripe.url }, taxRestMs: 0 })
  await story.plan('pro', { price: 2900 })
  await calculateByStripe(story.world, stripe)
  return story
}

async function end(): Promise<void> {
  await story?.close()
  story = undefined
  await stripe.stop()
}

let told: Story
beforeEach(async () => {
  told = await begin()
})
after(end)

const address = { line1: '1 High Street', city: 'Town', postalCode: '10000', line2: '' }
const card = { number: '4242424242424242', expMonth: 12, expYear: 2060, cvc: '123' }

function tokenOf({ checkoutUrl }: { checkoutUrl: string }): string {
  return new URL(checkoutUrl).pathname.split('/').at(-1) ?? ''
}

function confirm(token: string, place: Record<string, string>) {
  const body = { email: 'a@example.com', fullName: 'A', address: { ...address, ...place }, card }
  return hosted(told.world, 'POST', `${token}/confirm`, body)
}

/** Subscribes a customer at a place and pays as somebody who lives there. */
async function joinAt(customer: string, country: string, details: Record<string, string> = {}): Promise<void> {
  await customerAt(told.world, customer, country, details)
  const { status, body } = await confirm(tokenOf(await told.subscribe(customer, 'pro')), { country })
  assert.equal(status, 200, JSON.stringify(body))
}

const quote = async (token: string, typed: Record<string, string>) => {
  const { status, body } = await hosted(told.world, 'PUT', `${token}/quote`, typed)
  if (status !== 200) return `${status} ${body.error.code}`
  const { total, taxTreatment, taxes } = body.data
  return [
    total,
    taxTreatment,
    ...taxes.map((tax: { name: string; amount: number }) => `${tax.name} ${tax.amount}`),
  ].join(' ')
}

test('a checkout follows what the provider says of the place and the tax number that are typed', async () => {
  stripe.tax.taxes.set('US-TX', [
    {
      name: 'Sales Tax',
      percentage: '6.25',
      jurisdiction: 'Texas',
      level: 'state',
      state: 'TX',
      type: 'sales_tax',
      share: 0.8,
    },
    {
      name: 'Sales Tax',
      percentage: '2.0',
      jurisdiction: 'Austin',
      level: 'city',
      state: 'TX',
      type: 'sales_tax',
      share: 0.8,
    },
  ])
  await customerAt(told.world, 'ada', 'JP')
  const token = tokenOf(await told.subscribe('ada', 'pro'))
  assert.equal(await quote(token, { country: 'DE', postalCode: '10119' }), '3451 charged VAT 551')
  assert.equal(await quote(token, { country: 'FR' }), '3480 charged TVA 580')
  assert.equal(await quote(token, { country: 'FR', taxDocument: 'FR40303265045' }), '2900 reverse_charge')
  assert.equal(await quote(token, { country: 'CH' }), '2900 not_registered')
  assert.equal(await quote(token, { country: 'US', state: 'TX' }), '2900 place_unknown')
  assert.equal(
    await quote(token, { country: 'US', state: 'TX', postalCode: '78701' }),
    '3091 charged Sales tax (Texas) 145 Sales tax (Austin) 46',
  )
  assert.equal(await quote(token, { country: 'DE', postalCode: '10119' }), '3451 charged VAT 551')
  // Nobody is asked twice for the same within a day, and nobody without what a place needs.
  assert.deepEqual(stripe.tax.asked, ['JP 10000', 'DE 10119', 'FR', 'FR eu_vat FR40303265045', 'CH', 'US-TX 78701'])
})

test('what is charged is what the provider said, and the invoice says so: source, day, explanation', async () => {
  await joinAt('ada', 'DE')
  assert.deepEqual(await taxesShown(told.world, 'ada'), ['charged', 'VAT 19% on 2900 = 551'])
  const { body } = await told.world.request('GET', '/api/v1/invoices?customerId=ada')
  const [{ taxes }] = body.data
  assert.deepEqual([taxes[0].rateSource, taxes[0].rateAsOf], ['provider', '2041-06-01'])
  const { totals } = await explanationOf(told.world, 'ada')
  assert(totals.steps.includes('VAT 19 % (DE, by the payment provider on 2041-06-01): plan_base 19% of $29.00 = $5.51'))
})

test('rates that change between two renewals are charged from the next one on', async () => {
  await joinAt('ada', 'DE')
  stripe.tax.taxes.set('DE', vat('20.5'))
  await told.until('2041-07-01')
  assert.deepEqual(await taxesShown(told.world, 'ada'), ['charged', 'VAT 20.5% on 2900 = 595'])
  stripe.tax.taxes.delete('DE')
  await told.until('2041-08-01')
  assert.deepEqual(await taxesShown(told.world, 'ada'), ['not_registered'])
})

test('who moves is charged the tax of where they live now', async () => {
  await joinAt('ada', 'DE')
  const moved = { ...address, country: 'FR' }
  await told.world.request('PUT', '/api/v1/customers/ada', { body: { address: moved } })
  await told.until('2041-07-01')
  assert.deepEqual(await taxesShown(told.world, 'ada'), ['charged', 'TVA 20% on 2900 = 580'])
})

test('a business abroad and whoever is exempt pay none; of the exempt nobody is told', async () => {
  await joinAt('cie', 'FR', { taxDocument: 'FR40303265045' })
  assert.deepEqual(await taxesShown(told.world, 'cie'), ['reverse_charge'])
  const asked = stripe.tax.asked.length
  await joinAt('emb', 'DE', { taxExemption: 'Embassy' })
  assert.deepEqual(await taxesShown(told.world, 'emb'), ['exempt'])
  assert.equal(stripe.tax.asked.length, asked)
})

test('a number that the provider does not take is left out, and tax is charged as of anybody', async () => {
  stripe.tax.taxes.set('GB', [{ name: 'VAT', percentage: '20.0', jurisdiction: 'United Kingdom' }])
  await joinAt('ltd', 'GB', { taxDocument: 'wrong 1' })
  assert.deepEqual(await taxesShown(told.world, 'ltd'), ['charged', 'VAT 20% on 2900 = 580'])
  assert.deepEqual(stripe.tax.asked.slice(0, 2), ['GB 10000 gb_vat wrong 1', 'GB 10000'])
})

test('a provider out of reach: who is not known yet cannot check out, nothing is charged, and later they can', async () => {
  await customerAt(told.world, 'ada', 'JP')
  const token = tokenOf(await told.subscribe('ada', 'pro'))
  stripe.taxFault = 'fail_500'
  assert.equal(await quote(token, { country: 'DE', postalCode: '10119' }), '503 tax_unavailable')
  const refused = await confirm(token, { country: 'DE' })
  assert.deepEqual([refused.status, refused.body.error.code], [503, 'tax_unavailable'])
  assert.deepEqual(await told.booked(), [])
  const page = await fetch(`${told.world.url}/checkout/${token}`)
  assert.equal(page.status, 200)
})

test('a negative adjustment has no tax, so the provider is not asked for any', async () => {
  await customerAt(told.world, 'ada', 'DE', {})
  const body = { customerId: 'ada', amount: -1500, description: 'Sorry' }
  const { status, body: answer } = await told.world.request('POST', '/api/v1/invoices', { body })
  assert.deepEqual([status, answer.data.total, answer.data.taxAmount], [201, -1500, 0])
  assert.deepEqual(stripe.tax.asked, [])
})

test('a provider out of reach: renewals go by what it said last', async () => {
  await joinAt('ada', 'DE')
  stripe.tax.taxes.set('DE', vat('20.5'))
  stripe.taxFault = 'drop_before'
  await told.until('2041-07-01')
  assert.deepEqual(await taxesShown(told.world, 'ada'), ['charged', 'VAT 19% on 2900 = 551'])
  assert.equal((await told.booked()).length, 2)
})

test('a provider out of reach: the renewal of who has moved waits, and is billed as of its day once there is an answer', async () => {
  await joinAt('ada', 'DE')
  await joinAt('ben', 'DE')
  await told.world.request('PUT', '/api/v1/customers/ada', { body: { address: { ...address, country: 'FR' } } })
  stripe.taxFault = 'fail_500'
  await told.goTo('2041-07-03')
  const { data } = await told.world.client.testClock.processBilling()
  assert.deepEqual([data?.customersFound, data?.failed], [2, 1])
  assert.equal((await told.invoices('ada')).length, 1)
  assert.equal((await told.invoices('ben')).length, 2)
  const { data: waiting } = await told.world.client.subscriptions.get({ id: (await told.subscription('ada')).id })
  assert.equal(waiting?.status, 'active')
  stripe.taxFault = null
  await told.bill()
  assert.equal((await told.invoices('ada')).at(-1), 'recurring paid 2041-07-01..2041-08-01 3480 = plan_base 2900')
})

test('what is due soon is asked ahead, once, and its renewal asks nobody', async () => {
  await joinAt('ada', 'DE')
  await joinAt('ben', 'DE')
  await joinAt('cie', 'FR')
  await told.goTo('2041-06-30T13:00:00.000Z')
  const before = stripe.tax.asked.length
  const ahead = () => askTaxesAhead(told.world.app.services, () => false)
  assert.deepEqual(await ahead(), { asked: 2, unanswered: 0 })
  assert.deepEqual(await ahead(), { asked: 0, unanswered: 0 })
  assert.deepEqual(stripe.tax.asked.slice(before), ['DE 10000', 'FR 10000'])
  stripe.taxFault = 'fail_500'
  await told.until('2041-07-01')
  assert.equal((await told.invoices('cie')).length, 2)
  assert.equal(stripe.tax.asked.length, before + 2)
})

test('an address that the provider does not find is refused at its field; one that was kept is billed without tax', async () => {
  await customerAt(told.world, 'ada', 'JP')
  const token = tokenOf(await told.subscribe('ada', 'pro'))
  const { status, body } = await confirm(token, { country: 'DE', postalCode: '00000' })
  assert.deepEqual([status, body.error.details[0].field], [422, 'address.postalCode'])
  assert.deepEqual(await told.booked(), [])
  await joinAt('ben', 'DE')
  await told.world.request('PUT', '/api/v1/customers/ben', {
    body: { address: { ...address, country: 'DE', postalCode: '00000' } },
  })
  await told.until('2041-07-01')
  assert.deepEqual(await taxesShown(told.world, 'ben'), ['place_unknown'])
})

test('a provider that never said what somebody pays: their portal shows all but what has tax', async () => {
  await joinAt('ada', 'DE')
  await told.world.client.addons.create({ name: 'Support', basePrice: 1000, ...(await supportFeature()) })
  const token = await portalOf(told.world, 'ada')
  const offered = async () => (await portal(told.world, 'GET', token)).body.data.subscription.addons
  assert.equal((await offered())[0].now, 1190)
  await told.world.request('PUT', '/api/v1/customers/ada', { body: { address: { ...address, country: 'FR' } } })
  stripe.taxFault = 'fail_500'
  assert.deepEqual(await offered(), [])
  assert.equal((await fetch(`${told.world.url}/portal/${token}`)).status, 200)
})

async function supportFeature() {
  const { data } = await told.world.client.features.create({ code: 'support', name: 'Support', type: 'boolean' })
  assert(data)
  return { featureId: data.id, consumptionModel: 'boolean' as const }
}

test('an account without Stripe Tax calculates nothing, and says so', async () => {
  await customerAt(told.world, 'ada', 'JP')
  stripe.tax.isInactive = true
  const { status, body } = await told.world.request('POST', '/api/v1/subscriptions', {
    body: { customerId: 'ada', planCode: 'pro' },
  })
  assert.deepEqual([status, body.error.code], [503, 'tax_unavailable'])
  stripe.tax.isInactive = false
  await told.subscribe('ada', 'pro')
})
