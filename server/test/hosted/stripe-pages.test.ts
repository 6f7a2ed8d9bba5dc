import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newCheckout, typedForm, visit } from '../support/checkouts.ts'
import { connectStripe } from '../support/connections.ts'
import { stripeWorld } from '../support/stripe-world.ts'

const { stripe, world } = await stripeWorld()

const { card: _card, ...typed } = {
  email: 'ada@example.com',
  fullName: 'Ada Lovelace',
  address: { country: 'US', line1: '100 Market Street', city: 'San Francisco', postalCode: '94105', state: 'CA' },
  card: undefined,
}

/** The sources of each directive, without the nonce. */
function policyOf(headers: Headers): Record<string, string[]> {
  const text = (headers.get('content-security-policy') ?? '').replace(/'nonce-[^']+'/, "'nonce'")
  return Object.fromEntries(
    text.split('; ').map((directive) => {
      const [name = '', ...sources] = directive.split(' ')
      return [name, sources]
    }),
  )
}

const link = async () => {
  const asked = { amount: 4900, currency: 'USD', description: 'Workshop' } as const
  const { data } = await world.client.payments.create(asked as never)
  return new URL(data?.url ?? '').pathname
}

test('pages of the built-in processor name no host but this one', async () => {
  const { token } = await newCheckout(world)
  for (const path of [`/checkout/${token}`, await link(), '/checkout/nothing', '/']) {
    const { headers, body } = await visit(world, path)
    assert.doesNotMatch(headers.get('content-security-policy') ?? '', /https:|\*|unsafe/, path)
    assert.doesNotMatch(body, /(?:src|href)="(?:https?:)?\/\//, path)
  }
})

test('pages at Stripe name Stripe’s hosts for what Stripe documents, and nothing else', async () => {
  await connectStripe(world, stripe)
  const { token } = await newCheckout(world)
  for (const path of [`/checkout/${token}`, await link()]) {
    const { status, headers, body } = await visit(world, path)
    assert.equal(status, 200)
    assert.deepEqual(policyOf(headers), {
      'default-src': ["'none'"],
      'script-src': ["'nonce'", 'https://js.stripe.com', 'https://*.js.stripe.com'],
      'style-src': ["'self'"],
      'img-src': ["'self'"],
      'connect-src': ["'self'", 'https://api.stripe.com'],
      'frame-src': ['https://js.stripe.com', 'https://*.js.stripe.com', 'https://hooks.stripe.com'],
      'form-action': ["'self'", 'http://halley.test'],
      'base-uri': ["'none'"],
      'frame-ancestors': ["'none'"],
    })
    assert.match(body, /<noscript>.*JavaScript is needed to pay here.*<\/noscript>/)
    assert.match(body, /<button class="button" type="submit"[^>]* disabled/)
    assert.doesNotMatch(body, /name="card/)
  }
})

test('a finished checkout at Stripe needs Stripe no more, and says so', async () => {
  const { token } = await newCheckout(world)
  const paid = await world.request('POST', `/hosted/v1/checkout/${token}/confirm`, {
    key: null,
    body: { ...typed, paymentToken: 'ctoken_visa_1' },
  })
  assert.equal(paid.status, 200)
  const { headers, body } = await visit(world, `/checkout/${token}`)
  assert.match(body, /Payment received/)
  assert.doesNotMatch(headers.get('content-security-policy') ?? '', /stripe/)
})

test('a form that was posted without script is refused in words, and charges nothing', async () => {
  const { token } = await newCheckout(world)
  const before = stripe.intents.size
  const { status } = await visit(world, `/checkout/${token}`, typedForm('4242 4242 4242 4242'))
  assert.equal(status, 422)
  assert.equal(stripe.intents.size, before)
})

test('how the bank’s step went is asked of Stripe: not finished, failed, passed, and again', async () => {
  const { token } = await newCheckout(world)
  const complete = () => world.request('POST', `/hosted/v1/checkout/${token}/complete`, { key: null })
  assert.equal((await complete()).body.error.code, 'not_found')
  for (const answer of ['fail', 'approve'] as const) {
    const body = { ...typed, paymentToken: `ctoken_3ds_${answer}` }
    await world.request('POST', `/hosted/v1/checkout/${token}/confirm`, { key: null, body })
    const open = await complete()
    assert.deepEqual([open.status, open.body.data.status], [200, 'requires_action'])
    assert.match(open.body.data.action.clientSecret, /^pi_double\d+_secret_/)
    const { transaction = '' } = [...stripe.intents.values()].at(-1)?.metadata ?? {}
    stripe.authenticate(transaction, answer)
    for (let times = 0; times < 2; times += 1) {
      const { status, body: ended } = await complete()
      if (answer === 'approve') assert.deepEqual([status, ended.data.status], [200, 'succeeded'])
      else assert.deepEqual([status, ended.error.details.declineCode], [402, 'authentication_failed'])
    }
  }
  assert.equal(stripe.charged().filter(({ amount }) => amount === 2900).length, 2)
})

test('the total is told as Stripe counts it', async () => {
  const { token } = await newCheckout(world)
  const { body } = await world.request('GET', `/hosted/v1/checkout/${token}`, { key: null })
  assert.deepEqual([body.data.total, body.data.elementAmount], [2900, 2900])
})
