import assert from 'node:assert/strict'
import { createWorld, type World } from './world.ts'

/** Amounts in minor units, unit prices in rate scale (10000 = 1.00). */
export type StoryFeature = {
  readonly included?: number
  readonly unlimited?: boolean
  /** Price of a unit beyond what is included; absent: nothing is sold beyond. */
  readonly beyond?: number
}

export type StoryPlan = {
  readonly interval?: 'weekly' | 'monthly' | 'quarterly' | 'yearly' | 'one_time'
  readonly price?: number
  readonly isFree?: boolean
  readonly trialDays?: number
  readonly intro?: { type: 'percentage' | 'amount'; value: number; cycles?: number }
  readonly features?: Record<string, StoryFeature>
}

export const cards = {
  good: '4242424242424242',
  declined: '4000000000000002',
  /** Good in the checkout, declined ever after. */
  failsLater: '4000000000000341',
  /** Asks for authentication in a checkout. */
  asks: '4000000000003220',
} as const

type CardDate = { readonly expMonth: number; readonly expYear: number }
const neverExpires: CardDate = { expMonth: 12, expYear: 2099 }

/** A short, comparable account of an invoice. */
export type Told = string

/**
 * A Halley with a test clock, told as a story: days are UTC days, customers and plans are named by codes. Time runs in the
 * 2040s so that the real clock never overtakes a story.
 */
export class Story {
  readonly world: World
  readonly #subscriptions = new Map<string, string>()

  constructor(world: World) {
    this.world = world
  }

  static async on(day: string, options: Parameters<typeof createWorld>[0] = {}): Promise<Story> {
    const story = new Story(await createWorld(options))
    await story.goTo(day)
    return story
  }

  close(): Promise<void> {
    return this.world.close()
  }

  /** Moves the clock without billing anything: noon of a day, or a time. Long ways are gone in steps of two years. */
  async goTo(when: string): Promise<void> {
    const target = when.includes('T') ? when : `${when}T12:00:00.000Z`
    for (;;) {
      const { data } = await this.world.client.testClock.get()
      const now = Temporal.Instant.from(data?.now ?? '')
      const step = now.toZonedDateTimeISO('UTC').add({ days: 700 }).toInstant()
      const isLast = Temporal.Instant.compare(step, Temporal.Instant.from(target)) >= 0
      await this.world.client.testClock.advance({ frozenTime: isLast ? target : step.toString() })
      if (isLast) return
    }
  }

  /** Moves the clock and runs what is due. Gives the number of customers found. */
  async until(when: string): Promise<number> {
    await this.goTo(when)
    return this.bill()
  }

  async bill(): Promise<number> {
    const { data } = await this.world.client.testClock.processBilling()
    assert(data)
    assert.equal(data.failed, 0)
    return data.customersFound
  }

  async plan(code: string, plan: StoryPlan = {}): Promise<string> {
    const { client } = this.world
    const { data } = await client.plans.create({ code, name: code, isFree: plan.isFree === true })
    assert(data)
    for (const [feature, { included, unlimited, beyond }] of Object.entries(plan.features ?? {})) {
      await client.features.create({ code: feature, name: feature, type: 'usage' }).catch(() => undefined)
      await client.plans.addFeature({
        id: data.id,
        featureId: feature,
        includedAmount: included ?? 0,
        ...(unlimited ? { unlimited } : {}),
        ...(beyond === undefined ? {} : { overage: { enabled: true, unitPrice: beyond } }),
      })
    }
    if (!plan.isFree) await this.price(data.id, plan)
    return data.id
  }

  async price(planId: string, plan: StoryPlan): Promise<string> {
    const { data } = await this.world.client.plans.addPrice({
      id: planId,
      billingInterval: plan.interval ?? 'monthly',
      price: plan.price ?? 2900,
      ...(plan.trialDays === undefined ? {} : { trialDays: plan.trialDays }),
      ...(plan.intro
        ? {
            introOffer: {
              enabled: true,
              discountType: plan.intro.type,
              discountValue: plan.intro.value,
              ...(plan.intro.cycles === undefined ? {} : { durationCycles: plan.intro.cycles }),
            },
          }
        : {}),
    })
    assert(data)
    return data.id
  }

  async customer(id: string): Promise<void> {
    await this.world.client.customers.create({ id, email: `${id}@example.com` })
  }

  /** Subscribes a new customer and completes the checkout where there is one. */
  async join(
    customer: string,
    planCode: string,
    options: { card?: string; country?: string; expires?: CardDate; [setting: string]: unknown } = {},
  ): Promise<string> {
    const { card, country, expires, ...settings } = options
    await this.customer(customer)
    const subscription = await this.subscribe(customer, planCode, settings)
    if (subscription.checkoutUrl)
      assert.equal((await this.pay(subscription.checkoutUrl, card, country, expires)).status, 200)
    return subscription.id
  }

