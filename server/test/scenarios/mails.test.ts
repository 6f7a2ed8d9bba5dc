import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { cards, Story } from '../support/billing-stories.ts'

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
  assert.deepEqual((await kindsOf('eve')).slice(1).sort(), ['receipt', 'trial_converted'])
})

test('somebody who takes a free plan is not written to', async () => {
  await story.plan('free', { isFree: true })
  await story.join('joe', 'free')
  assert.deepEqual(await kindsOf('joe'), [])
})
