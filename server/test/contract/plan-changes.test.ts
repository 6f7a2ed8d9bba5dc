import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Commet } from '@commet/node'
import { cards } from '../support/billing-stories.ts'
import { ChangeStory } from '../support/plan-changes.ts'

let story: ChangeStory
let client: Commet
before(async () => {
  story = await ChangeStory.on('2044-06-01')
  client = story.world.client
  await story.group(
    await story.plan('free', { isFree: true }),
    await story.plan('pro', { price: 2900 }),
    await story.plan('business', { price: 9900 }),
  )
})
after(() => story.close())

test('Subscriptions.changePlan', async () => {
  const id = await story.join('ada', 'pro')
  const { data } = await client.subscriptions.changePlan({ id, newPlanId: 'business' })
  assert.deepEqual(Object.keys(data ?? {}), [
    'id',
    'scheduled',
    'customerId',
    'newPlanId',
    'newPlanName',
    'newBillingInterval',
    'previousPlan',
    'currentPlan',
    'billingInterval',
    'billing',
    'invoiceId',
    'object',
    'livemode',
  ])
  assert.deepEqual(data?.billing, {
    credit: 2900,
    creditsApplied: 0,
    charge: 9900,
    taxAmount: 0,
    netAmount: 7000,
    totalCharged: 7000,
    remainingCreditBalance: 0,
  })
  const { data: invoice } = await client.invoices.get({ id: data?.invoiceId ?? '' })
  assert.deepEqual([invoice?.invoiceType, invoice?.total], ['plan_change', 7000])
  await assert.rejects(client.subscriptions.changePlan({ id, newPlanId: 'business' }), {
    code: 'no_change_requested',
    statusCode: 400,
  })
})

test('Subscriptions.changePlan: an earlier plan is scheduled, a free customer gets a checkout', async () => {
  const id = await story.join('bob', 'business')
  const { data: scheduled } = await client.subscriptions.changePlan({ id, newPlanId: 'pro' })
  assert.deepEqual([scheduled?.scheduled, scheduled?.scheduledFor], [true, '2044-07-01T00:00:00.000Z'])
  const free = await story.join('cyd', 'free')
  const { data: offered } = await client.subscriptions.changePlan({ id: free, newPlanId: 'pro' })
  assert.equal(offered?.requiresCheckout, true)
  assert.match(offered?.checkoutUrl ?? '', /\/checkout\//)
})

test('Subscriptions.changePlan: declined is 402 charge_failed, and says so', async () => {
  const id = await story.join('dan', 'pro', { card: cards.failsLater })
  await assert.rejects(client.subscriptions.changePlan({ id, newPlanId: 'business' }), {
    code: 'charge_failed',
    statusCode: 402,
  })
})

test('Subscriptions.changePlan: a repeated request has the answer of the first one, and charges once', async () => {
  await story.join('eve', 'pro')
  const [first, second] = [
    await story.change('eve', { newPlanId: 'business' }, 'the same'),
    await story.change('eve', { newPlanId: 'business' }, 'the same'),
  ]
  assert.deepEqual([first.status, second.status], [200, 200])
  assert.deepEqual(second.body, first.body)
  assert.equal(second.headers.get('idempotent-replayed'), 'true')
})

test('Subscriptions.previewChange', async () => {
  const id = await story.join('fay', 'pro')
  const { data } = await client.subscriptions.previewChange({ id, planId: 'business' })
  assert.deepEqual(data, {
    currency: 'usd',
    currentPlanCredit: 2900,
    newPlanCharge: 9900,
    estimatedTotal: 7000,
    effectiveDate: '2044-06-01T12:00:00.000Z',
    daysRemaining: 30,
    totalDays: 30,
    isUpgrade: true,
    object: 'subscription',
    livemode: false,
  })
  await assert.rejects(client.subscriptions.previewChange({ id, planId: 'free' }), {
    code: 'plan_change_scheduled',
    statusCode: 400,
  })
})
