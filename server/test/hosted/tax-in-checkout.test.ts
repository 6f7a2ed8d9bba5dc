import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { cards, confirmation, hosted, newCheckout, typedForm, visit } from '../support/checkouts.ts'
import { booksOf } from '../support/payments.ts'
import { customerAt, registerTax } from '../support/taxes.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
before(async () => {
  world = await createWorld()
  await registerTax(world, 'DE', ['DE', 'EU', 'CA', 'US-TX'])
})
after(() => world.close())

type Shown = { total: number; taxTreatment: string; taxes: { name: string; percentage: number; amount: number }[] }
const shown = ({ total, taxTreatment, taxes }: Shown) =>
  [total, taxTreatment, ...taxes.map(({ name, percentage, amount }) => `${name} ${percentage}% ${amount}`)].join(' ')
const see = async (token: string) => shown((await hosted(world, 'GET', token)).body.data)
const quote = async (token: string, typed: Record<string, string>) =>
  shown((await hosted(world, 'PUT', `${token}/quote`, typed)).body.data)
const paid = async () =>
  (await booksOf(world.db)).flatMap(({ state, amount }) => (state === 'succeeded' ? [Number(amount)] : [])).at(-1)

test('the price follows the country, the province and the tax number that are typed, and nothing is kept', async () => {
  const { token } = await newCheckout(world)
  assert.equal(await see(token), '2900 place_unknown')
  assert.equal(await quote(token, { country: 'DE' }), '3451 charged VAT 19% 551')
  assert.equal(await quote(token, { country: 'FR' }), '3480 charged TVA 20% 580')
  assert.equal(await quote(token, { country: 'FR', taxDocument: 'FR40303265045' }), '2900 reverse_charge')
  assert.equal(await quote(token, { country: 'CA', state: 'Quebec' }), '3334 charged GST 5% 145 QST 9.975% 289')
  assert.equal(await quote(token, { country: 'CA', postalCode: 'M5V 2T6' }), '3277 charged HST 13% 377')
  assert.equal(await quote(token, { country: 'US', state: 'CA' }), '2900 not_registered')
  assert.equal(await see(token), '2900 place_unknown')
})

test('a wrong tax number stops nobody: it is told, left out, and tax is charged as without it', async () => {
  const { token, customerId } = await newCheckout(world)
  const wrong = { country: 'FR', taxDocument: 'FR40303265046' }
  const answer = await hosted(world, 'PUT', `${token}/quote`, wrong)
  assert.equal(shown(answer.body.data), '3480 charged TVA 20% 580')
  assert.equal(answer.body.data.taxDocumentIgnored, true)
  const right = await hosted(world, 'PUT', `${token}/quote`, { country: 'FR', taxDocument: 'FR40303265045' })
  assert.equal(right.body.data.taxDocumentIgnored, false)
  const typed = { ...confirmation(cards.pays), taxDocument: '12345' }
  const german = { ...typed, address: { ...typed.address, country: 'DE', state: null } }
  assert.equal((await hosted(world, 'POST', `${token}/confirm`, german)).status, 200)
  assert.equal(await paid(), 3451)
  assert.equal((await world.client.customers.get({ id: customerId })).data?.taxDocument, null)
})

test('without script a wrong tax number is told beside its field', async () => {
  const { token } = await newCheckout(world)
  const typed = typedForm('', { country: 'FR', state: '', taxDocument: 'FR40303265046' })
  assert.match((await visit(world, `/checkout/${token}/quote`, typed)).body, /id="field-taxDocument-warning"/)
})

test('without script nobody pays more than the page has shown: the price with its tax comes first', async () => {
  const { token } = await newCheckout(world)
  const german = { country: 'DE', state: '', shown: '2900 usd' }
  const before = (await booksOf(world.db)).length
  const refused = await visit(world, `/checkout/${token}`, typedForm(cards.pays, german))
  assert.equal(refused.status, 409)
  assert.match(refused.body, /The total has changed.*34\.51/s)
  assert.match(refused.body, /name="shown"[^>]*value="3451 usd"/)
  assert.equal((await booksOf(world.db)).length, before)
  const agreed = await visit(world, `/checkout/${token}`, typedForm(cards.pays, { ...german, shown: '3451 usd' }))
  assert.equal(agreed.status, 303)
  assert.equal(await paid(), 3451)
})

