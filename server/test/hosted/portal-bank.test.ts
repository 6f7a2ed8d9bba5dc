import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { cards } from '../support/billing-stories.ts'
import { visit } from '../support/checkouts.ts'
import { ChangeStory, refusal } from '../support/plan-changes.ts'
import { hiddenFields, portal, portalOf, press, withdrawalPath } from '../support/portals.ts'
import { approveAndLeave, bookedLater, joinAsked as joinAndPass, sweepSteps } from '../support/steps.ts'

let story: ChangeStory
const plans: Record<string, string> = {}
before(async () => {
  story = await ChangeStory.on('2042-04-01')
  plans.basic = await story.plan('basic', { price: 2900 })
  plans.pro = await story.plan('pro', { price: 9900 })
  plans.free = await story.plan('free', { isFree: true })
  await story.group(plans.free, plans.basic, plans.pro)
  await story.seats(plans.basic, 5)
  await story.seats(plans.pro, 5)
})
after(() => story.close())

const read = async (token: string) => (await portal(story.world, 'GET', token)).body.data
const pathOf = (headers: Headers) => {
  const { pathname, search } = new URL(headers.get('location') ?? '', 'http://halley.test')
  return pathname + search
}

/** Subscribes with a card whose bank asks each time, and opens the portal. */
async function joinAsked(customer: string, country = 'US'): Promise<string> {
  await joinAndPass(story, customer, 'basic', country)
  return portalOf(story.world, customer)
}

/** Looks at what the other plan costs and presses the button; gives the bank's page. */
async function change(token: string, total: RegExp): Promise<string> {
  const page = await visit(story.world, `/portal/${token}/plans?planId=${plans.pro}&billingInterval=monthly&locale=en`)
  assert.match(page.body, total)
  const pressed = await visit(story.world, `/portal/${token}/change-plan`, hiddenFields(page.body, 'change-plan'))
  assert.match(pathOf(pressed.headers), /\/portal\/[^/]+\/authenticate\/txn_/)
  return pathOf(pressed.headers)
}

const charged = (customer: string) => bookedLater(story, customer)

test('a change of plan whose bank asks waits for the answer, and is what was shown: $29 to $99 with all 30 days left is $70', async () => {
  const token = await joinAsked('ada')
  const bank = await change(token, /Change and pay \$70\.00/)
  const waiting = await read(token)
  assert.deepEqual(
    [waiting.subscription.plan.name, waiting.confirmation.action, waiting.confirmation.total],
    ['basic', 'change-plan', 7000],
  )
  assert.match(
    (await visit(story.world, `/portal/${token}?locale=en`)).body,
    /Your plan changes when you have confirmed it/,
  )
  assert.match((await visit(story.world, bank)).body, /\$70\.00/)
  const approved = await visit(story.world, bank, { outcome: 'approve' })
  assert.deepEqual([approved.status, pathOf(approved.headers)], [303, `/portal/${token}?done=change-plan`])
  assert.equal((await visit(story.world, bank, { outcome: 'approve' })).status, 303)
  const changed = await read(token)
  assert.deepEqual([changed.subscription.plan.name, changed.confirmation], ['pro', null])
  assert.deepEqual(await charged('ada'), ['plan_change 7000'])
})

test('whoever fails their bank keeps their plan, is charged nothing, and may try again', async () => {
  const token = await joinAsked('bob')
  const failed = await visit(story.world, `${await change(token, /\$70\.00/)}?locale=en`, { outcome: 'fail' })
  assert.equal(failed.status, 402)
  assert.match(failed.body, /could not confirm that it was you\. Nothing was charged\. Your plan has not changed\./)
  const { subscription, confirmation, invoices } = await read(token)
  assert.deepEqual([subscription.plan.name, confirmation, invoices[0].status], ['basic', null, 'void'])
  assert.deepEqual(await charged('bob'), [])
  await visit(story.world, await change(token, /\$70\.00/), { outcome: 'approve' })
  assert.equal((await read(token)).subscription.plan.name, 'pro')
  assert.deepEqual(await charged('bob'), ['plan_change 7000'])
})

