import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { cards, confirmation, hosted, newCheckout } from '../support/checkouts.ts'
import { createWorld } from '../support/world.ts'

const world = await createWorld()
const { client } = world
after(() => world.close())

// One customer who paid 29.00, then one whose invoice of 99.00 waits: the numbers follow one another.
let paid: Awaited<ReturnType<typeof newCheckout>>
let waiting: Awaited<ReturnType<typeof newCheckout>>
before(async () => {
  paid = await newCheckout(world)
  waiting = await newCheckout(world, { price: 9900 })
  assert.equal((await hosted(world, 'POST', `${paid.token}/confirm`, confirmation(cards.pays))).status, 200)
})

test('Invoices.list', async () => {
  const { data, hasMore } = await client.invoices.list()
  assert.deepEqual(
    data?.map(({ invoiceNumber, status, total }) => [invoiceNumber.split('-').at(-1), status, total]),
    [
      ['000002', 'outstanding', 9900],
      ['000001', 'paid', 2900],
    ],
  )
  assert.equal(hasMore, false)
  const totals = async (query: Parameters<typeof client.invoices.list>[0]) =>
    (await client.invoices.list(query)).data?.map(({ total }) => total)
  assert.deepEqual(await totals({ status: 'paid' }), [2900])
  assert.deepEqual(await totals({ status: 'void' }), [])
  assert.deepEqual(await totals({ customerId: waiting.customerId }), [9900])
  assert.deepEqual(await totals({ subscriptionId: paid.subscriptionId }), [2900])
  assert.deepEqual(await totals({ subscriptionId: 'sub_nowhere' }), [])
  assert.deepEqual(await totals({ customerId: 'nowhere' }), [])
  assert.deepEqual((await world.liveClient.invoices.list()).data, [])
})

test('Invoices.list: pages follow one another without gap or repetition', async () => {
  const first = await client.invoices.list({ limit: 1 })
  assert.equal(first.hasMore, true)
  const second = await client.invoices.list({ limit: 1, cursor: first.nextCursor ?? '' })
  assert.deepEqual([first.data?.[0]?.total, second.data?.[0]?.total, second.hasMore], [9900, 2900, false])
})

test('Invoices.get', async () => {
  const { data: listed } = await client.invoices.list({ subscriptionId: paid.subscriptionId })
  const id = listed?.[0]?.id ?? ''
  assert.match(id, /^inv_[0-9a-z]{26}$/)
  const { data } = await client.invoices.get({ id })
  assert(data)
  assert.deepEqual(data, listed?.[0])
  const start = data.periodStart
  assert.match(start, /T00:00:00\.000Z$/)
  const { createdAt, updatedAt, issueDate, dueDate, periodEnd, periodStart: _, ...rest } = data
  assert.equal(dueDate, issueDate)
  assert(createdAt <= updatedAt && start < periodEnd)
  assert.deepEqual(rest, {
    id,
    customerId: paid.customerId,
    subscriptionId: paid.subscriptionId,
    invoiceNumber: data.invoiceNumber,
    status: 'paid',
    invoiceType: 'recurring',
    currency: 'usd',
    subtotal: 2900,
    discountAmount: 0,
    creditApplied: 0,
    taxAmount: 0,
    total: 2900,
    planName: 'Pro',
    memo: null,
    poNumber: null,
    reference: null,
    metadata: {},
    lineItems: [
      {
        lineType: 'plan_base',
        featureName: null,
        description: 'Pro',
        quantity: 1,
        unitAmount: 2900,
        amount: 2900,
        includedAmount: null,
        usedAmount: null,
        overageAmount: null,
        discountType: null,
        discountValue: null,
        discountName: null,
        chargeType: 'standard',
        taxAmount: 0,
      },
    ],
    object: 'invoice',
    livemode: false,
    taxTreatment: 'not_registered',
    taxInSellerCurrency: null,
    fileHashes: [],
    taxes: [],
  })
  const unknown = { code: 'invoice_not_found', statusCode: 404 }
  await assert.rejects(client.invoices.get({ id: 'inv_nowhere' }), unknown)
  await assert.rejects(client.invoices.get({ id: data.invoiceNumber }), unknown)
  await assert.rejects(world.liveClient.invoices.get({ id }), unknown)
})

test('Invoices.getDownloadUrl', async () => {
  const { data: listed } = await client.invoices.list({ subscriptionId: paid.subscriptionId })
  const id = listed?.[0]?.id ?? ''
  const { data } = await client.invoices.getDownloadUrl({ id })
  assert(data)
  assert.deepEqual([data.object, data.livemode], ['invoice', false])
  // Seven days of real time, whatever the organisation's clock says.
  const days = (Date.parse(data.expiresAt) - Date.now()) / 86_400_000
  assert(days > 6.99 && days <= 7, data.expiresAt)
  assert(data.url.startsWith('http://halley.test/invoices/'))
  const { status, headers } = await world.request('GET', new URL(data.url).pathname, { key: null })
  assert.deepEqual([status, headers.get('content-type')], [200, 'application/pdf'])
  const unknown = { code: 'invoice_not_found', statusCode: 404 }
  await assert.rejects(client.invoices.getDownloadUrl({ id: 'inv_nowhere' }), unknown)
  await assert.rejects(world.liveClient.invoices.getDownloadUrl({ id }), unknown)
})

