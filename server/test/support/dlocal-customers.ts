import assert from 'node:assert/strict'
import type { Story } from './billing-stories.ts'
import { confirmation } from './checkouts.ts'
import { connect } from './connections.ts'
import type { DlocalDouble } from './dlocal-double.ts'
import type { Answer, World } from './world.ts'

const { card: _card, ...typed } = confirmation('', {
  address: { country: 'BR', line1: 'Av. Paulista 1000', city: 'São Paulo', postalCode: '01310-100' },
  taxDocument: '53033315550',
})

/** Customers of a world who pay at a double of dLocal. */
export class AtDlocal {
  readonly connection: string
  readonly #world: World
  readonly #dlocal: DlocalDouble

  private constructor(world: World, dlocal: DlocalDouble, connection: string) {
    this.#world = world
    this.#dlocal = dlocal
    this.connection = connection
  }

  /** Connects the sandbox and makes dLocal its default. */
  static async connect(world: World, dlocal: DlocalDouble): Promise<AtDlocal> {
    return new AtDlocal(world, dlocal, await connect(world, 'dlocal', dlocal.credentials))
  }

  get webhook(): string {
    return `/providers/dlocal/${this.#world.orgId}/${this.connection}/webhook`
  }

  /** Confirms a checkout by its token, as somebody in Brazil. */
  confirm(token: string, changes: Record<string, unknown> = {}): Promise<Answer> {
    const body = { ...typed, ...changes }
    return this.#world.request('POST', `/hosted/v1/checkout/${token}/confirm`, { key: null, body })
  }

  /** The newest charge or set-up of a subscription, as our books have it. */
  attemptOf(subscriptionId: string) {
    return this.#world.db
      .selectFrom('payment_transaction')
      .selectAll()
      .where('subscription_id', '=', subscriptionId)
      .orderBy('id', 'desc')
      .executeTakeFirstOrThrow()
  }

  /** Confirms, pays on dLocal's page and comes back. Gives the transaction's id. */
  async pay(token: string, subscriptionId: string, changes: Record<string, unknown> = {}): Promise<string> {
    const { status, body } = await this.confirm(token, changes)
    assert.equal(status, 200, JSON.stringify(body))
    const { id } = await this.attemptOf(subscriptionId)
    this.#dlocal.finish(id, 'pay')
    assert.equal((await this.comeBack(id)).status, 303)
    return id
  }

  comeBack(id: string): Promise<Answer> {
    const path = `/providers/dlocal/${this.#world.orgId}/${this.connection}/return?attempt=${id}`
    return this.#world.request('GET', path, { key: null })
  }

  /** Tells what dLocal tells of a payment, or with `about` of something else. */
  async notify(
    orderId: string,
    { secretKey, about, path = '' }: { secretKey?: string; about?: unknown; path?: string } = {},
  ) {
    const { body, headers } = this.#dlocal.signed(about ?? this.#dlocal.paymentOf(orderId), secretKey)
    return (await this.#world.request('POST', this.webhook + path, { key: null, text: body, headers })).status
  }
}

/** Subscribes a new customer in Brazil to a plan of a story and pays on dLocal's page. */
export async function joinAtDlocal(story: Story, at: AtDlocal, customer: string, planCode: string): Promise<string> {
  await story.customer(customer)
  const { id, checkoutUrl } = await story.subscribe(customer, planCode)
  return at.pay(checkoutUrl.split('/').at(-1), id)
}
