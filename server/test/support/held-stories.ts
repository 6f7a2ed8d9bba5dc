import assert from 'node:assert/strict'
import { createWorld, type World } from './world.ts'

/** Unit prices in rate scale (10000 = 1.00). `beyond` absent: nothing is sold beyond what is included. */
export type HeldFeature = {
  readonly type?: 'seats' | 'quota'
  readonly included?: number
  readonly unlimited?: boolean
  readonly beyond?: number
}

export type HeldPlan = {
  readonly interval?: 'weekly' | 'monthly' | 'quarterly' | 'yearly' | 'one_time'
  /** Minor units. */
  readonly price?: number
  readonly isFree?: boolean
  readonly trialDays?: number
  readonly features: Record<string, HeldFeature>
}

/** A Halley with a test clock and the words for stories about what customers hold. Days are UTC days of the 2040s. */
export class HeldStory {
  readonly world: World
  constructor(world: World) {
    this.world = world
  }

  static async on(day: string): Promise<HeldStory> {
    const story = new HeldStory(await createWorld())
    for (const year of ['2028', '2030', '2032', '2034', '2036', '2038', '2040']) await story.goTo(`${year}-01-01`)
    await story.goTo(day)
    return story
  }

  close(): Promise<void> {
    return this.world.close()
  }

  /** Moves the clock to noon of a day and bills nothing. */
  async goTo(day: string): Promise<void> {
    await this.world.client.testClock.advance({ frozenTime: `${day}T12:00:00.000Z` })
  }

  /** Moves the clock to noon of a day and runs what is due. */
  async until(day: string): Promise<void> {
    await this.goTo(day)
    const { data } = await this.world.client.testClock.processBilling()
    assert.equal(data?.failed, 0)
  }

  async plan(code: string, plan: HeldPlan): Promise<string> {
    const { client } = this.world
    const { data } = await client.plans.create({ code, name: code, isFree: plan.isFree === true })
    assert(data)
    for (const [feature, { type = 'seats', included, unlimited, beyond }] of Object.entries(plan.features)) {
      await client.features.create({ code: feature, name: feature, type }).catch(() => undefined)
      await client.plans.addFeature({
        id: data.id,
        featureId: feature,
        includedAmount: included ?? 0,
        ...(unlimited ? { unlimited } : {}),
        ...(beyond === undefined ? {} : { overage: { enabled: true, unitPrice: beyond } }),
      })
    }
    if (plan.isFree) return data.id
    const { interval, price, trialDays } = plan
    const terms = { billingInterval: interval ?? 'monthly', price: price ?? 2900 }
    await client.plans.addPrice({ id: data.id, ...terms, ...(trialDays === undefined ? {} : { trialDays }) })
    return data.id
  }

  /** Subscribes a new customer, the checkout completed where there is one. */
  async join(customer: string, planCode: string, settings: Record<string, unknown> = {}): Promise<string> {
    const { id, checkoutUrl } = await this.subscribe(customer, planCode, settings)
    if (checkoutUrl) await this.pay(checkoutUrl)
    return id
  }

  async subscribe(customer: string, planCode: string, settings: Record<string, unknown> = {}) {
    await this.world.client.customers.create({ id: customer, email: `${customer}@example.com` })
    const body = { customerId: customer, planCode, ...settings }
    const { status, body: answer } = await this.world.request('POST', '/api/v1/subscriptions', { body })
    assert.equal(status, 201, JSON.stringify(answer))
    return answer.data as { id: string; checkoutUrl: string | null }
  }

  async pay(checkoutUrl: string, card = '4242424242424242'): Promise<void> {
    const token = checkoutUrl.split('/').at(-1)
    const { status, body } = await this.world.request('POST', `/hosted/v1/checkout/${token}/confirm`, {
      key: null,
      body: {
        fullName: 'Ada Lovelace',
        address: { country: 'US', line1: '1 Main St', city: 'Springfield', postalCode: '12345', state: 'IL' },
        card: { number: card, expMonth: 12, expYear: 2099, cvc: '123' },
      },
    })
    assert.equal(status, 200, JSON.stringify(body))
  }

  async add(customerId: string, featureCode: string, count: number): Promise<void> {
    await this.world.client.seats.add({ customerId, featureCode, count })
  }

  async remove(customerId: string, featureCode: string, count: number): Promise<void> {
    await this.world.client.seats.remove({ customerId, featureCode, count })
  }

  /** A customer's invoices in the order of their numbers, each in a line: type, total = lines. */
  async invoices(customer: string): Promise<string[]> {
    const { body } = await this.world.request('GET', `/api/v1/invoices?customerId=${customer}&limit=100`)
    const invoices = body.data as ToldInvoice[]
    return invoices.sort((a, b) => a.invoiceNumber.localeCompare(b.invoiceNumber)).map(tell)
  }

  /** The events around a customer of some kind, in order, with their data. */
  async events(customer: string, kind: string): Promise<{ type: string; data: Record<string, unknown> }[]> {
    const { rows } = await this.world.database.pool.query<{ type: string; data: Record<string, unknown> }>(
      `select event.type, event.data from event
       join customer on customer.org_id = event.org_id and customer.id = event.customer_id
       where customer.org_id = $1 and customer.external_id = $2 and event.type like $3 order by event.id`,
      [this.world.orgId, customer, kind],
    )
    return rows
  }
}

type ToldInvoice = {
  invoiceNumber: string
  invoiceType: string
  total: number
  lineItems: { lineType: string; chargeType: string; quantity: number; amount: number }[]
}

function tell({ invoiceType, total, lineItems }: ToldInvoice): string {
  const lines = lineItems.map(({ lineType, chargeType, quantity, amount }) =>
    chargeType === 'standard' ? `${lineType} ${amount}` : `${quantity} ${chargeType} ${amount}`,
  )
  return `${invoiceType} ${total} = ${lines.join(' + ')}`
}
