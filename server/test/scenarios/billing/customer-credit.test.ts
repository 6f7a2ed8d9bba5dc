import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { cards, Story } from '../../support/billing-stories.ts'
import { explanationOf } from '../../support/explanations.ts'

let story: Story
before(async () => {
  story = await Story.on('2041-06-01')
  await story.plan('pro', { price: 2900, features: { calls: { included: 10, beyond: 10_000 } } })
})
after(() => story.close())

const correct = (customerId: string, amount: number) =>
  story.world.client.invoices.createAdjustment({ customerId, amount, description: 'Sorry' })

async function invoiceIds(customerId: string): Promise<string[]> {
  const { data } = await story.world.client.invoices.list({ customerId })
  return (data ?? []).map(({ id }) => id).reverse()
}

async function creditOf(customerId: string): Promise<bigint[]> {
  const { rows } = await story.world.database.pool.query<{ remaining: bigint }>(
    `select credit.remaining from customer_credit credit
     join customer on customer.org_id = credit.org_id and customer.id = credit.customer_id
     where customer.org_id = $1 and customer.external_id = $2 order by credit.created_at, credit.id`,
    [story.world.orgId, customerId],
  )
  return rows.map(({ remaining }) => BigInt(remaining))
}

test('a renewal of $29 uses $10 of credit and charges $19; the next one charges $29', async () => {
  await story.join('ada', 'pro')
  await correct('ada', -1000)
  assert.deepEqual(await creditOf('ada'), [1000n])
  await story.until('2041-07-01')
  const { lines, totals, matches } = await explanationOf(story.world, 'ada')
  await story.until('2041-08-01')
  assert.deepEqual(await story.invoices('ada'), [
    'recurring paid 2041-06-01..2041-07-01 2900 = plan_base 2900',
    'adjustment paid 2041-06-01..2041-06-01 -1000 = one_time -1000',
    'recurring paid 2041-07-01..2041-08-01 1900 = plan_base 2900 + credit -1000',
    'recurring paid 2041-08-01..2041-09-01 2900 = plan_base 2900',
  ])
  assert.deepEqual(await story.booked(), ['succeeded 2900', 'succeeded 1900', 'succeeded 2900'])
  assert.deepEqual(await creditOf('ada'), [0n])
  assert.equal(matches, true)
  assert.deepEqual(lines[1]?.steps.slice(-1), ['0 − $10.00 = -$10.00'])
  assert.match(lines[1]?.steps[0] ?? '', /^\$10\.00 of the credit of .*000002$/)
  assert.equal(totals.steps.at(-1), 'Total: $29.00 − $0.00 discount − $10.00 credit + $0.00 tax = $19.00')
  await story.cancel('ada', { immediate: true })
})

test('a renewal that credit pays whole is paid without a charge, and the rest waits for the next', async () => {
  await story.join('bob', 'pro')
  await correct('bob', -1000)
  await correct('bob', -2500)
  const before = (await story.booked()).length
  await story.until('2041-09-01')
  assert.deepEqual(
    (await story.invoices('bob')).at(-1),
    'recurring paid 2041-09-01..2041-10-01 0 = plan_base 2900 + credit -2900',
  )
  assert.equal((await story.booked()).length, before)
  assert.deepEqual(await creditOf('bob'), [0n, 600n])
  await story.until('2041-10-01')
  assert.equal((await story.booked()).at(-1), 'succeeded 2300')
  await story.cancel('bob', { immediate: true })
})

test('the last invoice of a cancellation uses credit too', async () => {
  await story.join('cleo', 'pro')
  await correct('cleo', -150)
  await story.use('cleo', 'calls', 12)
  await story.cancel('cleo', { immediate: true })
  assert.match((await story.invoices('cleo')).at(-1) ?? '', /^overage paid .* 50 = 2 beyond 200 \+ credit -150$/)
})

