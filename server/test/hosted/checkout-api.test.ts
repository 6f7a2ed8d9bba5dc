import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { sweepAttempts } from '#payments/actions/sweep-attempts.ts'
import { cards, confirmation, hosted, newCheckout, withFaults } from '../support/checkouts.ts'
import { booksOf } from '../support/payments.ts'
import { createWorld } from '../support/world.ts'

const world = await createWorld()
after(() => world.close())

const today = () => Temporal.Now.instant().toZonedDateTimeISO('UTC').toPlainDate()
const booked = async () => (await booksOf(world.db)).filter(({ state }) => state === 'succeeded').length
const statusOf = async (id: string) => (await world.client.subscriptions.get({ id })).data?.status

test('a checkout describes what is bought, what is due and what follows', async () => {
  const { token } = await newCheckout(world, { subscription: { successUrl: 'https://shop.test/done' } })
  const { status, body, headers } = await hosted(world, 'GET', token)
  assert.equal(status, 200)
  assert.equal(headers.get('cache-control'), 'no-store')
  const { clock, ...data } = body.data
  assert.equal(clock.isSimulated, false)
  assert.equal(clock.today, today().toString())
  assert.deepEqual(data, {
    object: 'checkout',
    livemode: false,
    status: 'open',
    kind: 'payment',
    page: 'checkout',
    occasion: 'new',
    organisation: { name: 'Acme' },
    plan: { name: 'Pro', description: 'Everything a small team needs', billingInterval: 'monthly' },
    customer: { email: 'ada@example.com', isEmailFixed: false, fullName: null, taxDocument: null, address: null },
    taxDocumentIgnored: false,
    currency: 'usd',
    lines: [{ lineType: 'plan_base', description: 'Pro', quantity: 1, unitAmount: 2900, amount: 2900 }],
    subtotal: 2900,
    discountAmount: 0,
    taxAmount: 0,
    taxes: [],
    taxTreatment: 'not_registered',
    total: 2900,
    renewal: { amount: 2900, billingInterval: 'monthly', on: today().add({ months: 1 }).toString(), later: null },
    trial: null,
    provider: 'commet',
    intake: 'card',
    publishableKey: null,
    elementAmount: null,
    successUrl: 'https://shop.test/done',
    action: null,
    withdrawal: null,
    receipt: null,
  })
})

test('paying charges once, keeps what was typed and leads to the seller', async () => {
  const { token, subscriptionId, customerId } = await newCheckout(world, {
    subscription: { successUrl: 'https://shop.test/done' },
  })
  const before = await booked()
  const paid = await hosted(world, 'POST', `${token}/confirm`, confirmation(cards.pays, { taxDocument: '12-3456789' }))
  assert.equal(paid.status, 200)
  assert.deepEqual(paid.body, { success: true, data: { status: 'succeeded', redirectUrl: 'https://shop.test/done' } })
  assert.equal((await booked()) - before, 1)
  assert.equal(await statusOf(subscriptionId), 'active')
  const { data: customer } = await world.client.customers.get({ id: customerId })
  assert.equal(customer?.fullName, 'Ada Lovelace')
  assert.equal(customer?.taxDocument, '12-3456789')
  const { body } = await hosted(world, 'GET', token)
  assert.equal(body.data.status, 'complete')
  const { paidAt, invoiceNumber, ...receipt } = body.data.receipt
  assert.match(paidAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  assert.match(invoiceNumber, /\d/)
  assert.deepEqual(receipt, {
    total: 2900,
    card: { brand: 'visa', last4: '4242' },
    nextChargeOn: today().add({ months: 1 }).toString(),
  })
})

test('confirming a paid checkout again succeeds and charges nothing', async () => {
  const { token } = await newCheckout(world)
  await hosted(world, 'POST', `${token}/confirm`, confirmation(cards.pays))
  const before = await booked()
  const again = await hosted(world, 'POST', `${token}/confirm`, confirmation(cards.pays))
  assert.equal(again.status, 200)
  assert.deepEqual(again.body.data, { status: 'succeeded' })
  assert.equal(await booked(), before)
})

test('a decline says why, charges nothing and may be tried again', async () => {
  const { token, subscriptionId } = await newCheckout(world)
  for (const [card, declineCode] of [
    [cards.declined, 'card_declined'],
    [cards.lacksFunds, 'insufficient_funds'],
  ] as const) {
    const { status, body } = await hosted(world, 'POST', `${token}/confirm`, confirmation(card))
    assert.equal(status, 402)
    assert.equal(body.success, false)
    assert.equal(body.error.code, 'payment_failed')
    assert.match(body.error.message, /Nothing was charged\.$/)
    assert.deepEqual(body.error.details, { declineCode })
  }
  assert.equal((await hosted(world, 'GET', token)).body.data.status, 'open')
  assert.equal(await statusOf(subscriptionId), 'pending_payment')
  assert.equal((await hosted(world, 'POST', `${token}/confirm`, confirmation(cards.pays))).status, 200)
  assert.equal(await statusOf(subscriptionId), 'active')
})

test('ten confirmations at once charge once and none of them fails on our side', async () => {
  for (const card of [cards.pays, cards.authenticates]) {
    const { token } = await newCheckout(world)
    const before = await booked()
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => hosted(world, 'POST', `${token}/confirm`, confirmation(card))),
    )
    for (const { status, body } of answers) {
      assert(status === 200 || body.error.code === 'charge_in_progress', JSON.stringify(body))
    }
    assert(answers.some(({ status }) => status === 200))
    assert.equal((await booked()) - before, card === cards.pays ? 1 : 0)
    const { body } = await hosted(world, 'GET', token)
    assert.equal(body.data.status, card === cards.pays ? 'complete' : 'requires_action')
  }
})

