import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { withdrawalEnglish } from '#mail/withdrawal-words.ts'
import { sweepRefunds } from '#payments/actions/sweep-refunds.ts'
import { machineNow } from '#time/clock.ts'
import { Story } from '../support/billing-stories.ts'
import { cards, confirmation, visit, withFaults } from '../support/checkouts.ts'
import { portal, portalOf, withdrawalPath } from '../support/portals.ts'

let story: Story
before(async () => {
  story = await Story.on('2044-03-01T10:00:00.000Z')
  const { client } = story.world
  await story.plan('pro', { features: { calls: { included: 10, beyond: 5000 } } })
  await story.plan('weekly', { interval: 'weekly', price: 1000 })
  await story.plan('trial', { trialDays: 30 })
  await story.plan('once', { interval: 'one_time', price: 9900 })
  const tokens = await client.plans.create({ code: 'tokens', name: 'Tokens', consumptionModel: 'credits' })
  const price = { billingInterval: 'monthly', price: 1000, includedCredits: 100 } as const
  await client.plans.addPrice({ id: tokens.data?.id ?? '', ...price })
  await client.creditPacks.create({ name: 'Small', credits: 500, price: 900 })
})
after(() => story.close())

const address = { country: 'DE', line1: 'Torstraße 1', city: 'Berlin', postalCode: '10119' }

/** A consumer in Germany, unless said otherwise, who has completed their checkout. */
async function joins(customer: string, plan: string, typed: Record<string, unknown> = {}): Promise<string> {
  await story.customer(customer)
  const { id, checkoutUrl } = await story.subscribe(customer, plan)
  const card = { number: cards.pays, expMonth: 12, expYear: 2099, cvc: '123' }
  const body = confirmation(cards.pays, { email: `${customer}@example.com`, address, card, ...typed })
  const path = `/hosted/v1/checkout/${checkoutUrl.split('/').at(-1)}/confirm`
  assert.equal((await story.world.request('POST', path, { key: null, body })).status, 200)
  return id
}

type Mail = { kind: string; facts: Record<string, unknown> }
async function mailsTo(customer: string): Promise<Mail[]> {
  const { rows } = await story.world.database.pool.query<Mail>(
    `select mail.kind, mail.facts from mail join customer on customer.org_id = mail.org_id and customer.id = mail.customer_id
     where customer.external_id = $1 order by mail.id`,
    [customer],
  )
  return rows
}
const operatorMails = async (kind: string) => {
  const { rows } = await story.world.database.pool.query<Mail>('select kind, facts from mail where kind = $1', [kind])
  return rows
}

/** Where a mail leads to withdraw, as a path. */
async function wayOut(customer: string, kind = 'subscription_started'): Promise<string> {
  const mail = (await mailsTo(customer)).findLast((one) => one.kind === kind)
  const { url } = (mail?.facts.withdrawal ?? {}) as { url?: string }
  assert(url, `${customer} was mailed the way`)
  return new URL(url).pathname
}

const refunds = async (subscriptionId: string) => {
  const { rows } = await story.world.database.pool.query<{ state: string; amount: bigint }>(
    'select state, amount from refund where subscription_id = $1 order by id',
    [subscriptionId],
  )
  return rows.map(({ state, amount }) => `${state} ${amount}`)
}

const confirm = (path: string) => visit(story.world, `${path}?locale=en`, {})

test('a consumer withdraws in two steps without a login: ended at once, all money back, a receipt with the time', async () => {
  const id = await joins('ada', 'pro')
  const path = await wayOut('ada')
  await story.use('ada', 'calls', 500)
  await story.goTo('2044-03-15T23:30:00.000Z')
  const opened = await visit(story.world, `${path}?locale=en`)
  for (const words of ['until March 15, 2044', '$29.00', 'ada@example.com', 'Ada Lovelace', 'Confirm withdrawal'])
    assert(opened.body.includes(words), words)
  assert.equal((await story.subscription('ada')).status, 'active')
  const confirmed = await confirm(path)
  assert.deepEqual([confirmed.status, confirmed.headers.get('location')], [303, `${path}?locale=en`])
  const { status, cancelReason } = (await story.subscription('ada')) as { status: string; cancelReason?: string }
  assert.deepEqual([status, cancelReason ?? 'withdrawal'], ['canceled', 'withdrawal'])
  assert.deepEqual(await refunds(id), ['succeeded 2900'])
  assert.deepEqual((await story.events('ada')).slice(-2), ['subscription.canceled', 'payment.refunded'])
  const canceled = (await story.told('ada')).find(({ type }) => type === 'subscription.canceled')
  assert.equal(canceled?.data.cancelReason, 'withdrawal')
  const mails = (await mailsTo('ada')).slice(2)
  assert.deepEqual(
    mails.map(({ kind }) => kind),
    ['withdrawal_receipt', 'refunded'],
  )
  assert.deepEqual(mails[0]?.facts, {
    contractName: 'pro',
    withdrawnAt: '2044-03-15T23:30:00Z',
    amount: '2900',
    currency: 'usd',
    isSubscription: true,
  })
  const shown = await visit(story.world, `${path}?locale=en`)
  assert.match(shown.body, /We have received your withdrawal/)
  assert.match(shown.body, /March 15, 2044 at 23:30 UTC/)
  const told = (await operatorMails('withdrawal_declared')).at(-1)
  assert.deepEqual([told?.facts.customerId, told?.facts.amount, told?.facts.byHand], ['ada', '2900', '0'])
})

