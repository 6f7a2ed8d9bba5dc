import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Story } from '../support/billing-stories.ts'
import { killChildren } from '../support/children.ts'
import { connectStripe, joinAtStripe } from '../support/connections.ts'
import { AtDlocal, joinAtDlocal } from '../support/dlocal-customers.ts'
import { DlocalDouble } from '../support/dlocal-double.ts'
import { copySubscriber } from '../support/many-subscribers.ts'
import { ProviderMessenger } from '../support/provider-messenger.ts'
import { assertBooksAgree, chargedHere, paidEveryMonth, RenewalKills, renewalsOf } from '../support/renewal-kills.ts'
import { killPlan, seededRandom } from '../support/seeded.ts'
import { StripeDouble, type StripeFault } from '../support/stripe-double.ts'

/**
 * A server is killed again and again at random moments while it renews subscriptions month by month. KILLS says how often,
 * KILL_SEED which moments are taken, SUBSCRIBERS how many there are.
 */
const { kills, seed, random } = killPlan(4)
const subscribers = Number(process.env.SUBSCRIBERS ?? 24)
const closing: (() => Promise<void>)[] = []
after(async () => {
  killChildren()
  for (const close of closing.toReversed()) await close()
})

test(`killed ${kills} times in renewals at the built-in processor: paid once a month each, and the books agree`, async (t) => {
  const story = await Story.on('2041-03-10')
  closing.push(() => story.close())
  await story.plan('pro', { price: 2900 })
  await story.join('good', 'pro')
  // Each of their charges is disputed at once, which the processor tells by itself.
  await story.join('disputing', 'pro', { card: '4000000000000259' })
  await copySubscriber(story.world.database, 'good', subscribers - 1)
  await copySubscriber(story.world.database, 'disputing', 2)

  const run = new RenewalKills(story, { role: 'all', faults: { delayMs: 40 } }, random)
  for (let killed = 0; killed < kills; killed++) await run.killOne()
  await run.rest()

  assert.deepEqual(await renewalsOf(story), new Map([[paidEveryMonth(run.months), subscribers + 3]]))
  const { rows } = await story.world.database.pool.query<{ told: string }>(
    `select concat_ws(' ', idempotency_key, amount) as told from simulated_processor.charge
     where kind = 'charge' and state = 'succeeded' order by idempotency_key`,
  )
  const booked = rows.map(({ told }) => told)
  assert.deepEqual(await chargedHere(story), booked)
  assert.equal(booked.length, (subscribers + 3) * run.months + 2)
  const { rows: disputes } = await story.world.database.pool.query(
    `select count(*)::int as opened, (select count(*)::int from event where type = 'payment.disputed') as told from dispute`,
  )
  assert.deepEqual(disputes, [{ opened: 3 * run.months + 1, told: 3 * run.months + 1 }])
  assert.equal(await assertBooksAgree(story), booked.length)
  t.diagnostic(
    `seed ${seed}: ${booked.length} charges of ${booked.length * 2900} in ${run.months} months, ${run.cutOff.size} cut off by ${kills} kills`,
  )
})

test(`killed ${kills} times in renewals at Stripe, which is slow, loses answers and tells everything twice: the same`, async (t) => {
  const stripe = await StripeDouble.start()
  closing.push(() => stripe.stop())
  const story = await Story.on('2041-03-10', { providerAddresses: { stripe: stripe.url } })
  closing.push(() => story.close())
  const connection = await connectStripe(story.world, stripe)
  await story.plan('pro', { price: 2900 })
  for (let number = 1; number <= subscribers; number++) await joinAtStripe(story, `customer_${number}`, 'pro')

  const chance = seededRandom(seed + 1)
  stripe.faultFor = () => faultAt(chance())
  const path = `/providers/stripe/${story.world.orgId}/${connection}/webhook`
  const messenger = ProviderMessenger.ofStripe(stripe, path, chance)
  closing.push(() => messenger.stop())
  const run = new RenewalKills(story, { role: 'all', stripe: stripe.url }, random, messenger)
  for (let killed = 0; killed < kills; killed++) await run.killOne()
  await run.rest()

  assert.deepEqual(await renewalsOf(story), new Map([[paidEveryMonth(run.months), subscribers]]))
  const booked = stripe.charged().map(({ transaction, amount }) => `${transaction} ${amount}`)
  assert.deepEqual(await chargedHere(story), booked.toSorted())
  assert.equal(booked.length, subscribers * (run.months + 1))
  await assertDisputesTold(story, messenger)
  assert.equal(await assertBooksAgree(story, { stripe: stripe.url }), booked.length)
  t.diagnostic(
    `seed ${seed}: ${booked.length} charges of ${booked.length * 2900} in ${run.months} months, ${run.cutOff.size} cut off by ${kills} kills, ` +
      `${messenger.taken} notifications taken, ${messenger.cutOff} cut off, ${messenger.disputed.length} disputes`,
  )
})

test(`killed ${kills} times in renewals at dLocal, which is slow, loses answers and tells everything twice: the same`, async (t) => {
  const dlocal = await DlocalDouble.start()
  closing.push(() => dlocal.stop())
  const story = await Story.on('2041-03-10', { providerAddresses: { dlocal: dlocal.url } })
  closing.push(() => story.close())
  const at = await AtDlocal.connect(story.world, dlocal)
  await story.plan('pro', { price: 2900 })
  const few = Math.ceil(subscribers / 3)
  for (let number = 1; number <= few; number++) await joinAtDlocal(story, at, `customer_${number}`, 'pro')

  const chance = seededRandom(seed + 2)
  dlocal.faultFor = () => faultAt(chance())
  const messenger = ProviderMessenger.ofDlocal(dlocal, at.webhook, chance)
  closing.push(() => messenger.stop())
  const run = new RenewalKills(story, { role: 'all', dlocal: dlocal.url }, random, messenger)
  for (let killed = 0; killed < kills; killed++) await run.killOne()
  await run.rest()

  assert.deepEqual(await renewalsOf(story), new Map([[paidEveryMonth(run.months), few]]))
  const booked = dlocal.paid().map(({ order_id, amount }) => `${order_id} ${amount * 100}`)
  assert.deepEqual(await chargedHere(story), booked.toSorted())
  assert.equal(booked.length, few * (run.months + 1))
  await assertDisputesTold(story, messenger)
  assert.equal(await assertBooksAgree(story, { dlocal: dlocal.url }), booked.length)
  t.diagnostic(
    `seed ${seed}: ${booked.length} charges of ${booked.length * 2900} in ${run.months} months, ${run.cutOff.size} cut off by ${kills} kills, ` +
      `${messenger.taken} notifications taken, ${messenger.cutOff} cut off, ${messenger.disputed.length} disputes`,
  )
})

/** Each dispute and its end were told once. */
async function assertDisputesTold({ world }: Story, { disputed }: ProviderMessenger): Promise<void> {
  const { rows } = await world.database.pool.query(
    `select type, count(*)::int, count(distinct data->>'paymentTransactionId')::int as charges from event
     where type like 'payment.disput%' group by type order by type`,
  )
  const count = disputed.length
  const types = count === 0 ? [] : ['payment.dispute_resolved', 'payment.disputed']
  assert.deepEqual(
    rows,
    types.map((type) => ({ type, count, charges: count })),
  )
}

function faultAt(chance: number): Exclude<StripeFault, 'hang'> {
  if (chance < 0.1) return 'drop_before'
  if (chance < 0.25) return 'drop_after'
  if (chance < 0.3) return 'fail_500'
  return chance < 0.6 ? 'slow' : null
}
