import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { cards, Story } from '../support/billing-stories.ts'
import { visit } from '../support/checkouts.ts'

let story: Story
before(async () => {
  story = await Story.on('2040-06-16')
  await story.plan('pro')
  await story.plan('trial', { trialDays: 14 })
})
after(() => story.close())

/** The mails of a customer in their order: kind and facts. */
async function mailsOf(customer: string): Promise<[string, Record<string, unknown>][]> {
  const { db } = story.world
  const rows = await db
    .selectFrom('mail')
    .innerJoin('customer', (join) =>
      join.onRef('customer.org_id', '=', 'mail.org_id').onRef('customer.id', '=', 'mail.customer_id'),
    )
    .select(['mail.kind', 'mail.facts'])
    .where('customer.external_id', '=', customer)
    .orderBy('mail.id')
    .execute()
  return rows.map(({ kind, facts }) => [kind, facts as Record<string, unknown>])
}

const kindsOf = async (customer: string) => (await mailsOf(customer)).map(([kind]) => kind)

test('who subscribes, renews, cancels, thinks again and leaves is told of each step once', async () => {
  const id = await story.join('ada', 'pro')
  const { client } = story.world
  assert.deepEqual(await kindsOf('ada'), ['receipt', 'subscription_started'])
  assert.equal((await mailsOf('ada'))[0]?.[1].amount, '2900')
  assert.deepEqual((await mailsOf('ada'))[1]?.[1], { planName: 'pro', renewsOn: '2040-07-16', trialEndsOn: null })
  await story.until('2040-07-17')
  assert.deepEqual((await kindsOf('ada')).slice(2), ['receipt'])
  await client.subscriptions.cancel({ id })
  await client.subscriptions.uncancel({ id })
  await client.subscriptions.cancel({ id })
  assert.deepEqual((await mailsOf('ada')).slice(3), [
    ['cancel_scheduled', { planName: 'pro', endsOn: '2040-08-16' }],
    ['cancel_undone', { planName: 'pro', renewsOn: '2040-08-16' }],
    ['cancel_scheduled', { planName: 'pro', endsOn: '2040-08-16' }],
  ])
  await story.until('2040-08-17')
  await story.bill()
  assert.deepEqual((await mailsOf('ada')).slice(6), [
    ['subscription_ended', { planName: 'pro', endedOn: '2040-08-16' }],
  ])
})

test('a declined renewal is told with its reason, a trial with its end and its beginning as a subscription', async () => {
  await story.goTo('2040-09-01')
  await story.join('bob', 'pro', { card: cards.failsLater })
  await story.join('eve', 'trial')
  await story.until('2040-10-02')
  const failed = (await mailsOf('bob')).at(-1)
  assert.equal(failed?.[0], 'payment_failed')
  assert.deepEqual([failed?.[1].amount, failed?.[1].planName], ['2900', 'pro'])
  assert.equal(typeof failed?.[1].declineCode, 'string')
  assert.deepEqual((await mailsOf('eve'))[0], [
    'subscription_started',
    { planName: 'trial', renewsOn: null, trialEndsOn: '2040-09-15' },
  ])
  assert.deepEqual((await kindsOf('eve')).slice(1).sort(), ['receipt', 'trial_converted', 'trial_will_end'])
})

test('somebody who takes a free plan is not written to', async () => {
  await story.plan('free', { isFree: true })
  await story.join('joe', 'free')
  assert.deepEqual(await kindsOf('joe'), [])
})

test('the end of a trial and the renewal of a long period are announced with what they cost, once', async () => {
  await story.goTo('2041-03-01')
  await story.plan('yearly', {
    interval: 'yearly',
    price: 29_000,
    intro: { type: 'percentage', value: 1000, cycles: 2 },
  })
  await story.join('kay', 'yearly')
  await story.join('lou', 'trial')
  await story.join('mia', 'pro')
  await story.until('2041-03-14')
  await story.until('2041-03-16')
  await story.until('2041-04-02')
  assert.deepEqual(
    (await mailsOf('lou')).filter(([kind]) => kind === 'trial_will_end'),
    [['trial_will_end', { planName: 'trial', amount: '2900', currency: 'usd', endsOn: '2041-03-15' }]],
  )
  assert(!(await kindsOf('mia')).includes('renewal_reminder'))
  await story.until('2042-02-27')
  await story.until('2042-03-02')
  assert.deepEqual(
    (await mailsOf('kay')).filter(([kind]) => kind === 'renewal_reminder'),
    [['renewal_reminder', { planName: 'yearly', amount: '26100', currency: 'usd', renewsOn: '2042-03-01' }]],
  )
  assert.deepEqual((await kindsOf('kay')).slice(2), ['renewal_reminder', 'receipt'])
})

