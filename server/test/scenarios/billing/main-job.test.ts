import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Story } from '../../support/billing-stories.ts'

let story: Story
before(async () => {
  story = await Story.on('2041-03-10')
})
after(() => story.close())

test('a month of usage: base in advance plus what went beyond, to the cent, paid by the stored card', async () => {
  const { client } = story.world
  await client.features.create({ code: 'api_calls', name: 'API calls', type: 'usage', unitName: 'call' })
  const { data: plan } = await client.plans.create({ code: 'pro', name: 'Pro' })
  assert(plan)
  await client.plans.addFeature({
    id: plan.id,
    featureId: 'api_calls',
    includedAmount: 10_000,
    overage: { enabled: true, unitPrice: 200 },
  })
  await client.plans.addPrice({ id: plan.id, billingInterval: 'monthly', price: 9900 })

  const { data: customer } = await client.customers.create({ id: 'acme-7', email: 'billing@acme.test' })
  const { data: same } = await client.customers.create({ id: 'acme-7', email: 'billing@acme.test' })
  assert.equal(customer?.id, same?.id)

  const { data: pending } = await client.subscriptions.create({ customerId: 'acme-7', planCode: 'pro' })
  assert(pending)
  assert.equal(pending.status, 'pending_payment')
  assert.equal(pending.customerId, 'acme-7')
  assert.equal(pending.currentPeriod, null)
  assert(pending.checkoutUrl)
  assert.equal((await story.pay(pending.checkoutUrl)).body.data.status, 'succeeded')

  const { data: active } = await client.subscriptions.getActive({ customerId: 'acme-7' })
  assert(active)
  assert.equal(active.status, 'active')
  assert.deepEqual(active.currentPeriod, {
    start: '2041-03-10T00:00:00.000Z',
    end: '2041-04-10T00:00:00.000Z',
    daysRemaining: 31,
  })
  assert.equal(active.nextBillingDate, '2041-04-10T00:00:00.000Z')
  assert.equal(active.billingDayOfMonth, 10)
  assert.equal(active.checkoutUrl, null)

  await client.usage.track({ customerId: 'acme-7', feature: 'api_calls', value: 9_999 })
  await client.usage.track({ customerId: 'acme-7', feature: 'api_calls', value: 5_001.5 })
  const { data: used } = await client.subscriptions.get({ id: pending.id })
  assert.deepEqual(used?.features, [
    {
      code: 'api_calls',
      name: 'API calls',
      type: 'usage',
      enabled: true,
      usage: { current: 15_000.5, included: 10_000, overageQuantity: 5_000.5, overageUnitPrice: 200 },
    },
  ])

  await client.testClock.advance({ advanceDays: 31 })
  const { data: first } = await client.testClock.processBilling()
  assert.deepEqual(first, {
    object: 'test_clock',
    livemode: false,
    customersFound: 1,
    enqueued: 1,
    failed: 0,
    dunningRetried: 0,
    dunningFailed: 0,
  })
  const { data: second } = await client.testClock.processBilling()
  assert.equal(second?.customersFound, 0)

  // 5,000.5 calls at $0.02 are $100.01.
  assert.deepEqual(await story.invoices('acme-7'), [
    'recurring paid 2041-03-10..2041-04-10 9900 = plan_base 9900',
    'recurring paid 2041-04-10..2041-05-10 19901 = plan_base 9900 + 5000.5 beyond 10001',
  ])
  const { data: invoices } = await client.invoices.list({ customerId: 'acme-7' })
  const renewal = invoices?.[0]
  assert(renewal)
  assert.match(renewal.invoiceNumber, /^[A-Z0-9]+-000002$/)
  assert.equal(renewal.subtotal, 19901)
  assert.equal(renewal.discountAmount, 0)
  assert.equal(renewal.taxAmount, 0)
  assert.equal(renewal.currency, 'usd')
  assert.equal(renewal.planName, 'Pro')
  assert.equal(renewal.issueDate, '2041-04-10T00:00:00.000Z')
  assert.equal(renewal.dueDate, '2041-04-10T00:00:00.000Z')
  assert.deepEqual(
    { ...renewal.lineItems?.[1] },
    {
      lineType: 'feature_overage',
      featureName: 'API calls',
      description: 'API calls: usage beyond what is included',
      quantity: 5000.5,
      unitAmount: 200,
      amount: 10001,
      includedAmount: 10_000,
      usedAmount: 15_000.5,
      overageAmount: 5_000.5,
      discountType: null,
      discountValue: null,
      discountName: null,
      chargeType: 'standard',
      taxAmount: 0,
    },
  )
  assert.deepEqual(await story.booked(), ['succeeded 9900', 'succeeded 19901'])
  const { data: transactions } = await client.transactions.list({})
  assert.deepEqual(
    transactions?.map(({ status, grossAmount }) => [status, grossAmount]),
    [
      ['succeeded', 19901],
      ['succeeded', 9900],
    ],
  )
  const { data: renewed } = await client.subscriptions.get({ id: pending.id })
  assert.equal(renewed?.currentPeriod?.start, '2041-04-10T00:00:00.000Z')
  assert.equal(renewed?.features?.[0]?.usage?.current, 0)
  assert.deepEqual(await story.events('acme-7'), [
    'customer.created',
    'subscription.created',
    'invoice.created',
    'checkout.ready',
    'customer.updated',
    'payment_method.attached',
    'payment.received',
    'subscription.activated',
    'quota.threshold_reached',
    'quota.exceeded',
    'invoice.upcoming',
    'invoice.created',
    'payment.received',
  ])
})