test('the same Idempotency-Key gets the same answer, a decline too, whoever asks at once', async () => {
  const { token } = await newCheckout(world)
  const key = 'a'.repeat(32)
  const before = (await booksOf(world.db)).length
  const answers = await Promise.all(
    Array.from({ length: 4 }, () => hosted(world, 'POST', `${token}/confirm`, confirmation(cards.declined), key)),
  )
  assert.deepEqual(
    answers.map(({ status }) => status),
    [402, 402, 402, 402],
  )
  assert.equal(new Set(answers.map(({ body }) => JSON.stringify(body))).size, 1)
  assert.equal(answers.filter(({ headers }) => headers.get('idempotent-replayed') === 'true').length, 3)
  assert.equal((await booksOf(world.db)).length - before, 1)
  const other = await hosted(world, 'POST', `${token}/confirm`, confirmation(cards.pays), key)
  assert.equal(other.status, 409)
  assert.equal(other.body.error.code, 'idempotency_key_mismatch')
  assert.equal((await hosted(world, 'POST', `${token}/confirm`, confirmation(cards.pays), 'b'.repeat(32))).status, 200)
})

test('a key of one checkout means nothing to another one', async () => {
  const key = 'c'.repeat(32)
  for (const { token } of [await newCheckout(world), await newCheckout(world)]) {
    const { status, headers } = await hosted(world, 'POST', `${token}/confirm`, confirmation(cards.pays), key)
    assert.equal(status, 200)
    assert.equal(headers.get('idempotent-replayed'), null)
  }
})