  /** Asks for a subscription and leaves the checkout alone. */
  async subscribe(customer: string, planCode: string, settings: Record<string, unknown> = {}) {
    const body = { customerId: customer, planCode, ...settings }
    const { status, body: answer } = await this.world.request('POST', '/api/v1/subscriptions', { body })
    assert(status === 200 || status === 201, JSON.stringify(answer))
    this.#subscriptions.set(customer, answer.data.id)
    return answer.data
  }

  /** Confirms a checkout. */
  pay(checkoutUrl: string, card: string = cards.good, country = 'US', expires: CardDate = neverExpires) {
    const token = checkoutUrl.split('/').at(-1)
    return this.world.request('POST', `/hosted/v1/checkout/${token}/confirm`, {
      key: null,
      body: {
        fullName: 'Ada Lovelace',
        address: { country, line1: '1 Main St', city: 'Springfield', postalCode: '12345', state: 'IL' },
        card: { number: card, ...expires, cvc: '123' },
      },
    })
  }

  async use(customer: string, feature: string, value: number, timestamp?: string): Promise<void> {
    await this.world.client.usage.track({
      customerId: customer,
      feature,
      value,
      ...(timestamp === undefined ? {} : { timestamp }),
    })
  }

  /** Changes the base price of a plan's only price. */
  async changePrice(planId: string, price: number): Promise<void> {
    const { body } = await this.world.request('GET', `/api/v1/plans/${planId}`)
    await this.world.client.plans.updatePrice({ id: planId, priceId: body.data.prices[0].id, price })
  }

  /** The subscription a customer got last. */
  async subscription(customer: string) {
    const id = this.#subscriptions.get(customer)
    assert(id, `${customer} has subscribed`)
    const { data } = await this.world.client.subscriptions.get({ id })
    assert(data)
    return data
  }

  cancel(customer: string, settings: { immediate?: boolean; reason?: string } = {}) {
    return this.world.client.subscriptions.cancel({ id: this.#subscriptions.get(customer) ?? '', ...settings })
  }

  uncancel(customer: string) {
    return this.world.client.subscriptions.uncancel({ id: this.#subscriptions.get(customer) ?? '' })
  }

  /** A customer's invoices in the order of their numbers, each in a line: type, status, period, total = its lines. */
  async invoices(customer: string): Promise<Told[]> {
    const { body } = await this.world.request('GET', `/api/v1/invoices?customerId=${customer}&limit=100`)
    const invoices = body.data as InvoiceTold[]
    return invoices.sort((a, b) => a.invoiceNumber.localeCompare(b.invoiceNumber)).map(tell)
  }

  async numbers(): Promise<string[]> {
    const { rows } = await this.world.database.pool.query<{ number: string }>(
      'select number from invoice where org_id = $1 order by number',
      [this.world.orgId],
    )
    return rows.map(({ number }) => number)
  }

  /** What happened around a customer, in order: the types of the events, without the states told before them. */
  async events(customer: string): Promise<string[]> {
    const told = await this.told(customer)
    return told.map(({ type }) => type).filter((type) => type !== 'customer.state_changed')
  }

  /** The states that were told of a customer, in order: `trigger: status before event`. */
  async states(customer: string): Promise<string[]> {
    const told = await this.told(customer)
    return told.flatMap(({ type, data }, index) =>
      type === 'customer.state_changed' ? [`${data.trigger}: ${data.status} before ${told[index + 1]?.type}`] : [],
    )
  }

  /** Every event of a customer in order. */
  async told(customer: string): Promise<{ type: string; data: Record<string, unknown> }[]> {
    const { rows } = await this.world.database.pool.query<{ type: string; data: Record<string, unknown> }>(
      `select event.type, event.data from event
       join customer on customer.org_id = event.org_id and customer.id = event.customer_id
       where customer.org_id = $1 and customer.external_id = $2 order by event.id`,
      [this.world.orgId, customer],
    )
    return rows
  }

  /** What the simulated processor booked, in order: outcome and amount. */
  async booked(): Promise<string[]> {
    const { rows } = await this.world.database.pool.query<{ state: string; amount: bigint }>(
      "select state, amount from simulated_processor.charge where kind = 'charge' order by created_at, id",
    )
    return rows.map(({ state, amount }) => `${state} ${amount}`)
  }
}

type InvoiceTold = {
  invoiceNumber: string
  invoiceType: string
  status: string
  periodStart: string
  periodEnd: string
  total: number
  lineItems: { lineType: string; quantity: number; amount: number }[]
}

function tell({ invoiceType, status, periodStart, periodEnd, total, lineItems }: InvoiceTold): Told {
  const lines = lineItems.map(({ lineType, quantity, amount }) =>
    lineType === 'feature_overage' ? `${quantity} beyond ${amount}` : `${lineType} ${amount}`,
  )
  return `${invoiceType} ${status} ${periodStart.slice(0, 10)}..${periodEnd.slice(0, 10)} ${total} = ${lines.join(' + ')}`
}
