import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Story } from '../../support/billing-stories.ts'
import { visit } from '../../support/checkouts.ts'

let story: Story
before(async () => {
  story = await Story.on('2041-03-01')
  await story.plan('pro')
})
after(() => story.close())

type Notice = { on: string; facts: Record<string, string> }

/** When a customer was told of their card, and what. */
async function notices(customer: string): Promise<Notice[]> {
  const { rows } = await story.world.database.pool.query<Notice>(
    `select to_char(mail.occurred_at, 'YYYY-MM-DD') as on, mail.facts
     from mail join customer on customer.org_id = mail.org_id and customer.id = mail.customer_id
     where mail.kind = 'card_expiring' and customer.external_id = $1 order by mail.id`,
    [customer],
  )
  return rows
}
const daysOf = async (customer: string) => (await notices(customer)).map(({ on }) => on)
const june = { expMonth: 6, expYear: 2041 }

test('the end of a card is told 30 and 7 days before, once each, with a link that takes another one', async () => {
  await story.join('ada', 'pro', { expires: june })
  await story.join('kim', 'pro', { expires: june })
  await story.until('2041-05-31')
  assert.deepEqual(await daysOf('ada'), [])
  await story.until('2041-06-02')
  await story.bill()
  const [notice] = await notices('ada')
  const { updateUrl = '', paymentMethodId: _, ...facts } = notice?.facts ?? {}
  assert.deepEqual(facts, { planName: 'pro', brand: 'visa', last4: '4242', goodUntil: '2041-06-30' })
  assert.deepEqual(await daysOf('ada'), ['2041-06-01'])
  const opened = await visit(story.world, new URL(updateUrl).pathname)
  assert.equal(opened.status, 303)
  const again = await visit(story.world, new URL(updateUrl).pathname)
  assert.equal(again.headers.get('location'), opened.headers.get('location'))
  assert.equal((await story.pay(opened.headers.get('location') ?? '')).status, 200)
  await story.until('2041-06-25')
  await story.until('2041-07-03')
  assert.deepEqual(await daysOf('ada'), ['2041-06-01'])
  assert.deepEqual(await daysOf('kim'), ['2041-06-01', '2041-06-24'])
})

test('a clock that jumps over both tells each once, on its day', async () => {
  await story.join('bob', 'pro', { expires: { expMonth: 9, expYear: 2041 } })
  await story.until('2041-11-01')
  assert.deepEqual(await daysOf('bob'), ['2041-09-01', '2041-09-24'])
})

test('nobody is told whose card is not charged any more by then, nor who switched such mails off', async () => {
  await story.goTo('2042-01-01')
  const march = { expires: { expMonth: 3, expYear: 2042 } }
  await story.plan('once', { interval: 'one_time' })
  await story.plan('trial', { trialDays: 90 })
  await story.join('leaving', 'pro', march)
  await story.join('gone', 'pro', march)
  await story.join('once', 'once', march)
  await story.join('trying', 'trial', march)
  await story.cancel('gone', { immediate: true })
  await story.until('2042-02-28')
  await story.cancel('leaving')
  await story.until('2042-03-20')
  for (const customer of ['leaving', 'gone', 'once']) assert.deepEqual(await daysOf(customer), [], customer)
  assert.deepEqual(await daysOf('trying'), ['2042-03-02'])
  await story.world.request('PUT', '/api/v1/settings', { body: { mail: { off: ['card_expiring'] } } })
  await story.until('2042-04-02')
  assert.deepEqual(await daysOf('trying'), ['2042-03-02'])
})