test('while the bank is waited for the API changes nothing of it; whoever does something else in the portal drops the change', async () => {
  const token = await joinAsked('cleo')
  const bank = await change(token, /\$70\.00/)
  const busy = '409 charge_in_progress'
  assert.equal(refusal(await story.change('cleo', { newPlanId: 'pro' })), busy)
  const { client } = story.world
  await assert.rejects(client.seats.add({ customerId: 'cleo', featureCode: 'seats', count: 1 }), {
    code: 'charge_in_progress',
  })
  const [paid] =
    (await client.transactions.list({ status: 'succeeded', customerEmail: 'cleo@example.com' } as never)).data ?? []
  await assert.rejects(client.transactions.refund({ id: paid?.id ?? '' }), { code: 'charge_in_progress' })
  const seats = await portal(story.world, 'POST', `${token}/seats`, { featureCode: 'seats', count: 2 })
  assert.equal(seats.status, 200)
  assert.equal((await read(token)).confirmation, null)
  const late = await visit(story.world, bank, { outcome: 'approve' })
  assert.equal(late.status, 402)
  assert.deepEqual([(await read(token)).subscription.plan.name, await charged('cleo')], ['basic', []])
})

test('a card whose bank asks is declined when the server asks: the API’s change of plan has nobody there', async () => {
  await joinAsked('dora')
  assert.equal(refusal(await story.change('dora', { newPlanId: 'pro' })), '402 charge_failed')
})

test('the day after, the price is another one: it is shown again first, and nothing is charged', async () => {
  const token = await joinAsked('eva')
  const bank = await change(token, /\$70\.00/)
  await story.goTo('2042-04-02')
  const outdated = await visit(story.world, `${bank}?locale=en`)
  assert.equal(outdated.status, 409)
  for (const words of ['The price has risen since you saw it. Nothing was charged.', 'Choose pro'])
    assert(outdated.body.includes(words), words)
  assert.equal((await visit(story.world, bank, { outcome: 'approve' })).status, 402)
  await visit(story.world, await change(token, /\$70\.97/), { outcome: 'approve' })
  assert.deepEqual([(await read(token)).subscription.plan.name, await charged('eva')], ['pro', ['plan_change 7097']])
})

test('what was approved at the bank and never came back takes effect by itself, as of when it was asked for', async () => {
  const token = await joinAsked('fay')
  await approveAndLeave(story.world, (await change(token, /\$70\.00/)).split('/').at(-1) ?? '')
  await story.goTo('2042-04-03')
  await sweepSteps(story.world)
  const { plan, currentPeriod } = await story.subscription('fay')
  assert.deepEqual([plan.name, currentPeriod?.end.slice(0, 10)], ['pro', '2042-05-02'])
  assert.deepEqual(await charged('fay'), ['plan_change 7000'])
})

test('what nobody answers is given up after some 37 minutes, and nothing of it is left', async () => {
  const token = await joinAsked('gus')
  await change(token, /\$70\.00/)
  await sweepSteps(story.world, 3)
  assert.equal((await read(token)).confirmation.total, 7000)
  await sweepSteps(story.world, 1)
  const { subscription, confirmation, invoices } = await read(token)
  assert.deepEqual([subscription.plan.name, confirmation, invoices[0].status], ['basic', null, 'void'])
})

test('a renewal waits for no answer: the change is given up and the plan of before renewed', async () => {
  const token = await joinAsked('ida')
  await change(token, /\$70\.00/)
  await story.until('2042-05-03')
  const { subscription, confirmation, invoices } = await read(token)
  // The same bank has nobody to ask at the renewal.
  assert.deepEqual([subscription.plan.name, subscription.status, confirmation], ['basic', 'past_due', null])
  assert.deepEqual(
    invoices.map(({ total, status }: { total: number; status: string }) => [total, status]),
    [
      [2900, 'outstanding'],
      [7000, 'void'],
      [2900, 'paid'],
    ],
  )
})