test('a payment link is priced with the tax of what is typed, and what was shown is what is charged', async () => {
  const { data } = await world.client.payments.create({ amount: 4900, currency: 'USD', description: 'Workshop' })
  const path = `/hosted/v1/pay/${new URL(data?.url ?? '').pathname.split('/').at(-1)}`
  const ask = (typed: Record<string, string>) => world.request('PUT', `${path}/quote`, { key: null, body: typed })
  const french = { country: 'FR', taxDocument: 'FR40303265045' }
  assert.equal(shown((await ask(french)).body.data), '4900 reverse_charge')
  assert.equal(shown((await ask({ country: 'DE' })).body.data), '5831 charged VAT 19% 931')
  const typed = confirmation(cards.pays)
  const german = { ...typed, address: { ...typed.address, country: 'DE', state: null } }
  assert.equal((await world.request('POST', `${path}/confirm`, { key: null, body: german })).status, 200)
  assert.equal(await paid(), 5831)
  assert.equal(shown((await ask(french)).body.data), '5831 charged VAT 19% 931')
})

test('what is typed is what is charged: the invoice is priced for the address it is paid with', async () => {
  const { token, subscriptionId } = await newCheckout(world)
  const typed = confirmation(cards.pays)
  const german = { ...typed, address: { ...typed.address, country: 'DE', state: null } }
  assert.equal((await hosted(world, 'POST', `${token}/confirm`, german)).status, 200)
  assert.equal(await paid(), 3451)
  const { data } = await world.client.invoices.list({ subscriptionId })
  assert.deepEqual([data?.[0]?.status, data?.[0]?.taxAmount, data?.[0]?.total], ['paid', 551, 3451])
})

test('a declined payment leaves the invoice at the price of the address, and another address changes it again', async () => {
  const { token } = await newCheckout(world)
  const typed = confirmation(cards.declined)
  const german = { ...typed, address: { ...typed.address, country: 'DE', state: null } }
  assert.equal((await hosted(world, 'POST', `${token}/confirm`, german)).status, 402)
  assert.equal(await see(token), '3451 charged VAT 19% 551')
  assert.equal((await hosted(world, 'POST', `${token}/confirm`, confirmation(cards.pays))).status, 200)
  assert.equal(await paid(), 2900)
})

test('an open checkout follows what becomes known of its customer', async () => {
  await customerAt(world, 'ana', 'DE')
  const { token } = await newCheckout(world, { subscription: { customerId: 'ana' } })
  assert.equal(await see(token), '3451 charged VAT 19% 551')
  await world.client.customers.update({ id: 'ana', taxDocument: 'DE136695976' })
  assert.equal(await see(token), '3451 charged VAT 19% 551')
  await world.request('PUT', '/api/v1/customers/ana', { body: { taxExemption: 'Embassy' } })
  assert.equal(await see(token), '2900 exempt')
})

test('a promo code, customer credit and tax in one checkout: $29 − $10 − $5, and 19 % of $14', async () => {
  await customerAt(world, 'ben', 'DE')
  await world.client.invoices.createAdjustment({ customerId: 'ben', amount: -500, description: 'Sorry' })
  await world.client.promoCodes.create({ code: 'TEN', discountType: 'amount', discountValue: 1000 })
  const { token } = await newCheckout(world, { subscription: { customerId: 'ben' } })
  assert.equal(await quote(token, { promoCode: 'TEN' }), '1666 charged VAT 19% 266')
})

test('the next charge is shown with its tax, also after a trial', async () => {
  const { token } = await newCheckout(world, { trialDays: 14 })
  const { body } = await hosted(world, 'PUT', `${token}/quote`, { country: 'DE' })
  assert.deepEqual([body.data.total, body.data.renewal.amount], [0, 3451])
})

test('without script the page names each tax and its rate, in the language of the reader', async () => {
  const { token } = await newCheckout(world)
  const german = { country: 'DE', state: '' }
  const english = await visit(world, `/checkout/${token}/quote`, typedForm('', german))
  assert.match(english.body, /VAT \(19%\)/)
  assert.match(english.body, /34\.51/)
  const spanish = await visit(world, `/checkout/${token}/quote?locale=es`, typedForm('', german))
  assert.match(spanish.body, /IVA \(19\s%\)/u)
  const reversed = await visit(
    world,
    `/checkout/${token}/quote`,
    typedForm('', { country: 'FR', state: '', taxDocument: 'FR40303265045' }),
  )
  assert.match(reversed.body, /VAT \(reverse charge\)/)
})
