import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'

type Data = Record<string, unknown>

/** Somebody's program that asks a server which dies again and again: the same request under the same key until it is answered. */
export class StubbornClient {
  /** Where the server is at the moment; null while there is none. */
  server: string | null = null
  requests = 0
  /** Requests whose server went away before it answered. */
  cutOff = 0
  #isOver = false
  readonly #apiKey: string
  #count = 0

  constructor(apiKey: string) {
    this.#apiKey = apiKey
  }

  /** Gives up: what is not answered yet fails. */
  end(): void {
    this.#isOver = true
  }

  /** The data of a good answer. */
  async send(method: string, path: string, body: Data = {}): Promise<Data> {
    const key = `request ${this.#count++}`
    const { status, data } = await this.#untilAnswered(method, `/api/v1${path}`, body, key)
    assert(status < 300, `${method} ${path} answered ${status} ${JSON.stringify(data)}`)
    return data
  }

  /** Pays in a checkout; somebody whose payment did not go through tries again, as people do. */
  async pay(checkoutUrl: unknown): Promise<void> {
    const path = `/hosted/v1/checkout/${String(checkoutUrl).split('/').at(-1)}/confirm`
    for (;;) {
      const { status, data } = await this.#untilAnswered('POST', path, confirmed, `confirmation ${this.#count++}`)
      if (status === 200) return
      assert.equal(status, 402, `paying answered ${status} ${JSON.stringify(data)}`)
    }
  }

  async #untilAnswered(method: string, path: string, body: Data, key: string): Promise<{ status: number; data: Data }> {
    this.requests += 1
    for (;;) {
      const answer = this.server === null ? undefined : await this.#try(this.server, method, path, body, key)
      // Whoever had it in hand may have died: it is answered once its row is free.
      const isOpen = !answer || answer.status >= 500 || answer.status === 409 || answer.status === 429
      if (!isOpen) return answer
      assert(!this.#isOver, `${method} ${path} was given up`)
      await wait(30)
    }
  }

  async #try(server: string, method: string, path: string, body: Data, key: string) {
    try {
      const headers = { 'x-api-key': this.#apiKey, 'content-type': 'application/json', 'idempotency-key': key }
      const response = await fetch(server + path, { method, headers, body: JSON.stringify(body) })
      const answered = (await response.json()) as { data?: Data; error?: Data }
      return { status: response.status, data: answered.data ?? answered.error ?? {} }
    } catch {
      this.cutOff += 1
      return undefined
    }
  }
}

const confirmed = {
  fullName: 'Ada Lovelace',
  address: { country: 'US', line1: '1 Main St', city: 'Springfield', postalCode: '12345', state: 'IL' },
  card: { number: '4242424242424242', expMonth: 12, expYear: 2099, cvc: '123' },
}

/** A customer's life at a server that dies again and again; features `calls` (10 included) and `seats` (3), add-on `support`. */
export async function liveThrough(client: StubbornClient, customerId: string): Promise<void> {
  await client.send('POST', '/customers', { id: customerId, email: `${customerId}@example.com` })
  const { id, checkoutUrl } = await client.send('POST', '/subscriptions', { customerId, planCode: 'pro' })
  await client.pay(checkoutUrl)
  await client.send('POST', '/usage/events', { customerId, feature: 'calls', value: 8 })
  await client.send('POST', '/usage/events', { customerId, feature: 'calls', value: 3 })
  await client.send('PUT', '/seats', { customerId, featureCode: 'seats', count: 3 })
  await client.send('PUT', `/customers/${customerId}`, { fullName: 'Countess' })
  await client.send('POST', `/subscriptions/${id}/addons`, { addonId: 'support' })
  await client.send('POST', '/payments/charge', { customerId, amount: 700, currency: 'usd', description: 'Help' })
  const link = await client.send('POST', '/payments', { customerId, amount: 900, currency: 'usd', description: 'Book' })
  await client.send('POST', `/payments/${link.id}/cancel`)
  await client.send('POST', `/subscriptions/${id}/cancel`)
  await client.send('POST', `/subscriptions/${id}/uncancel`)
  await client.send('POST', `/subscriptions/${id}/cancel`, { immediate: true })
}

/** What such a life causes, in order; `customer.state_changed` with its trigger. Single uses are told where they are named. */
export const lifeStory = [
  'customer.created',
  'customer.state_changed subscription_created',
  'subscription.created',
  'invoice.created',
  'checkout.ready',
  'customer.updated',
  'payment_method.attached',
  'payment.received',
  'customer.state_changed subscription_activated',
  'subscription.activated',
  'quota.threshold_reached',
  'quota.exceeded',
  'customer.state_changed seats_updated',
  'seats.updated',
  'seats.limit_reached',
  'customer.updated',
  'invoice.created',
  'payment.received',
  'customer.state_changed addon_activated',
  'addon.activated',
  'invoice.created',
  'payment.received',
  'payment_link.created',
  'payment_link.canceled',
  'customer.state_changed cancellation_scheduled',
  'subscription.cancellation_scheduled',
  'subscription.updated',
  'customer.state_changed cancellation_revoked',
  'subscription.cancellation_revoked',
  'subscription.updated',
  'invoice.created',
  'customer.state_changed addon_deactivated',
  'addon.deactivated',
  'customer.state_changed subscription_canceled',
  'subscription.canceled',
  'payment.received',
]