test('what is past due is tried again with the bank’s step: failed first, then passed', async () => {
  const token = await portalOf(story.world, 'ida')
  const failing = await press(story.world, token, 'retry')
  const { confirmation } = await read(token)
  assert.deepEqual([confirmation.action, confirmation.total], ['retry', 2900])
  assert.match(
    (await visit(story.world, `/portal/${token}?locale=en`)).body,
    /Your payment is done when you have confirmed it/,
  )
  const failed = await visit(story.world, `${pathOf(failing.headers)}?locale=en`, { outcome: 'fail' })
  assert.equal(failed.status, 402)
  assert.equal((await read(token)).subscription.status, 'past_due')
  const passing = await press(story.world, token, 'retry')
  const approved = await visit(story.world, pathOf(passing.headers), { outcome: 'approve' })
  assert.equal(pathOf(approved.headers), `/portal/${token}?done=retry`)
  assert.equal((await read(token)).subscription.status, 'active')
  assert.deepEqual(await charged('ida'), ['renewal 2900'])
})

test('who would rather pay with another card, on the page for that, is not kept waiting by the step they left', async () => {
  const token = await portalOf(story.world, 'gus')
  await press(story.world, token, 'retry')
  const { owed } = await read(token)
  const recovery = await visit(story.world, new URL(owed.payUrl).pathname)
  assert.equal((await story.pay(pathOf(recovery.headers))).status, 200)
  const { subscription, confirmation } = await read(token)
  assert.deepEqual([subscription.status, confirmation], ['active', null])
  assert.deepEqual(await charged('gus'), ['recovery 2900'])
})

test('to start again with a card whose bank asks waits for the answer too', async () => {
  const token = await joinAsked('hal')
  await story.cancel('hal', { immediate: true })
  const pressed = await press(story.world, token, 'retry')
  assert.equal((await read(token)).subscription.status, 'canceled')
  await visit(story.world, pathOf(pressed.headers), { outcome: 'approve' })
  assert.equal((await read(token)).subscription.status, 'active')
  assert.deepEqual(await charged('hal'), ['reactivation 2900'])
})