test('Invoices.send', async () => {
  const { data: listed } = await client.invoices.list({ subscriptionId: paid.subscriptionId })
  const id = listed?.[0]?.id ?? ''
  const { data } = await client.invoices.send({ id })
  assert.deepEqual(
    { ...data, sentAt: typeof data?.sentAt },
    { sent: true, sentAt: 'string', object: 'invoice', livemode: false },
  )
  const mails = await world.db.selectFrom('mail').selectAll().where('kind', '=', 'invoice_sent').execute()
  assert.deepEqual(
    mails.map(({ state, facts }) => [state, (facts as { invoiceId: string }).invoiceId]),
    [['inbox', id]],
  )
  // The one that waited is void once its subscription is given up.
  await client.subscriptions.cancel({ id: waiting.subscriptionId })
  const { data: ended } = await client.invoices.list({ subscriptionId: waiting.subscriptionId })
  await assert.rejects(client.invoices.send({ id: ended?.[0]?.id ?? '' }), {
    code: 'invalid_subscription_status',
    statusCode: 409,
  })
  const unknown = { code: 'invoice_not_found', statusCode: 404 }
  await assert.rejects(client.invoices.send({ id: 'inv_nowhere' }), unknown)
  await assert.rejects(world.liveClient.invoices.send({ id }), unknown)
})

test('Invoices.createAdjustment', async () => {
  const { customerId } = paid
  const input = { customerId, amount: 1500, description: 'Setup by phone', metadata: { ticket: 7 } }
  const { data: more } = await client.invoices.createAdjustment(input)
  assert(more)
  const { id, invoiceNumber, issueDate, dueDate, createdAt, updatedAt, ...rest } = more
  assert.equal(Date.parse(dueDate) - Date.parse(issueDate), 30 * 86_400_000)
  assert.deepEqual([createdAt, updatedAt], [issueDate, issueDate])
  assert.match(invoiceNumber, /-000003$/)
  assert.deepEqual(rest, {
    customerId,
    status: 'outstanding',
    invoiceType: 'adjustment',
    currency: 'usd',
    subtotal: 1500,
    taxAmount: 0,
    total: 1500,
    memo: 'Setup by phone',
    metadata: { ticket: 7 },
    object: 'invoice',
    livemode: false,
  })
  const order = { ...input, poNumber: 'PO-7781' }
  const { data: ordered } = await client.invoices.createAdjustment(order)
  assert.equal((await client.invoices.get({ id: ordered?.id ?? '' })).data?.poNumber, 'PO-7781')
  const { data: less } = await client.invoices.createAdjustment({ customerId, amount: -400, description: 'Sorry' })
  assert.deepEqual([less?.status, less?.subtotal, less?.total, less?.dueDate], ['paid', -400, -400, less?.issueDate])
  const { data: shown } = await client.invoices.get({ id })
  assert.deepEqual(
    [shown?.subscriptionId, shown?.lineItems?.map(({ lineType, amount }) => [lineType, amount])],
    [null, [['one_time', 1500]]],
  )
  const invalid = { name: 'CommetValidationError' }
  await assert.rejects(client.invoices.createAdjustment({ ...input, amount: 0 }), invalid)
  await assert.rejects(client.invoices.createAdjustment({ ...input, amount: 1.5 }), invalid)
  await assert.rejects(client.invoices.createAdjustment({ ...input, description: ' ' }), invalid)
  const unknown = { code: 'customer_not_found', statusCode: 404 }
  await assert.rejects(client.invoices.createAdjustment({ ...input, customerId: 'nobody' }), unknown)
  await assert.rejects(world.liveClient.invoices.createAdjustment(input), unknown)
})

test('Invoices.updateStatus', async () => {
  const { customerId } = paid
  const adjust = async () => {
    const { data } = await client.invoices.createAdjustment({ customerId, amount: 900, description: 'More' })
    return data?.id ?? ''
  }
  const [settled, voided] = [await adjust(), await adjust()]
  await assert.rejects(world.liveClient.invoices.updateStatus({ id: settled, status: 'paid' }), { statusCode: 404 })
  const { data } = await client.invoices.updateStatus({ id: settled, status: 'paid' })
  assert(data)
  const { updatedAt, ...rest } = data
  assert.match(updatedAt, /Z$/)
  assert.deepEqual(rest, { id: settled, status: 'paid', object: 'invoice', livemode: false })
  assert.equal((await client.invoices.updateStatus({ id: voided, status: 'void' })).data?.status, 'void')
  const refused = { code: 'invalid_subscription_status', statusCode: 409 }
  for (const id of [settled, voided]) {
    for (const status of ['paid', 'void'] as const) {
      await assert.rejects(client.invoices.updateStatus({ id, status }), refused)
    }
  }
  const unknown = { code: 'invoice_not_found', statusCode: 404 }
  await assert.rejects(client.invoices.updateStatus({ id: 'inv_nowhere', status: 'void' }), unknown)
})
