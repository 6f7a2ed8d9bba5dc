import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { cards, confirmation, hosted, type MadeCheckout, newCheckout } from '../support/checkouts.ts'
import { booksOf } from '../support/payments.ts'
import { createWorld } from '../support/world.ts'

const world = await createWorld()
after(() => world.close())

type Shown = { total: number; kind: string; lines: { lineType: string; amount: number }[] }
const shown = ({ total, kind, lines }: Shown) =>
  `${kind} ${total} = ${lines.map(({ lineType, amount }) => `${lineType} ${amount}`).join(' + ')}`
const see = async (token: string) => shown((await hosted(world, 'GET', token)).body.data)
const quote = async (token: string, promoCode: string) =>
  shown((await hosted(world, 'PUT', `${token}/quote`, { promoCode })).body.data)
const confirm = (token: string, promoCode: string) =>
  hosted(world, 'POST', `${token}/confirm`, confirmation(cards.pays, { promoCode }))
const charged = async () =>
  (await booksOf(world.db)).flatMap(({ state, amount }) =>
    state === 'succeeded' && amount > 0n ? [Number(amount)] : [],
  )

let made = 0
async function newCode(discountValue: number, maxRedemptions = 100): Promise<string> {
  const code = `OFF-${++made}`
  await world.client.promoCodes.create({ code, discountType: 'amount', discountValue, maxRedemptions })
  return code
}

async function withCredit(credit: number): Promise<MadeCheckout> {
  const { data } = await world.client.customers.create({ email: 'ada@example.com' })
  assert(data)
  await world.client.invoices.createAdjustment({ customerId: data.id, amount: -credit, description: 'Sorry' })
  return newCheckout(world, { subscription: { customerId: data.id } })
}

async function left(customerId: string): Promise<number> {
  const { rows } = await world.database.pool.query<{ sum: string }>(
    'select sum(remaining)::text as sum from customer_credit where customer_id = $1',
    [customerId],
  )
  return Number(rows[0]?.sum)
}

test('$15 of credit and a code of $10 on $29: $4 is charged, and nothing changes before it is confirmed', async () => {
  const { token, customerId } = await withCredit(1500)
  const code = await newCode(1000)
  assert.equal(await see(token), 'payment 1400 = plan_base 2900 + credit -1500')
  assert.equal(await quote(token, code), 'payment 400 = plan_base 2900 + promo_code_discount -1000 + credit -1500')
  assert.equal(await see(token), 'payment 1400 = plan_base 2900 + credit -1500')
  assert.equal((await confirm(token, code)).status, 200)
  assert.equal((await charged()).at(-1), 400)
  assert.equal(await left(customerId), 0)
})

test('what a code makes unnecessary of the credit stays with the customer', async () => {
  const { token, customerId } = await withCredit(1500)
  const code = await newCode(2000)
  const before = (await charged()).length
  assert.equal(await quote(token, code), 'setup 0 = plan_base 2900 + promo_code_discount -2000 + credit -900')
  assert.equal(await left(customerId), 0)
  assert.equal((await confirm(token, code)).status, 200)
  assert.equal((await charged()).length, before)
  assert.equal(await left(customerId), 600)
})

test('less than the minimum charge is never left over: credit gives way to it', async () => {
  const { token, customerId } = await withCredit(1880)
  const code = await newCode(1000)
  assert.equal(await quote(token, code), 'payment 50 = plan_base 2900 + promo_code_discount -1000 + credit -1850')
  assert.equal((await confirm(token, code)).status, 200)
  assert.equal(await left(customerId), 30)
})

test('the last place of a code goes to somebody else: the full price, with the credit again', async () => {
  const { customerId } = await withCredit(1500)
  const code = await newCode(2000, 1)
  const other = await newCheckout(world)
  const mine = await newCheckout(world, { subscription: { customerId, promoCode: code } })
  assert.equal(await see(mine.token), 'setup 0 = plan_base 2900 + promo_code_discount -2000 + credit -900')
  assert.equal((await confirm(other.token, code)).status, 200)
  const refused = await hosted(world, 'POST', `${mine.token}/confirm`, confirmation(cards.pays))
  assert.equal(refused.body.error.details[0].message, 'max_redemptions_reached')
  assert.equal(await see(mine.token), 'payment 1400 = plan_base 2900 + credit -1500')
  assert.equal(await left(customerId), 0)
})

test('another selection gives back what the first checkout had taken, and takes it anew', async () => {
  const { token, customerId } = await withCredit(1500)
  assert.equal(await left(customerId), 0)
  const next = await newCheckout(world, { price: 1000, subscription: { customerId } })
  assert.equal((await hosted(world, 'GET', token)).body.data.status, 'canceled')
  assert.equal(await see(next.token), 'setup 0 = plan_base 1000 + credit -1000')
  assert.equal(await left(customerId), 500)
})

test('voiding the invoice of a checkout with a code gives the credit back whole', async () => {
  const { token, customerId, subscriptionId } = await withCredit(1500)
  const code = await newCode(1000)
  assert.equal(
    (await hosted(world, 'POST', `${token}/confirm`, confirmation(cards.declined, { promoCode: code }))).status,
    402,
  )
  const { data } = await world.client.invoices.list({ subscriptionId })
  assert.equal(data?.[0]?.total, 400)
  await world.client.invoices.updateStatus({ id: data[0].id, status: 'void' })
  assert.equal(await left(customerId), 1500)
})