test('a first invoice uses credit, and gives it back when its checkout is given up', async () => {
  await story.customer('dan')
  await correct('dan', -1000)
  await story.subscribe('dan', 'pro')
  assert.match((await story.invoices('dan')).at(-1) ?? '', / 1900 = plan_base 2900 \+ credit -1000$/)
  assert.deepEqual(await creditOf('dan'), [0n])
  await story.cancel('dan')
  assert.match((await story.invoices('dan')).at(-1) ?? '', /^recurring void /)
  assert.deepEqual(await creditOf('dan'), [1000n])
  const { checkoutUrl } = await story.subscribe('dan', 'pro')
  assert.equal((await story.pay(checkoutUrl)).status, 200)
  assert.equal((await story.booked()).at(-1), 'succeeded 1900')
  assert.deepEqual(await creditOf('dan'), [0n])
  await story.cancel('dan', { immediate: true })
})

test('a first invoice that credit pays whole only asks for a card', async () => {
  await story.customer('eve')
  await correct('eve', -5000)
  const { checkoutUrl } = await story.subscribe('eve', 'pro')
  const before = (await story.booked()).length
  assert.equal((await story.pay(checkoutUrl)).status, 200)
  assert.equal((await story.booked()).length, before)
  assert.equal((await story.subscription('eve')).status, 'active')
  assert.deepEqual(await creditOf('eve'), [2100n])
  await story.cancel('eve', { immediate: true })
})

test('an invoice of a checkout that was settled elsewhere begins the subscription', async () => {
  await story.customer('fay')
  const { checkoutUrl } = await story.subscribe('fay', 'pro')
  const [id = ''] = await invoiceIds('fay')
  const { data } = await story.world.client.invoices.updateStatus({ id, status: 'paid' })
  assert.equal(data?.status, 'paid')
  assert.equal((await story.subscription('fay')).status, 'active')
  const events = await story.events('fay')
  assert.deepEqual(events.slice(-2), ['payment.received', 'subscription.activated'])
  assert.notEqual((await story.pay(checkoutUrl)).body.data?.status, 'requires_action')
  const { data: transactions } = await story.world.client.transactions.list({ customerEmail: 'fay@example.com' })
  assert.deepEqual(transactions, [])
  await story.cancel('fay', { immediate: true })
})

test('while a customer is paying an invoice, nobody else settles or voids it', async () => {
  await story.customer('gil')
  const { checkoutUrl } = await story.subscribe('gil', 'pro')
  assert.equal((await story.pay(checkoutUrl, cards.asks)).body.data.status, 'requires_action')
  const [id = ''] = await invoiceIds('gil')
  const refused = { code: 'charge_in_progress', statusCode: 409 }
  await assert.rejects(story.world.client.invoices.updateStatus({ id, status: 'paid' }), refused)
  await assert.rejects(story.world.client.invoices.updateStatus({ id, status: 'void' }), refused)
})

test('voiding the invoice of a checkout ends what waited for it and gives its credit back', async () => {
  await story.customer('gus')
  await correct('gus', -700)
  await story.subscribe('gus', 'pro')
  const id = (await invoiceIds('gus')).at(-1) ?? ''
  await story.world.client.invoices.updateStatus({ id, status: 'void' })
  assert.equal((await story.subscription('gus')).status, 'canceled')
  assert.deepEqual(await creditOf('gus'), [700n])
})

test('a declined renewal that is voided leaves no debt: active, credit given back, the next one is billed', async () => {
  await story.join('hal', 'pro', { card: cards.failsLater })
  await correct('hal', -900)
  await story.until('2041-11-01')
  assert.equal((await story.subscription('hal')).status, 'past_due')
  assert.match((await story.invoices('hal')).at(-1) ?? '', /^recurring outstanding .* 2000 = /)
  const id = (await invoiceIds('hal')).at(-1) ?? ''
  await story.world.client.invoices.updateStatus({ id, status: 'void' })
  assert.equal((await story.subscription('hal')).status, 'active')
  assert.deepEqual(await creditOf('hal'), [900n])
  await story.until('2041-12-01')
  assert.match((await story.invoices('hal')).at(-1) ?? '', /^recurring outstanding 2041-12-01.* 2000 = /)
  assert.equal((await story.subscription('hal')).status, 'past_due')
  const next = (await invoiceIds('hal')).at(-1) ?? ''
  await story.world.client.invoices.updateStatus({ id: next, status: 'paid' })
  assert.equal((await story.subscription('hal')).status, 'active')
  assert.deepEqual((await story.events('hal')).slice(-2), ['payment.received', 'payment.recovered'])
  await story.cancel('hal', { immediate: true })
})