test('nobody else answers the bank, a form from another site does not, and what no portal asked for is no step of it', async () => {
  const token = await joinAsked('jan')
  const bank = await change(token, /\$70\.00/)
  const other = await portalOf(story.world, 'hal')
  const attempt = bank.split('/').at(-1) ?? ''
  for (const method of ['GET', 'POST'] as const) {
    const body = method === 'POST' ? { outcome: 'approve' } : undefined
    assert.equal((await visit(story.world, `/portal/${other}/authenticate/${attempt}`, body)).status, 404)
  }
  const foreign = await fetch(`${story.world.url}${bank}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'cross-site' },
    body: 'outcome=approve',
  })
  assert.equal(foreign.status, 403)
  const first = await story.world.db
    .selectFrom('payment_transaction')
    .select('id')
    .where('purpose', '=', 'first_invoice')
    .where('customer_email', '=', 'jan@example.com')
    .executeTakeFirstOrThrow()
  assert.equal((await visit(story.world, `/portal/${token}/authenticate/${first.id}`)).status, 404)
  assert.equal((await read(token)).subscription.plan.name, 'basic')
})

test('whoever withdraws from the contract has given up what their bank still asks about, and gets back what was paid', async () => {
  const token = await joinAsked('wilma', 'DE')
  const bank = await change(token, /Change and pay \$70\.00/)
  const { id } = await story.subscription('wilma')
  assert.equal((await visit(story.world, withdrawalPath(story.world, id), {})).status, 303)
  const { subscription, confirmation } = await read(token)
  assert.deepEqual([subscription.status, confirmation], ['canceled', null])
  await visit(story.world, bank, { outcome: 'approve' })
  assert.deepEqual(await charged('wilma'), [])
  const { rows } = await story.world.database.pool.query(
    'select state, amount from refund where subscription_id = $1',
    [id],
  )
  assert.deepEqual(rows, [{ state: 'succeeded', amount: 2900n }])
})

test('a free customer without a card adds one in the portal, and pays with it what they choose then', async () => {
  await story.join('kim', 'free')
  const token = await portalOf(story.world, 'kim')
  assert.match((await visit(story.world, `/portal/${token}?locale=en`)).body, /No card is stored\..*Add a card/s)
  const wanted = { planId: plans.basic, billingInterval: 'monthly' }
  await portal(story.world, 'POST', `${token}/change-plan`, wanted)
  const pressed = await press(story.world, token, 'payment-method')
  const page = await visit(story.world, `${pathOf(pressed.headers)}?locale=en`)
  for (const words of ['Store your card', 'Your plan free is free.', 'Save card'])
    assert(page.body.includes(words), words)
  const paid = await story.pay(pathOf(pressed.headers), cards.asks)
  const passed = await visit(story.world, new URL(paid.body.data.action.url).pathname, { outcome: 'approve' })
  assert.equal(pathOf(passed.headers), `/portal/${token}?done=payment-method`)
  const { paymentMethod } = await read(token)
  assert.deepEqual([paymentMethod.last4, paymentMethod.state], ['3220', 'good'])
  assert.equal((await story.events('kim')).at(-1), 'payment_method.attached')
  // The checkout of the plan they had chosen before was dropped for it: it is offered anew, not shown as canceled.
  const again = await portal(story.world, 'POST', `${token}/change-plan`, wanted)
  assert.equal((await story.pay(again.body.data.redirectUrl)).status, 200)
  assert.equal((await read(token)).subscription.plan.name, 'basic')
  assert.deepEqual(await charged('kim'), ['plan_change_checkout 2900'])
})

test('a card that was stored before is charged again when its customer says so; of nobody else, and not when it has expired', async () => {
  await story.join('mo', 'basic')
  const token = await portalOf(story.world, 'mo')
  assert.deepEqual((await read(token)).otherMethods, [])
  for (const card of [cards.failsLater, cards.failsLater]) {
    await story.pay(pathOf((await press(story.world, token, 'payment-method')).headers), card)
  }
  const { paymentMethod, otherMethods } = await read(token)
  assert.deepEqual([paymentMethod.last4, otherMethods.map(({ last4 }: { last4: string }) => last4)], ['0341', ['4242']])
  const page = await visit(story.world, `/portal/${token}?locale=en`)
  assert.match(page.body, /Charge Visa ending in 4242 from now on/)
  const form = hiddenFields(page.body, 'use-card')
  const other = await portalOf(story.world, 'kim')
  const theirs = await portal(story.world, 'POST', `${other}/use-card`, { paymentMethodId: form.paymentMethodId })
  assert.deepEqual([theirs.status, theirs.body.error.code], [409, 'no_payment_method'])
  assert.equal((await visit(story.world, `/portal/${token}/use-card`, form)).status, 303)
  const used = await read(token)
  assert.deepEqual([used.paymentMethod.last4, used.otherMethods[0].last4], ['4242', '0341'])
  assert.equal((await story.events('mo')).at(-1), 'payment_method.updated')
  await story.world.db
    .updateTable('payment_method')
    .set({ exp_year: 2042, exp_month: 4 })
    .where('last4', '=', '0341')
    .execute()
  assert.deepEqual((await read(token)).otherMethods, [])
})

test('a catalogue that changes while the bank is waited for does not reach what was priced, nor its explanation', async () => {
  const { client } = story.world
  const id = plans.basic ?? ''
  await client.features.create({ code: 'minutes', name: 'Minutes', type: 'usage' })
  const overage = { enabled: true, unitPrice: 10_000 }
  await client.plans.addFeature({ id, featureId: 'minutes', includedAmount: 10, overage })
  const token = await joinAsked('olga')
  await client.usage.track({ customerId: 'olga', feature: 'minutes', value: 15 })
  const bank = await change(token, /Change and pay \$75\.00/)
  await client.plans.updateFeature({ id, featureId: 'minutes', includedAmount: 12 })
  await visit(story.world, bank, { outcome: 'approve' })
  assert.deepEqual(await charged('olga'), ['plan_change 7500'])
  await story.assertExplained('olga')
})