test('pressed again, and by many at once: withdrawn once, given back once, told once', async () => {
  await story.goTo('2044-04-01')
  const id = await joins('bob', 'pro')
  const path = await wayOut('bob')
  const answers = await Promise.all(Array.from({ length: 6 }, () => confirm(path)))
  assert(answers.every(({ status }) => status === 303 || status === 409))
  assert.equal((await confirm(path)).status, 303)
  assert.deepEqual(await refunds(id), ['succeeded 2900'])
  const kinds = (await mailsTo('bob')).map(({ kind }) => kind)
  assert.deepEqual(kinds.slice(2).sort(), ['refunded', 'withdrawal_receipt'])
})

test('everything paid since goes back, renewals too; what is owed is not asked for, nor charged ever after', async () => {
  await story.goTo('2044-05-02')
  const id = await joins('cleo', 'weekly')
  await story.until('2044-05-10')
  assert.equal((await confirm(await wayOut('cleo'))).status, 303)
  assert.deepEqual(await refunds(id), ['succeeded 1000', 'succeeded 1000'])
  const booked = (await story.booked()).length
  await story.until('2044-06-01')
  assert.equal((await story.booked()).length, booked)
})

test('a trial ends without a charge, and the receipt says that there is nothing to give back', async () => {
  await story.goTo('2044-06-02')
  const id = await joins('dora', 'trial')
  assert.equal((await confirm(await wayOut('dora'))).status, 303)
  assert.equal((await story.subscription('dora')).status, 'canceled')
  assert.deepEqual(await refunds(id), [])
  assert.equal((await mailsTo('dora')).at(-1)?.facts.amount, '0')
})

test('what the bank was asked for is left to it: no refund beside the dispute, and no receipt that denies the charge', async () => {
  const id = await joins('quinn', 'pro')
  const { rows } = await story.world.database.pool.query<{ id: string }>(
    `select id from payment_transaction where subscription_id = $1 and kind = 'charge'`,
    [id],
  )
  const body = { transactionId: rows[0]?.id, reason: 'fraudulent' }
  assert.equal((await story.world.request('POST', '/api/v1/test-disputes', { body })).status, 201)
  assert.equal((await confirm(await wayOut('quinn'))).status, 303)
  assert.deepEqual([await refunds(id), (await story.subscription('quinn')).status], [[], 'canceled'])
  const receipt = (await mailsTo('quinn')).find(({ kind }) => kind === 'withdrawal_receipt')
  assert.equal(receipt?.facts.amount, '0')
  assert(!/charged/.test(withdrawalEnglish.withdrawnNothing))
})