test('no row of the database holds a card number or a security code', async () => {
  const { token } = await newCheckout(world)
  const card = { number: '4000056655665556', expMonth: 12, expYear: 2044, cvc: '987' }
  const paid = await hosted(world, 'POST', `${token}/confirm`, confirmation('', { card }), 'd'.repeat(32))
  assert.equal(paid.status, 200)
  const tables = await world.database.pool.query<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`,
  )
  assert(tables.rows.length > 30)
  for (const { name } of tables.rows) {
    const { rows } = await world.database.pool.query(
      `select 1 from ${name} as t where t::text like '%4000056655665556%' or t::text like '%4000 0566 5566 5556%' or t::text like '%"987"%'`,
    )
    assert.equal(rows.length, 0, name)
  }
})

test('an answer that was lost is settled later, and asking again meanwhile charges nothing', async () => {
  const { token } = await newCheckout(world)
  const before = await booked()
  const key = 'e'.repeat(32)
  const lost = await withFaults(world, { timeoutAfterCharge: true }, () =>
    hosted(world, 'POST', `${token}/confirm`, confirmation(cards.pays), key),
  )
  assert.equal(lost.status, 409)
  assert.equal(lost.body.error.code, 'charge_in_progress')
  assert.equal((await hosted(world, 'GET', token)).body.data.status, 'processing')
  await world.database.pool.query(
    `update payment_transaction set look_again_at = now() - interval '1 minute' where state = 'started'`,
  )
  await sweepAttempts(world.app.services, 10)
  const again = await hosted(world, 'POST', `${token}/confirm`, confirmation(cards.pays), key)
  assert.deepEqual(again.body, { success: true, data: { status: 'succeeded' } })
  assert.equal((await booked()) - before, 1)
})

test('a processor out of reach is a decline that charged nothing', async () => {
  const { token } = await newCheckout(world)
  const { status, body } = await withFaults(world, { refuseConnection: true }, () =>
    hosted(world, 'POST', `${token}/confirm`, confirmation(cards.pays)),
  )
  assert.equal(status, 402)
  assert.deepEqual(body.error.details, { declineCode: 'processing_error' })
  assert.equal((await hosted(world, 'GET', token)).body.data.status, 'open')
})

test('a trial keeps the card and charges nothing', async () => {
  const { token, subscriptionId } = await newCheckout(world, { trialDays: 14 })
  const before = await booked()
  const ends = today().add({ days: 14 }).toString()
  const open = (await hosted(world, 'GET', token)).body.data
  assert.equal(open.kind, 'trial')
  assert.equal(open.total, 0)
  assert.deepEqual(open.trial, { days: 14, endsOn: ends })
  assert.deepEqual(open.renewal, { amount: 2900, billingInterval: 'monthly', on: ends, later: null })
  assert.equal((await hosted(world, 'POST', `${token}/confirm`, confirmation(cards.pays))).status, 200)
  const [setup] = (await booksOf(world.db)).slice(-1)
  assert.equal((await booked()) - before, 1)
  assert.equal(setup?.amount, 0n)
  assert.equal(await statusOf(subscriptionId), 'trialing')
  const { receipt, renewal } = (await hosted(world, 'GET', token)).body.data
  assert.equal(receipt.total, 0)
  assert.equal(receipt.nextChargeOn, ends)
  assert.deepEqual(renewal, { amount: 2900, billingInterval: 'monthly', on: ends, later: null })
})

test('a first invoice over nothing only stores the card, and the renewal costs what comes after the offer', async () => {
  const introOffer = { discountType: 'percentage', discountValue: 10_000, durationCycles: 1 } as const
  const { token, subscriptionId } = await newCheckout(world, { subscription: { introOffer } })
  const open = (await hosted(world, 'GET', token)).body.data
  assert.equal(open.kind, 'setup')
  assert.deepEqual([open.subtotal, open.discountAmount, open.total], [2900, 2900, 0])
  assert.equal(open.renewal.amount, 2900)
  assert.equal((await hosted(world, 'POST', `${token}/confirm`, confirmation(cards.pays))).status, 200)
  assert.equal(await statusOf(subscriptionId), 'active')
  assert.equal((await booksOf(world.db)).at(-1)?.amount, 0n)
  assert.equal((await hosted(world, 'GET', token)).body.data.receipt.total, 0)
})

test('an offer that goes on says so in the renewal, and what it costs once it has run out', async () => {
  const introOffer = { discountType: 'percentage', discountValue: 5_000, durationCycles: 3 } as const
  const { token } = await newCheckout(world, { subscription: { introOffer } })
  const { total, renewal } = (await hosted(world, 'GET', token)).body.data
  assert.deepEqual([total, renewal.amount], [1450, 1450])
  assert.deepEqual(renewal.later, { amount: 2900, on: today().add({ months: 3 }).toString() })
  const trial = await newCheckout(world, { trialDays: 14, subscription: { introOffer } })
  const after = (await hosted(world, 'GET', trial.token)).body.data.renewal
  assert.equal(after.amount, 1450)
  assert.deepEqual(after.later, { amount: 2900, on: today().add({ days: 14 }).add({ months: 3 }).toString() })
})

test('what is bought once renews never', async () => {
  const { token } = await newCheckout(world, { interval: 'one_time' })
  assert.equal((await hosted(world, 'GET', token)).body.data.renewal, null)
  await hosted(world, 'POST', `${token}/confirm`, confirmation(cards.pays))
  assert.equal((await hosted(world, 'GET', token)).body.data.receipt.nextChargeOn, null)
})

test('every wrong field is named in a sentence for customers', async () => {
  const { token } = await newCheckout(world)
  const { status, body } = await hosted(world, 'POST', `${token}/confirm`, { email: 'ada', address: {}, card: {} })
  assert.equal(status, 422)
  assert.equal(body.error.code, 'validation_error')
  assert.deepEqual(body.error.details, [
    { field: 'email', message: 'Enter the email address in full, like name@example.com.' },
    { field: 'fullName', message: 'Enter your name.' },
    { field: 'address.country', message: 'Choose a country.' },
    { field: 'address.line1', message: 'Enter your address.' },
    { field: 'address.city', message: 'Enter your city.' },
    { field: 'card.number', message: 'Enter the card number.' },
    { field: 'card.expMonth', message: 'Enter the expiry date as month and year, like 04/29.' },
    { field: 'card.expYear', message: 'Enter the expiry date as month and year, like 04/29.' },
    { field: 'card.cvc', message: 'Enter the security code.' },
  ])
})

test('what only the processor knows to be wrong is named at its field', async () => {
  const { token } = await newCheckout(world)
  const cases = [
    [{ number: '4111 1111 1111 1111', expMonth: 12, expYear: 2044, cvc: '123' }, 'card.number'],
    [{ number: cards.pays, expMonth: 1, expYear: 2020, cvc: '123' }, 'card.expYear'],
    [{ number: cards.pays, expMonth: 12, expYear: 2044, cvc: '1234' }, 'card.cvc'],
  ] as const
  for (const [card, field] of cases) {
    const { status, body } = await hosted(world, 'POST', `${token}/confirm`, confirmation('', { card }))
    assert.equal(status, 422)
    assert.equal(body.error.details[0].field, field)
  }
})

test('a country decides whether there is a postal code', async () => {
  const { token } = await newCheckout(world)
  const at = (country: string) => ({ address: { country, line1: '1 Road', city: 'Town', postalCode: '' } })
  const refused = await hosted(world, 'POST', `${token}/confirm`, confirmation(cards.pays, at('DE')))
  assert.deepEqual(refused.body.error.details, [{ field: 'address.postalCode', message: 'Enter your postal code.' }])
  assert.equal((await hosted(world, 'POST', `${token}/confirm`, confirmation(cards.pays, at('HK')))).status, 200)
})

test('a tax number stays when it is left out and goes when it is emptied', async () => {
  const { token, customerId } = await newCheckout(world)
  const declined = (changes: object) =>
    hosted(world, 'POST', `${token}/confirm`, confirmation(cards.declined, { ...changes }))
  const kept = async () => (await world.client.customers.get({ id: customerId })).data?.taxDocument
  await declined({ taxDocument: '12-3456789' })
  await declined({})
  assert.equal(await kept(), '12-3456789')
  await declined({ taxDocument: '' })
  assert.equal(await kept(), null)
})

test('a new price is asked for without changing anything; a promo code is refused by name', async () => {
  const { token } = await newCheckout(world)
  const priced = await hosted(world, 'PUT', `${token}/quote`, { country: 'de' })
  assert.equal(priced.status, 200)
  assert.equal(priced.body.data.total, 2900)
  assert.equal((await hosted(world, 'GET', token)).body.data.customer.address, null)
  for (const answer of [
    await hosted(world, 'PUT', `${token}/quote`, { promoCode: 'SUMMER' }),
    await hosted(world, 'POST', `${token}/confirm`, confirmation(cards.pays, { promoCode: 'SUMMER' })),
  ]) {
    assert.equal(answer.status, 404)
    assert.equal(answer.body.error.code, 'promo_code_not_found')
    assert.equal(answer.body.error.message, 'There is no promo code SUMMER. Check the spelling.')
  }
  const unknown = await hosted(world, 'PUT', `${token}/quote`, { country: 'ZZ' })
  assert.deepEqual(unknown.body.error.details, [{ field: 'country', message: 'Choose a country.' }])
})

test('an authentication may be given up for another card', async () => {
  const { token } = await newCheckout(world)
  const before = await booked()
  const asked = await hosted(world, 'POST', `${token}/confirm`, confirmation(cards.authenticates))
  assert.equal(asked.body.data.status, 'requires_action')
  assert.match(asked.body.data.action.url, new RegExp(`^http://halley\\.test/checkout/${token}/authenticate/txn_`))
  assert.equal((await hosted(world, 'GET', token)).body.data.action.url, asked.body.data.action.url)
  assert.equal((await hosted(world, 'POST', `${token}/confirm`, confirmation(cards.pays))).status, 200)
  assert.equal((await booked()) - before, 1)
})

