import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { cards, confirmation, hosted, newCheckout, visit } from '../support/checkouts.ts'
import { connectStripe } from '../support/connections.ts'
import { portalOf } from '../support/portals.ts'
import { stripeWorld } from '../support/stripe-world.ts'

const mostBytes = 60_000

const { stripe, world } = await stripeWorld()

/** The bytes of script a page brings, as they travel: what it loads, and what those load in turn. */
async function scriptOf(path: string): Promise<number> {
  const { body } = await visit(world, path)
  const found = [...String(body).matchAll(/<script[^>]* src="([^"]+)"|rel="modulepreload"[^>]* href="([^"]+)"/g)]
  const wanted = found.map(([, script, preload]) => script ?? preload ?? '')
  const loaded = new Map<string, number>()
  for (const address of wanted) {
    if (loaded.has(address)) continue
    assert.match(address, /^\/assets\//, `${path} loads its script from here`)
    const script = String((await visit(world, address)).body)
    loaded.set(address, gzipSync(script).length)
    for (const [, name = ''] of script.matchAll(/["']\.\/([\w-]+\.js)["']/g)) wanted.push(`/assets/${name}`)
  }
  return [...loaded.values()].reduce((sum, bytes) => sum + bytes, 0)
}

async function link(): Promise<string> {
  const asked = { amount: 4900, currency: 'USD', description: 'Workshop' } as const
  const { data } = await world.client.payments.create(asked as never)
  return new URL(data?.url ?? '').pathname
}

async function pages(): Promise<Record<string, string>> {
  const open = await newCheckout(world)
  const atBank = await newCheckout(world)
  const asked = await hosted(world, 'POST', `${atBank.token}/confirm`, confirmation(cards.authenticates))
  const paid = await newCheckout(world)
  await hosted(world, 'POST', `${paid.token}/confirm`, confirmation(cards.pays))
  const { data } = await world.client.subscriptions.updatePaymentMethod({ id: paid.subscriptionId })
  return {
    checkout: `/checkout/${open.token}`,
    'payment link': await link(),
    'at the bank': new URL(asked.body.data.action.url).pathname,
    'bank asked': `/checkout/${atBank.token}`,
    receipt: `/checkout/${paid.token}`,
    'method update': new URL(data?.checkoutUrl ?? '').pathname,
    portal: `/portal/${await portalOf(world, paid.customerId)}`,
    'not found': '/checkout/nothing',
  }
}

test('no hosted page brings more than 60 kB of script', async () => {
  for (const [name, path] of Object.entries(await pages())) {
    const bytes = await scriptOf(path)
    assert(bytes <= mostBytes, `${name}: ${bytes}`)
    const hasScript = ['checkout', 'payment link', 'method update'].includes(name)
    assert.equal(bytes > 0, hasScript, name)
  }
})

test('nor does a page at Stripe, beside Stripe’s own', async () => {
  await connectStripe(world, stripe)
  const { token } = await newCheckout(world)
  for (const path of [`/checkout/${token}`, await link()]) {
    const bytes = await scriptOf(path)
    assert(bytes > 0 && bytes <= mostBytes, `${path}: ${bytes}`)
  }
})
