import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Story } from '../../support/billing-stories.ts'

let story: Story
before(async () => {
  story = await Story.on('2041-01-31')
  const calls = { calls: { included: 100, beyond: 5000 } }
  await story.plan('weekly', { interval: 'weekly', price: 700, features: calls })
  await story.plan('monthly', { interval: 'monthly', price: 2900, features: calls })
  await story.plan('quarterly', { interval: 'quarterly', price: 8000, features: calls })
  await story.plan('yearly', { interval: 'yearly', price: 30_000, features: calls })
  await story.plan('once', { interval: 'one_time', price: 50_000, features: calls })
  await story.plan('free', { isFree: true, features: { calls: { included: 100 } } })
  for (const plan of ['weekly', 'monthly', 'quarterly', 'yearly', 'once', 'free']) await story.join(plan, plan)
})
after(() => story.close())

test('joining on 31 January bills on the last days of shorter months and returns to 31', async () => {
  await story.until('2041-02-28T00:00:00.000Z')
  assert.deepEqual((await story.subscription('monthly')).currentPeriod, {
    start: '2041-02-28T00:00:00.000Z',
    end: '2041-03-31T00:00:00.000Z',
    daysRemaining: 31,
  })
  await story.until('2041-05-01')
  assert.deepEqual(await story.invoices('monthly'), [
    'recurring paid 2041-01-31..2041-02-28 2900 = plan_base 2900',
    'recurring paid 2041-02-28..2041-03-31 2900 = plan_base 2900',
    'recurring paid 2041-03-31..2041-04-30 2900 = plan_base 2900',
    'recurring paid 2041-04-30..2041-05-31 2900 = plan_base 2900',
  ])
  assert.equal((await story.subscription('monthly')).billingDayOfMonth, 31)
})

test('weekly: a period and a window of seven days', async () => {
  const invoices = await story.invoices('weekly')
  assert.equal(invoices.length, 13)
  assert.equal(invoices[1], 'recurring paid 2041-02-07..2041-02-14 700 = plan_base 700')
  assert.equal(invoices[12], 'recurring paid 2041-04-25..2041-05-02 700 = plan_base 700')
})

test('quarterly: overage invoices in the months between, base and the last overage together', async () => {
  await story.use('quarterly', 'calls', 110)
  await story.use('yearly', 'calls', 103)
  await story.until('2041-05-31')
  assert.deepEqual(await story.invoices('quarterly'), [
    'recurring paid 2041-01-31..2041-04-30 8000 = plan_base 8000',
    'recurring paid 2041-04-30..2041-07-31 8000 = plan_base 8000',
    // 10 calls beyond at $0.50
    'overage paid 2041-04-30..2041-05-31 500 = 10 beyond 500',
  ])
  await story.use('quarterly', 'calls', 100)
  await story.until('2041-06-30')
  await story.use('quarterly', 'calls', 102)
  await story.until('2041-07-31')
  assert.deepEqual((await story.invoices('quarterly')).slice(3), [
    'recurring paid 2041-07-31..2041-10-31 8100 = plan_base 8000 + 2 beyond 100',
  ])
})

test('yearly: monthly windows, base once a year', async () => {
  await story.until('2042-01-31')
  assert.deepEqual(await story.invoices('yearly'), [
    'recurring paid 2041-01-31..2042-01-31 30000 = plan_base 30000',
    'overage paid 2041-04-30..2041-05-31 150 = 3 beyond 150',
    'recurring paid 2042-01-31..2043-01-31 30000 = plan_base 30000',
  ])
  assert.equal((await story.subscription('yearly')).nextBillingDate, '2043-01-31T00:00:00.000Z')
})

test('one-time: never a base again, monthly windows with their overage', async () => {
  assert.deepEqual(await story.invoices('once'), ['recurring paid 2041-01-31..2041-02-28 50000 = plan_base 50000'])
  await story.use('once', 'calls', 104)
  await story.until('2042-03-01')
  assert.deepEqual((await story.invoices('once')).slice(1), ['overage paid 2042-01-31..2042-02-28 200 = 4 beyond 200'])
  const once = await story.subscription('once')
  assert.equal(once.billingInterval, 'one_time')
  assert.equal(once.nextBillingDate, null)
  assert.equal(once.currentPeriod?.end, '2042-03-31T00:00:00.000Z')
  await assert.rejects(story.cancel('once'), { code: 'one_time_subscription_not_cancelable', statusCode: 409 })
})

test('free: the window starts anew every month and nothing is ever invoiced', async () => {
  await story.use('free', 'calls', 100)
  await assert.rejects(story.use('free', 'calls', 1), { code: 'included_limit_reached' })
  await story.until('2042-03-31')
  await story.use('free', 'calls', 100)
  assert.deepEqual(await story.invoices('free'), [])
  const free = await story.subscription('free')
  assert.equal(free.billingInterval, null)
  assert.equal(free.nextBillingDate, null)
  assert.equal((await story.events('free')).includes('subscription.activated'), false)
})

test('the numbers of all these invoices have no gap', async () => {
  const numbers = await story.numbers()
  const prefix = numbers[0]?.split('-')[0]
  numbers.forEach((number, index) => {
    assert.equal(number, `${prefix}-${String(index + 1).padStart(6, '0')}`)
  })
})
