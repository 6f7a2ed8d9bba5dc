import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { confirmation, visit } from '../support/checkouts.ts'
import { connectStripe } from '../support/connections.ts'
import { ChangeStory } from '../support/plan-changes.ts'
import { hiddenFields, portal, portalOf, press } from '../support/portals.ts'
import { StripeDouble } from '../support/stripe-double.ts'

let stripe: StripeDouble
let story: ChangeStory
const plans: Record<string, string> = {}
before(async () => {
  stripe = await StripeDouble.start()
  story = await ChangeStory.on('2042-04-01', { providerAddresses: { stripe: stripe.url } })
  await connectStripe(story.world, stripe)
  plans.basic = await story.plan('basic', { price: 2900 })
  plans.pro = await story.plan('pro', { price: 9900 })
  await story.group(await story.plan('free', { isFree: true }), plans.basic, plans.pro)
})
after(async () => {
  await story.close()
  await stripe.stop()
})

const read = async (token: string) => (await portal(story.world, 'GET', token)).body.data
const pathOf = (headers: Headers) => {
  const { pathname, search } = new URL(headers.get('location') ?? '', 'http://halley.test')
  return pathname + search
}
const transactionOf = (path: string) => /txn_\w+/.exec(path)?.[0] ?? ''

/** Subscribes at Stripe with a card whose bank asks each time somebody is there, and opens the portal. */
async function joinAsked(customer: string): Promise<string> {
  await story.customer(customer)
  const { checkoutUrl } = await story.subscribe(customer, 'basic')
  const { card: _card, ...typed } = confirmation('', { paymentToken: `ctoken_3ds_${customer}` })
  const path = `/hosted/v1/checkout/${checkoutUrl.split('/').at(-1)}`
  await story.world.request('POST', `${path}/confirm`, { key: null, body: typed })
  stripe.authenticate([...stripe.intents.values()].at(-1)?.metadata.transaction ?? '', 'approve')
  assert.equal((await story.world.request('POST', `${path}/complete`, { key: null })).status, 200)
  return portalOf(story.world, customer)
}

async function change(token: string): Promise<string> {
  const page = await visit(story.world, `/portal/${token}/plans?planId=${plans.pro}&billingInterval=monthly&locale=en`)
  const pressed = await visit(story.world, `/portal/${token}/change-plan`, hiddenFields(page.body, 'change-plan'))
  return pathOf(pressed.headers)
}

test('the bank’s step of a change of plan is shown by Stripe’s script on a page of ours, and how it went is asked of Stripe', async () => {
  const token = await joinAsked('ada')
  const step = await change(token)
  const page = await visit(story.world, `${step}?locale=en`)
  const policy = page.headers.get('content-security-policy') ?? ''
  assert.match(policy, /script-src 'nonce-[^']+' https:\/\/js\.stripe\.com https:\/\/\*\.js\.stripe\.com;/)
  assert.match(policy, /form-action 'self' http:\/\/halley\.test;/)
  for (const words of ['One more step with your bank', '$70.00', stripe.publishableKey, '_secret_', '<noscript>'])
    assert(page.body.includes(words), words)
  const early = await visit(story.world, step, {})
  assert.equal(pathOf(early.headers), `${step}?unfinished=1`)
  assert.match(
    (await visit(story.world, `${step}?unfinished=1&locale=en`)).body,
    /is not finished yet\. Nothing was charged\./,
  )
  assert.equal((await read(token)).subscription.plan.name, 'basic')
  stripe.authenticate(transactionOf(step), 'approve')
  // What a form claims is not asked.
  const done = await visit(story.world, step, { outcome: 'fail' })
  assert.equal(pathOf(done.headers), `/portal/${token}?done=change-plan`)
  assert.equal((await read(token)).subscription.plan.name, 'pro')
  assert.deepEqual(
    stripe.charged().map(({ amount }) => amount),
    [2900, 7000],
  )
})

test('a step that failed at Stripe changes nothing; a form that says it passed is not believed', async () => {
  const token = await joinAsked('bob')
  const step = await change(token)
  assert.equal(pathOf((await visit(story.world, step, { outcome: 'approve' })).headers), `${step}?unfinished=1`)
  stripe.authenticate(transactionOf(step), 'fail')
  const failed = await visit(story.world, `${step}?locale=en`, { outcome: 'approve' })
  assert.equal(failed.status, 402)
  assert.match(failed.body, /Your plan has not changed\./)
  assert.equal((await read(token)).subscription.plan.name, 'basic')
  assert.equal(stripe.intentOf(transactionOf(step)).status, 'canceled')
})

test('what Stripe tells before the customer is back is enough: the plan has changed, and their way back finds it so', async () => {
  const token = await joinAsked('cleo')
  const step = await change(token)
  stripe.authenticate(transactionOf(step), 'approve')
  const { org_id: orgId, id } = await story.world.db
    .selectFrom('payment_connection')
    .select(['org_id', 'id'])
    .executeTakeFirstOrThrow()
  const { body, headers } = stripe.notification('payment_intent.succeeded', transactionOf(step))
  const told = await fetch(`${story.world.url}/providers/stripe/${orgId}/${id}/webhook`, {
    method: 'POST',
    body,
    headers,
  })
  assert.equal(told.status, 200)
  assert.equal((await read(token)).subscription.plan.name, 'pro')
  assert.equal(pathOf((await visit(story.world, step, {})).headers), `/portal/${token}?done=change-plan`)
})

test('a declined renewal is tried again with the bank’s step at Stripe', async () => {
  const token = await joinAsked('dora')
  await story.until('2042-05-01')
  assert.equal((await read(token)).subscription.status, 'past_due')
  const step = pathOf((await press(story.world, token, 'retry')).headers)
  stripe.authenticate(transactionOf(step), 'approve')
  assert.equal(pathOf((await visit(story.world, step, {})).headers), `/portal/${token}?done=retry`)
  assert.equal((await read(token)).subscription.status, 'active')
})

test('a free customer adds a card in Stripe’s fields: it is set up and nothing is charged', async () => {
  await story.join('eva', 'free')
  const token = await portalOf(story.world, 'eva')
  const path = pathOf((await press(story.world, token, 'payment-method')).headers)
  const { card: _card, ...typed } = confirmation('', { paymentToken: 'ctoken_visa_eva' })
  const before = stripe.charged().length
  const stored = await story.world.request('POST', `/hosted/v1/checkout/${path.split('/').at(-1)}/confirm`, {
    key: null,
    body: typed,
  })
  assert.deepEqual([stored.status, stored.body.data.status], [200, 'succeeded'])
  assert.equal((await read(token)).paymentMethod.last4, '4242')
  assert.deepEqual([[...stripe.intents.values()].at(-1)?.object, stripe.charged().length], ['setup_intent', before])
})
