import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { cards, confirmation, newCheckout, withFaults } from '../support/checkouts.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
before(async () => {
  world = await createWorld()
})
after(() => world.close())

async function link(changes: Record<string, unknown> = {}) {
  const asked = { amount: 4900, currency: 'USD', description: 'Workshop in June', ...changes }
  const { data } = await world.client.payments.create(asked as Parameters<typeof world.client.payments.create>[0])
  assert(data)
  return data
}

const tokenOf = (url: string | null) => new URL(url ?? '').pathname.split('/').at(-1) ?? ''

function pay(url: string | null, card: string, changes: Record<string, unknown> = {}) {
  const body = confirmation(card, changes)
  return world.request('POST', `/hosted/v1/pay/${tokenOf(url)}/confirm`, { key: null, body })
}

async function eventsOf(id: string): Promise<string[]> {
  const rows = await world.db.selectFrom('event').select(['type', 'data']).orderBy('id').execute()
  return rows.filter(({ data }) => (data as { paymentId?: string }).paymentId === id).map(({ type }) => type)
}

/** A customer with an active subscription and this card. */
async function subscriber(card: string): Promise<string> {
  const { token, customerId } = await newCheckout(world)
  const body = confirmation(card)
  const { status } = await world.request('POST', `/hosted/v1/checkout/${token}/confirm`, { key: null, body })
  assert.equal(status, 200)
  return customerId
}

