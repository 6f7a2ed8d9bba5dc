import assert from 'node:assert/strict'
import type { CreateSubscriptionParams } from '@commet/node'
import type { Answer, World } from './world.ts'

export const cards = {
  pays: '4242 4242 4242 4242',
  declined: '4000 0000 0000 0002',
  lacksFunds: '4000 0000 0000 9995',
  authenticates: '4000 0000 0000 3220',
} as const

export type NewCheckout = {
  readonly live?: boolean
  readonly trialDays?: number
  /** Minor units a month; 29.00 unless said otherwise. */
  readonly price?: number
  readonly interval?: 'monthly' | 'yearly' | 'one_time'
  readonly subscription?: Partial<CreateSubscriptionParams>
}

export type MadeCheckout = { readonly token: string; readonly subscriptionId: string; readonly customerId: string }

let made = 0

/** A customer's open checkout for a plan of its own. */
export async function newCheckout(world: World, given: NewCheckout = {}): Promise<MadeCheckout> {
  const client = given.live ? world.liveClient : world.client
  const code = `checkout_plan_${++made}`
  const plan = await client.plans.create({ name: 'Pro', code, description: 'Everything a small team needs' })
  assert(plan.data)
  await client.plans.addPrice({
    id: plan.data.id,
    billingInterval: given.interval ?? 'monthly',
    price: given.price ?? 2900,
    trialDays: given.trialDays ?? 0,
  })
  const customer = await client.customers.create({ email: 'ada@example.com' })
  assert(customer.data)
  const { data } = await client.subscriptions.create({
    planCode: code,
    customerId: customer.data.id,
    ...given.subscription,
  } as CreateSubscriptionParams)
  assert(data?.checkoutUrl)
  const token = new URL(data.checkoutUrl).pathname.split('/').at(-1) ?? ''
  return { token, subscriptionId: data.id, customerId: given.subscription?.customerId ?? customer.data.id }
}

/** What a customer types, as the body of a confirmation. */
export function confirmation(card: string, changes: Record<string, unknown> = {}) {
  return {
    email: 'ada@example.com',
    fullName: 'Ada Lovelace',
    address: { country: 'US', line1: '100 Market Street', city: 'San Francisco', postalCode: '94105', state: 'CA' },
    card: { number: card, expMonth: 12, expYear: 2044, cvc: '123' },
    ...changes,
  }
}

/** The same as the fields of the form. */
export function typedForm(card: string, changes: Record<string, string> = {}): Record<string, string> {
  return {
    email: 'ada@example.com',
    country: 'US',
    line1: '100 Market Street',
    line2: '',
    city: 'San Francisco',
    state: 'CA',
    postalCode: '94105',
    taxDocument: '',
    fullName: 'Ada Lovelace',
    cardNumber: card,
    cardExpiry: '12/44',
    cardCvc: '123',
    promoCode: '',
    ...changes,
  }
}

/** The hosted API without any API key. */
export function hosted(world: World, method: string, path: string, body?: unknown, key?: string): Promise<Answer> {
  return world.request(method, `/hosted/v1/checkout/${path}`, {
    key: null,
    body,
    ...(key === undefined ? {} : { headers: { 'idempotency-key': key } }),
  })
}

/** A page, or a form posted to one, as a browser without script sends it. */
export function visit(world: World, path: string, form?: Record<string, string>): Promise<Answer> {
  if (!form) return world.request('GET', path, { key: null })
  return world.request('POST', path, {
    key: null,
    text: new URLSearchParams(form).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded', origin: 'null' },
  })
}

/** Sets the line to the simulated processor for the time of some work. */
export async function withFaults<T>(world: World, faults: Record<string, unknown>, work: () => Promise<T>): Promise<T> {
  const processor = world.app.services.providers.commet as unknown as { faults: Record<string, unknown> }
  const before = { ...processor.faults }
  Object.assign(processor.faults, faults)
  try {
    return await work()
  } finally {
    Object.assign(processor.faults, before)
  }
}