test('a checkout whose subscription was given up takes no card', async () => {
  const { token, subscriptionId } = await newCheckout(world)
  await world.client.subscriptions.cancel({ id: subscriptionId, immediate: true })
  assert.equal((await hosted(world, 'GET', token)).body.data.status, 'canceled')
  const { status, body } = await hosted(world, 'POST', `${token}/confirm`, confirmation(cards.pays))
  assert.equal(status, 409)
  assert.match(body.error.message, /nothing was charged/)
})

test('a receipt promises no further charge once the subscription is over', async () => {
  const { token, subscriptionId } = await newCheckout(world)
  await hosted(world, 'POST', `${token}/confirm`, confirmation(cards.pays))
  await world.client.subscriptions.cancel({ id: subscriptionId, immediate: true })
  const { status, receipt, renewal } = (await hosted(world, 'GET', token)).body.data
  assert.deepEqual([status, receipt.nextChargeOn, renewal], ['complete', null, null])
})

test('live mode without a provider says so and takes nothing', async () => {
  const { token } = await newCheckout(world, { live: true })
  const { status, body } = await hosted(world, 'POST', `${token}/confirm`, confirmation(cards.pays))
  assert.equal(status, 409)
  assert.equal(body.error.code, 'provider_unsupported')
  assert.match(body.error.message, /cannot take cards here yet.*Nothing was charged/)
})