test('a refund and a reactivation are told', async () => {
  await story.goTo('2042-06-01')
  const id = await story.join('ned', 'pro')
  const { client } = story.world
  const { data } = await client.transactions.list({ customerEmail: 'ned@example.com' })
  await client.transactions.refund({ id: data?.[0]?.id ?? '' })
  await client.subscriptions.reactivate({ id })
  assert.deepEqual((await kindsOf('ned')).slice(2), [
    'refunded',
    'subscription_ended',
    'receipt',
    'subscription_reactivated',
  ])
  assert.equal((await mailsOf('ned'))[2]?.[1].amount, '2900')
})

test('a bank that asks at the renewal: the customer is told what to do once, and of later tries as of any', async () => {
  await story.goTo('2042-09-01')
  await story.customer('ola')
  const { checkoutUrl } = await story.subscribe('ola', 'pro')
  const asked = (await story.pay(checkoutUrl, cards.asks)).body.data
  assert.equal(asked.status, 'requires_action')
  await visit(story.world, new URL(asked.action.url).pathname, { outcome: 'approve' })
  await story.until('2042-10-02T12:00:00.000Z')
  const [mail, next] = (await mailsOf('ola')).slice(2)
  assert.equal(mail?.[0], 'action_needed')
  assert.deepEqual([mail?.[1].amount, mail?.[1].planName], ['2900', 'pro'])
  assert.match(String(mail?.[1].actionUrl), /\/recover\//)
  assert.equal(next?.[0], 'payment_failed')
  assert.equal(next?.[1].declineCode, 'authentication_required')
  assert.equal(next?.[1].recoveryUrl, mail?.[1].actionUrl)
})

test('a trial that ends on a free plan is announced with nothing to pay, a year that becomes a month with its new price', async () => {
  await story.goTo('2043-03-01')
  const { client } = story.world
  const { data: group } = await client.planGroups.create({ name: 'Plans' })
  for (const code of ['free', 'pro', 'trial', 'yearly']) {
    await client.planGroups.addPlan({ id: group?.id ?? '', planId: code })
  }
  const pia = await story.join('pia', 'trial')
  await client.subscriptions.changePlan({ id: pia, newPlanId: 'free' })
  const rex = await story.join('rex', 'yearly')
  await client.subscriptions.changePlan({ id: rex, newPlanId: 'pro', newBillingInterval: 'monthly' })
  await story.until('2043-03-13')
  const told = async (customer: string, kind: string) => (await mailsOf(customer)).find(([one]) => one === kind)?.[1]
  const trialEnd = await told('pia', 'trial_will_end')
  assert.deepEqual(trialEnd, { planName: 'free', amount: '0', currency: 'usd', endsOn: '2043-03-15' })
  await story.until('2044-02-28')
  const renewal = await told('rex', 'renewal_reminder')
  assert.deepEqual(renewal, { planName: 'pro', amount: '2900', currency: 'usd', renewsOn: '2044-03-01' })
})

test('an adjustment that is to be paid is sent with its invoice, one that gives credit is not', async () => {
  await story.goTo('2044-06-01')
  await story.customer('sam')
  const { client } = story.world
  await client.invoices.createAdjustment({ customerId: 'sam', amount: -500, description: 'Sorry' })
  await client.invoices.createAdjustment({ customerId: 'sam', amount: 1500, description: 'Extra work' })
  const mails = await mailsOf('sam')
  assert.deepEqual(
    mails.map(([kind, { amount, dueOn }]) => [kind, amount, dueOn]),
    [['invoice_finalised', '1500', '2044-07-01']],
  )
})