test('a one-time purchase goes back; a pack by itself takes its credits along and leaves the subscription', async () => {
  await story.goTo('2044-07-01')
  const once = await joins('eve', 'once')
  assert.equal((await confirm(await wayOut('eve'))).status, 303)
  assert.deepEqual([await refunds(once), (await story.subscription('eve')).status], [['succeeded 9900'], 'canceled'])
  const id = await joins('fay', 'tokens')
  await story.until('2044-08-02')
  const packs = await story.world.client.creditPacks.list()
  await story.world.client.subscriptions.purchaseCredits({ id, creditPackId: packs.data?.[0]?.id ?? '' })
  const path = await wayOut('fay', 'receipt')
  assert.match(path, /^\/withdraw\/purchase\//)
  assert.equal((await visit(story.world, await wayOut('fay'))).status, 410)
  const { body } = await portal(story.world, 'GET', await portalOf(story.world, 'fay'))
  assert.deepEqual(
    body.data.withdrawals.map((one: { name: string; lastDay: string }) => `${one.name} ${one.lastDay}`),
    ['Small 2044-08-16'],
  )
  assert.equal((await confirm(path)).status, 303)
  const after = await portal(story.world, 'GET', await portalOf(story.world, 'fay'))
  const { status, credits } = after.body.data.subscription
  assert.deepEqual([status, credits.purchased, after.body.data.withdrawals], ['active', 0, []])
  assert.deepEqual(await refunds(id), ['succeeded 900'])
})

test('a business, somebody elsewhere and who comes too late are not led there, and their link says so', async () => {
  await story.goTo('2044-09-01')
  const late = await joins('gil', 'pro')
  await joins('hal', 'pro', { taxDocument: 'DE136695976' })
  await joins('ivy', 'pro', { address: { ...address, country: 'US', state: 'CA', postalCode: '94105' } })
  for (const customer of ['hal', 'ivy']) {
    assert.equal((await mailsTo(customer))[1]?.facts.withdrawal, undefined, customer)
    const { body } = await portal(story.world, 'GET', await portalOf(story.world, customer))
    assert.deepEqual(body.data.withdrawals, [], customer)
    const path = withdrawalPath(story.world, (await story.subscription(customer)).id)
    assert.deepEqual([(await visit(story.world, path)).status, (await confirm(path)).status], [410, 410], customer)
  }
  const path = await wayOut('gil')
  await story.until('2044-09-16T04:00:00.000Z')
  assert.equal((await confirm(path)).status, 410)
  assert.match((await visit(story.world, `${path}?locale=es`)).body, /El plazo para desistir ha pasado/)
  assert.deepEqual([await refunds(late), (await story.subscription('gil')).status], [[], 'active'])
})

test('a link that is good no more bills nothing when it is pressed', async () => {
  await story.goTo('2044-09-20')
  await joins('nia', 'pro')
  const path = await wayOut('nia')
  // Its renewal of 20 October is due and nobody has run it yet.
  await story.goTo('2044-10-21')
  const booked = (await story.booked()).length
  assert.equal((await confirm(path)).status, 410)
  assert.deepEqual([(await story.booked()).length, (await story.subscription('nia')).status], [booked, 'active'])
})

test('a pack and then its subscription at one instant: each goes back once', async () => {
  const id = await joins('ora', 'tokens')
  const packs = await story.world.client.creditPacks.list()
  await story.world.client.subscriptions.purchaseCredits({ id, creditPackId: packs.data?.[0]?.id ?? '' })
  const path = await wayOut('ora', 'receipt')
  assert.deepEqual([(await confirm(path)).status, (await confirm(await wayOut('ora'))).status], [303, 303])
  assert.deepEqual(await refunds(id), ['succeeded 900', 'succeeded 1000'])
  const told = (await operatorMails('withdrawal_declared')).slice(-2)
  assert.deepEqual(
    told.map(({ facts }) => facts.amount),
    ['900', '1000'],
  )
})

test('where it is switched off nobody is led there, and the link says so', async () => {
  await story.goTo('2044-10-22')
  await joins('jon', 'pro')
  const path = await wayOut('jon')
  const set = (enabled: boolean) =>
    story.world.request('PUT', '/api/v1/settings', { body: { withdrawal: { enabled } } })
  assert.equal((await set(false)).body.data.withdrawal.enabled, false)
  await joins('kim', 'pro')
  assert.equal((await mailsTo('kim'))[1]?.facts.withdrawal, undefined)
  assert.deepEqual([(await visit(story.world, path)).status, (await confirm(path)).status], [410, 410])
  await set(true)
  assert.equal((await visit(story.world, path)).status, 200)
})

test('a contract that begins anew can be withdrawn from anew, and only what was paid for it goes back', async () => {
  await story.goTo('2044-11-01')
  const id = await joins('lea', 'pro')
  await confirm(await wayOut('lea'))
  await story.goTo('2044-12-01')
  await story.world.client.subscriptions.reactivate({ id })
  const path = await wayOut('lea', 'subscription_reactivated')
  assert.equal((await visit(story.world, path)).status, 200)
  assert.equal((await confirm(path)).status, 303)
  assert.deepEqual(await refunds(id), ['succeeded 2900', 'succeeded 2900'])
})

test('withdrawn, begun anew and withdrawn at one moment of the test clock: two contracts, each given back', async () => {
  const id = await joins('pia', 'pro')
  await confirm(await wayOut('pia'))
  await story.world.client.subscriptions.reactivate({ id })
  assert.equal((await story.subscription('pia')).status, 'active')
  assert.equal((await confirm(await wayOut('pia', 'subscription_reactivated'))).status, 303)
  const told = (await operatorMails('withdrawal_declared')).slice(-2)
  assert.deepEqual(
    told.map(({ facts }) => facts.earlier),
    ['0', '1'],
  )
  assert.equal((await story.subscription('pia')).status, 'canceled')
  assert.deepEqual(await refunds(id), ['succeeded 2900', 'succeeded 2900'])
})

test('a refund whose answer is lost is made by the sweeper; the withdrawal stands meanwhile', async () => {
  await story.goTo('2045-01-01')
  const id = await joins('mia', 'pro')
  const path = await wayOut('mia')
  await withFaults(story.world, { timeoutAfterCharge: true }, () => confirm(path))
  assert.deepEqual([(await story.subscription('mia')).status, await refunds(id)], ['canceled', ['started 2900']])
  assert.match((await visit(story.world, `${path}?locale=en`)).body, /We have received your withdrawal/)
  const later = { ...story.world.app.services, machineNow: () => machineNow().add({ minutes: 5 }) }
  await sweepRefunds(later, 10)
  assert.deepEqual(await refunds(id), ['succeeded 2900'])
})
