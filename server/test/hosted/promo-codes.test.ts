import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { cards, confirmation, hosted, type MadeCheckout, newCheckout, typedForm, visit } from '../support/checkouts.ts'
import { booksOf } from '../support/payments.ts'
import { createWorld } from '../support/world.ts'

const world = await createWorld()
after(() => world.close())

let made = 0
async function newCode(limits: { maxRedemptions?: number; value?: number } = {}) {
  const { value = 1000, ...rest } = limits
  const code = `CODE-${++made}`
  const { data } = await world.client.promoCodes.create({ code, discountType: 'amount', discountValue: value, ...rest })
  assert(data)
  return { code, id: data.id }
}
const redeemed = async (id: string) => (await world.client.promoCodes.get({ id })).data?.redemptionCount
const quote = (token: string, promoCode: string) => hosted(world, 'PUT', `${token}/quote`, { promoCode })
const confirm = (token: string, card: string, promoCode?: string) =>
  hosted(world, 'POST', `${token}/confirm`, confirmation(card, promoCode === undefined ? {} : { promoCode }))
const charged = async () =>
  (await booksOf(world.db)).filter(({ state }) => state === 'succeeded').map(({ amount }) => Number(amount))

test('a quote shows the discount and changes nothing; confirming takes it, and counts once paid', async () => {
  const { code, id } = await newCode()
  const { token, subscriptionId } = await newCheckout(world)
  const quoted = await quote(token, code.toLowerCase())
  assert.equal(quoted.status, 200)
  const { subtotal, discountAmount, total, renewal, lines } = quoted.body.data
  assert.deepEqual([subtotal, discountAmount, total, renewal.amount], [2900, 1000, 1900, 1900])
  assert.deepEqual(
    lines.map((line: { lineType: string; amount: number }) => [line.lineType, line.amount]),
    [
      ['plan_base', 2900],
      ['promo_code_discount', -1000],
    ],
  )
  assert.equal((await hosted(world, 'GET', token)).body.data.total, 2900)
  assert.equal((await confirm(token, cards.declined, code)).status, 402)
  assert.equal(await redeemed(id), 0)
  assert.equal((await confirm(token, cards.pays, code)).status, 200)
  assert.equal(await redeemed(id), 1)
  assert.equal((await charged()).at(-1), 1900)
  const { data } = await world.client.invoices.list({ subscriptionId })
  assert.deepEqual([data?.[0]?.status, data?.[0]?.discountAmount, data?.[0]?.total], ['paid', 1000, 1900])
})

test('without script the page shows the new total, and refuses a code at its field', async () => {
  const { code, id } = await newCode()
  const { token } = await newCheckout(world)
  const shown = await visit(world, `/checkout/${token}/quote`, typedForm('', { promoCode: code }))
  assert.equal(shown.status, 200)
  assert.match(shown.body, /19\.00/)
  await world.client.promoCodes.update({ id, active: false })
  const refused = await visit(world, `/checkout/${token}/quote`, typedForm('', { promoCode: code }))
  assert.equal(refused.status, 422)
  assert(refused.body.includes('href="#field-promoCode"'))
})

test('a code is redeemed by a customer once, ever', async () => {
  const { code } = await newCode()
  const { token, subscriptionId, customerId } = await newCheckout(world)
  assert.equal((await confirm(token, cards.pays, code)).status, 200)
  await world.client.subscriptions.cancel({ id: subscriptionId, immediate: true })
  const { data: plan } = await world.client.plans.create({ name: 'Again', code: 'again' })
  await world.client.plans.addPrice({ id: plan?.id ?? '', billingInterval: 'monthly', price: 2900 })
  const { data: next } = await world.client.subscriptions.create({ customerId, planCode: 'again' })
  const again = await quote(next?.checkoutUrl?.split('/').at(-1) ?? '', code)
  assert.equal(again.status, 422)
  assert.deepEqual(again.body.error.details, [{ field: 'promoCode', message: 'already_redeemed' }])
})

test('a code that would leave less than the minimum charge is dropped without a word', async () => {
  const { code, id } = await newCode({ value: 2851 })
  const { token } = await newCheckout(world)
  assert.equal((await quote(token, code)).body.data.total, 2900)
  assert.equal((await confirm(token, cards.pays, code)).status, 200)
  assert.equal((await charged()).at(-1), 2900)
  assert.equal(await redeemed(id), 0)
  const least = await newCode({ value: 2850 })
  const other = await newCheckout(world)
  assert.equal((await quote(other.token, least.code)).body.data.total, 50)
  const begun = await newCheckout(world, { subscription: { promoCode: code } })
  assert.equal((await hosted(world, 'GET', begun.token)).body.data.total, 2900)
})

test('ten customers at once for three places: three pay the lower price, nobody more than was shown', async () => {
  const { code, id } = await newCode({ maxRedemptions: 3 })
  const checkouts: MadeCheckout[] = []
  for (let customer = 0; customer < 10; customer += 1) {
    checkouts.push(await newCheckout(world, { subscription: { promoCode: code } }))
  }
  const before = (await charged()).length
  const answers = await Promise.all(checkouts.map(({ token }) => confirm(token, cards.pays)))
  assert.deepEqual((await charged()).slice(before), [1900, 1900, 1900])
  assert.equal(await redeemed(id), 3)
  const refused = answers.flatMap(({ status, body }, index) =>
    status === 200 ? [] : [{ status, details: body.error.details, token: checkouts[index]?.token ?? '' }],
  )
  assert.equal(refused.length, 7)
  for (const { status, details, token } of refused) {
    assert.equal(status, 422)
    assert.deepEqual(details, [{ field: 'promoCode', message: 'max_redemptions_reached' }])
    assert.equal((await hosted(world, 'GET', token)).body.data.total, 2900)
  }
  assert.equal((await confirm(refused[0]?.token ?? '', cards.pays)).status, 200)
  assert.equal((await charged()).at(-1), 2900)
})

test('a payment at the bank holds the last place until it ends', async () => {
  const { code, id } = await newCode({ maxRedemptions: 1 })
  const one = await newCheckout(world)
  const other = await newCheckout(world)
  assert.equal((await confirm(one.token, cards.authenticates, code)).body.data.status, 'requires_action')
  assert.deepEqual((await quote(other.token, code)).body.error.details[0].message, 'max_redemptions_reached')
  assert.equal((await confirm(one.token, cards.declined)).status, 402)
  assert.equal((await confirm(other.token, cards.pays, code)).status, 200)
  assert.equal(await redeemed(id), 1)
  const cap = await world.request('PUT', `/api/v1/promo-codes/${id}`, { body: { maxRedemptions: 0 } })
  assert.equal(cap.status, 422)
})