test('a token that nobody signed opens nothing', async () => {
  const { token } = await newCheckout(world)
  const forged = token.replace(/.$/, token.endsWith('A') ? 'B' : 'A')
  for (const path of [forged, 'x', '%00', token.slice(1)]) {
    const { status, body } = await hosted(world, 'GET', path)
    assert.equal(status, 404, path)
    assert.equal(body.error.code, 'not_found')
  }
})

test('broken and hostile bodies are refused in the envelope', async () => {
  const { token } = await newCheckout(world)
  for (const text of ['{', 'null', '[]', '"x"', '{"card":null}', '{"fullName":"\\u0000"}', '{"__proto__":{}}']) {
    const path = `/hosted/v1/checkout/${token}/confirm`
    const { status, body } = await world.request('POST', path, { key: null, text })
    assert(status === 400 || status === 422, `${text} ${status}`)
    assert.equal(body.success, false)
  }
})

test('cards cannot be tried without end at one checkout, and other checkouts do not notice', async () => {
  const { token } = await newCheckout(world)
  const { token: another } = await newCheckout(world)
  const statuses: number[] = []
  for (let turn = 0; turn < 30; turn += 1) {
    const { status, headers } = await hosted(world, 'POST', `${token}/confirm`, confirmation(cards.declined))
    statuses.push(status)
    if (status === 429) assert(Number(headers.get('retry-after')) > 0)
  }
  assert.equal(statuses[0], 402)
  assert.equal(statuses.at(-1), 429)
  assert.equal((await hosted(world, 'GET', token)).status, 200)
  assert.equal((await hosted(world, 'POST', `${another}/confirm`, confirmation(cards.pays))).status, 200)
})