test('Payments.create', async () => {
  const payment = await link({ metadata: { course: 'ts' }, successUrl: 'https://example.com/thanks' })
  const { id, createdAt, updatedAt, url, ...rest } = payment
  assert.match(id, /^pay_/)
  assert.match(url ?? '', /^http:\/\/halley\.test\/pay\//)
  assert(createdAt && updatedAt)
  assert.deepEqual(rest, {
    customerId: null,
    kind: 'link',
    status: 'pending',
    provider: 'commet',
    amountSubtotal: 4900,
    taxAmount: 0,
    amountTotal: 4900,
    currency: 'usd',
    description: 'Workshop in June',
    metadata: { course: 'ts' },
    expiresAt: null,
    object: 'payment',
    livemode: false,
    invoiceId: null,
  } as unknown as typeof rest)
  assert.deepEqual(await eventsOf(id), ['payment_link.created'])
})

test('Payments.get', async () => {
  const payment = await link()
  const { data } = await world.client.payments.get({ id: payment.id })
  assert.deepEqual(data, payment)
  const unknown = await world.request('GET', '/api/v1/payments/pay_unknown')
  assert.equal(unknown.body.error.code, 'payment_not_found')
})

test('Payments.list', async () => {
  const { data: customer } = await world.client.customers.create({ id: 'lists', email: 'ada@example.com' })
  assert(customer)
  const first = await link({ customerId: 'lists', description: 'One' })
  const second = await link({ customerId: 'lists', description: 'Two' })
  const { data } = await world.client.payments.list({ customerId: 'lists' })
  assert.deepEqual(
    data?.map(({ id, customerId }) => [id, customerId]),
    [
      [second.id, 'lists'],
      [first.id, 'lists'],
    ],
  )
  assert.deepEqual((await world.client.payments.list({ customerId: 'nobody' })).data, [])
})

test('Payments.cancel', async () => {
  const payment = await link()
  assert.equal((await world.client.payments.cancel({ id: payment.id })).data?.status, 'canceled')
  assert.equal((await world.client.payments.cancel({ id: payment.id })).data?.status, 'canceled')
  assert.deepEqual(await eventsOf(payment.id), ['payment_link.created', 'payment_link.canceled'])
  const late = await pay(payment.url, cards.pays)
  assert.equal(late.status, 404)
  const paid = await link()
  assert.equal((await pay(paid.url, cards.pays)).status, 200)
  const refused = await world.request('POST', `/api/v1/payments/${paid.id}/cancel`)
  assert.equal(refused.body.error.code, 'payment_not_cancelable')
})

test('Payments.charge', async () => {
  const customerId = await subscriber(cards.pays)
  const asked = { customerId, amount: 1500, currency: 'usd', description: 'Onboarding', metadata: { hours: '2' } }
  const { data } = await world.client.payments.charge(asked)
  assert.equal(data?.status, 'succeeded')
  assert.equal(data.kind, 'charge')
  assert.equal(data.url, null)
  const { data: invoices } = await world.client.invoices.list({ customerId })
  const invoice = invoices?.find(({ invoiceType }) => invoiceType === 'one_time_payment')
  assert.equal(invoice?.total, 1500)
  assert.equal(invoice.status, 'paid')
})

test('a link without a customer makes one, stores the card, and its invoice is paid', async () => {
  const payment = await link()
  const { status, body } = await pay(payment.url, cards.pays, { email: 'grace@example.com', fullName: 'Grace Hopper' })
  assert.equal(status, 200)
  assert.equal(body.data.status, 'succeeded')
  const { data } = await world.client.payments.get({ id: payment.id })
  assert.equal(data?.status, 'succeeded')
  assert(data.customerId)
  const { data: customer } = await world.client.customers.get({ id: data.customerId })
  assert.equal(customer?.email, 'grace@example.com')
  const methods = await world.db
    .selectFrom('payment_method')
    .select(['last4', 'is_default'])
    .where('customer_id', '=', data.customerId)
    .execute()
  assert.deepEqual(methods, [{ last4: '4242', is_default: true }])
  assert.deepEqual(await eventsOf(payment.id), ['payment_link.created', 'payment_link.completed'])
  const again = await pay(payment.url, cards.pays)
  assert.equal(again.body.data.status, 'succeeded')
  const charges = await world.db
    .selectFrom('payment_transaction')
    .select('id')
    .where('payment_id', '=', payment.id)
    .execute()
  assert.equal(charges.length, 1)
})

test('a declined link says so and can be tried again', async () => {
  const payment = await link()
  const declined = await pay(payment.url, cards.lacksFunds)
  assert.equal(declined.status, 402)
  assert.equal((await world.client.payments.get({ id: payment.id })).data?.status, 'failed')
  assert.equal((await pay(payment.url, cards.pays)).status, 200)
  assert.deepEqual(await eventsOf(payment.id), [
    'payment_link.created',
    'payment_link.failed',
    'payment_link.completed',
  ])
})

test('an authentication step passed pays, one failed can be tried again', async () => {
  const payment = await link()
  const step = async () => {
    const { body } = await pay(payment.url, cards.authenticates)
    assert.equal(body.data.status, 'requires_action')
    return new URL(body.data.action.url).pathname
  }
  const answer = (path: string, outcome: string) =>
    world.request('POST', path, {
      key: null,
      text: `outcome=${outcome}`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
  const first = await step()
  assert.equal((await world.client.payments.get({ id: payment.id })).data?.status, 'requires_action')
  assert.match((await answer(first, 'fail')).headers.get('location') ?? '', /^\/pay\/.*failed=1/)
  assert.equal((await world.client.payments.get({ id: payment.id })).data?.status, 'failed')
  await answer(await step(), 'approve')
  assert.equal((await world.client.payments.get({ id: payment.id })).data?.status, 'succeeded')
})

test('an expired link refuses payment and stays pending', async () => {
  await world.client.testClock.advance({ advanceDays: 1 })
  const { data: clock } = await world.client.testClock.get()
  const now = Temporal.Instant.from(clock?.simulatedTime ?? '')
  const payment = await link({ expiresAt: now.add({ hours: 1 }).toString() })
  await world.client.testClock.advance({ advanceDays: 1 })
  assert.equal((await pay(payment.url, cards.pays)).status, 404)
  assert.equal((await world.client.payments.get({ id: payment.id })).data?.status, 'pending')
  const page = await world.request('GET', `/hosted/v1/pay/${tokenOf(payment.url)}`, { key: null })
  assert.equal(page.body.data.status, 'expired')
})

test('amounts below the minimum charge and unknown customers are refused', async () => {
  const low = await world.request('POST', '/api/v1/payments', {
    body: { amount: 49, currency: 'usd', description: 'x' },
  })
  assert.equal(low.status, 422)
  assert.equal(low.body.error.param, 'amount')
  const body = { amount: 4900, currency: 'usd', description: 'x', customerId: 'nobody' }
  assert.equal((await world.request('POST', '/api/v1/payments', { body })).body.error.code, 'customer_not_found')
})

test('a charge needs a running subscription and a card, and a decline stays on record', async () => {
  const charge = (customerId: string) =>
    world.request('POST', '/api/v1/payments/charge', {
      body: { customerId, amount: 1500, currency: 'usd', description: 'Onboarding' },
    })
  await world.client.customers.create({ id: 'idle', email: 'ada@example.com' })
  assert.equal((await charge('idle')).body.error.code, 'subscription_required')
  const customerId = await subscriber('4000 0000 0000 0341')
  const declined = await charge(customerId)
  assert.equal(declined.status, 402)
  assert.equal(declined.body.error.code, 'payment_failed')
  const { data } = await world.client.payments.list({ customerId })
  assert.deepEqual(
    data?.map(({ kind, status }) => [kind, status]),
    [['charge', 'failed']],
  )
})

test('a charge that is asked for again after its answer was lost is made once', async () => {
  const customerId = await subscriber(cards.pays)
  const asked = {
    body: { customerId, amount: 1500, currency: 'usd', description: 'Onboarding' },
    headers: { 'idempotency-key': 'one charge' },
  }
  const lost = await withFaults(world, { dropAnswer: true }, () =>
    world.request('POST', '/api/v1/payments/charge', asked),
  )
  assert.equal(lost.body.error.code, 'charge_in_progress')
  const found = await world.request('POST', '/api/v1/payments/charge', {
    ...asked,
    headers: { 'idempotency-key': 'one charge' },
  })
  const rows = await world.db.selectFrom('payment').select('id').where('kind', '=', 'charge').execute()
  const books = await world.db
    .selectFrom('payment_transaction')
    .select('state')
    .where('purpose', '=', 'payment_charge')
    .where('customer_id', '=', customerId)
    .execute()
  assert(rows.length > 0)
  assert.equal(books.length, 1)
  assert([201, 409].includes(found.status))
})

test('the page of a link shows the amount and takes the card, without script too', async () => {
  const payment = await link()
  const path = `/pay/${tokenOf(payment.url)}`
  const page = await world.request('GET', path, { key: null })
  assert.equal(page.status, 200)
  assert.match(page.body, /Workshop in June/)
  assert.match(page.body, /Pay \$49\.00/)
  assert.match(page.body, new RegExp(`action="${path.replaceAll('/', '\\/')}`))
  assert.doesNotMatch(page.body, /name="promoCode"/)
  const spanish = await world.request('GET', `${path}?locale=es`, { key: null })
  assert.match(spanish.body, /lang="es"/)
  assert.match(
    page.headers.get('content-security-policy') ?? '',
    /default-src 'none'; script-src 'nonce-[^ ]+'; style-src 'self';/,
  )
})