test('however many give and use credit at once, sums agree and none goes below zero', async () => {
  await story.customer('ivy')
  await Promise.all(Array.from({ length: 5 }, () => correct('ivy', -400)))
  await story.subscribe('ivy', 'pro')
  const id = (await invoiceIds('ivy')).at(-1) ?? ''
  const outcomes = await Promise.allSettled([
    story.world.client.invoices.updateStatus({ id, status: 'void' }),
    story.world.client.invoices.updateStatus({ id, status: 'paid' }),
    story.world.client.invoices.updateStatus({ id, status: 'void' }),
    correct('ivy', -400),
  ])
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 2)
  const { data } = await story.world.client.invoices.get({ id })
  const sum = (await creditOf('ivy')).reduce((all, one) => all + one, 0n)
  assert.equal(sum, data?.status === 'paid' ? 400n : 2400n)
})

async function waitingReactivation(customer: string): Promise<string> {
  await story.join(customer, 'pro', { card: cards.failsLater })
  await correct(customer, -900)
  await story.cancel(customer, { immediate: true })
  const { id } = await story.subscription(customer)
  for (const _try of [1, 2]) {
    const { status } = await story.world.request('POST', `/api/v1/subscriptions/${id}/reactivate`, { body: {} })
    assert.equal(status, 402)
  }
  assert.match(
    (await story.invoices(customer)).at(-1) ?? '',
    /^reactivation outstanding .* 2000 = plan_base 2900 \+ credit -900$/,
  )
  assert.deepEqual(await creditOf(customer), [0n])
  return (await invoiceIds(customer)).at(-1) ?? ''
}

test('a reactivation uses credit however often it is tried; settled elsewhere, the subscription is active again', async () => {
  const id = await waitingReactivation('jan')
  await story.world.client.invoices.updateStatus({ id, status: 'paid' })
  assert.equal((await story.subscription('jan')).status, 'active')
  assert.deepEqual((await story.events('jan')).slice(-2), ['payment.received', 'subscription.reactivated'])
  assert.deepEqual(await creditOf('jan'), [0n])
  await story.cancel('jan', { immediate: true })
})

test('a reactivation that is voided gives its credit back and leaves the subscription canceled', async () => {
  const id = await waitingReactivation('kim')
  await story.world.client.invoices.updateStatus({ id, status: 'void' })
  assert.equal((await story.subscription('kim')).status, 'canceled')
  assert.deepEqual(await creditOf('kim'), [900n])
})

test('credit that pays the last invoice of somebody who never paid anything: they leave, and were never activated', async () => {
  await story.plan('tiny', {
    price: 20,
    trialDays: 10,
    features: { calls: { included: 10, beyond: 10_000 } },
  })
  for (const [customer, immediate] of [
    ['mia', true],
    ['noa', false],
  ] as const) {
    await story.join(customer, 'tiny')
    const { trialEndsAt } = await story.subscription(customer)
    // 20 cents are too little to charge when the trial ends: they wait.
    await story.until(String(trialEndsAt).slice(0, 10))
    await correct(customer, -5000)
    await story.use(customer, 'calls', 12)
    await story.cancel(customer, { immediate })
    if (!immediate) await story.until(String((await story.subscription(customer)).currentPeriod?.end).slice(0, 10))
    assert.equal((await story.subscription(customer)).status, 'canceled')
    // Two calls beyond at $1.00 and the 20 cents that waited.
    assert.match((await story.invoices(customer)).at(-1) ?? '', /^overage paid .* 0 = .*credit -220/)
    assert.equal((await story.events(customer)).includes('subscription.activated'), false)
  }
})
