import { randomBytes } from 'node:crypto'
import { CommandFailure, exitCodes } from '#cli/command.ts'
import { ask, type RunningServer } from '#cli/running-server.ts'

export const cards = { good: '4242424242424242', failsLater: '4000000000000341', declined: '4000000000000002' } as const

export type PlanWish = {
  readonly isFree?: boolean
  readonly trialDays?: number
  readonly model?: 'metered' | 'credits' | 'balance'
  /** A usage feature with so much included (metered), or that draws on the ledger. */
  readonly usage?: { readonly included?: number; readonly overage?: boolean }
  readonly seats?: number
  /** Minor units a month; $29.00 unless said otherwise. */
  readonly price?: number
}

export type Made = { readonly customerId: string; readonly subscriptionId: string; readonly checkoutUrl: string | null }

type Fields = Readonly<Record<string, unknown>>

/** What a sandbox's customers and their seller do, through the API alone: real causes of real events. */
export class Sandbox {
  readonly #server: RunningServer
  /** Another name for everything that is made, so that recipes can be run again. */
  readonly #name = `trigger_${randomBytes(5).toString('hex')}`
  #count = 0

  constructor(server: RunningServer) {
    this.#server = server
  }

  async call(method: string, path: string, body?: object): Promise<Fields> {
    const { data } = await ask(this.#server, method, `/api/v1${path}`, body)
    return data as Fields
  }

  name(): string {
    return `${this.#name}_${++this.#count}`
  }

  async customer(): Promise<string> {
    const id = this.name()
    await this.call('POST', '/customers', { id, email: `${id}@example.com`, fullName: 'Ada Lovelace' })
    return id
  }

  async plan(wish: PlanWish = {}): Promise<{ readonly id: string; readonly usage: string; readonly seats: string }> {
    const code = this.name()
    const { isFree = false, model = 'metered' } = wish
    const plan = await this.call('POST', '/plans/manage', { code, name: 'Pro', isFree, consumptionModel: model })
    const id = text(plan.id)
    const [usage, seats] = [`${code}_calls`, `${code}_seats`]
    if (wish.usage) {
      await this.call('POST', '/features/manage', { code: usage, name: 'Calls', type: 'usage', unitName: 'call' })
      const { included = 0, overage } = wish.usage
      const terms =
        model === 'metered'
          ? { includedAmount: included, ...(overage ? { overage: { enabled: true, unitPrice: 100 } } : {}) }
          : model === 'credits'
            ? { creditsPerUnit: 1 }
            : { overage: { enabled: true, unitPrice: 10_000 } }
      await this.call('POST', `/plans/${id}/features`, { featureId: usage, ...terms })
    }
    if (wish.seats !== undefined) {
      await this.call('POST', '/features/manage', { code: seats, name: 'Seats', type: 'seats' })
      await this.call('POST', `/plans/${id}/features`, { featureId: seats, includedAmount: wish.seats })
    }
    if (!isFree || model !== 'metered') {
      await this.call('POST', `/plans/${id}/prices`, {
        billingInterval: 'monthly',
        price: isFree ? 0 : (wish.price ?? 2900),
        ...(wish.trialDays === undefined ? {} : { trialDays: wish.trialDays }),
        ...(model === 'credits' ? { includedCredits: 100 } : {}),
        ...(model === 'balance' ? { includedBalance: 1_000_000 } : {}),
      })
    }
    return { id, usage, seats }
  }

  /** A new customer on a plan; its checkout is left open. */
  async subscribe(planId: string): Promise<Made> {
    const customerId = await this.customer()
    const { id, checkoutUrl } = await this.call('POST', '/subscriptions', { customerId, planId })
    return { customerId, subscriptionId: text(id), checkoutUrl: typeof checkoutUrl === 'string' ? checkoutUrl : null }
  }

  /** A new customer on a plan, whose checkout is paid where there is one. */
  async join(planId: string, card: string = cards.good): Promise<Made> {
    const made = await this.subscribe(planId)
    if (made.checkoutUrl) await this.pay(made.checkoutUrl, card)
    return made
  }

  /** Pays a checkout or a payment link. */
  async pay(url: string, card: string = cards.good): Promise<void> {
    const [page, token] = new URL(url).pathname.split('/').slice(-2)
    await ask(this.#server, 'POST', `/hosted/v1/${page}/${token}/confirm`, {
      fullName: 'Ada Lovelace',
      address: { country: 'US', line1: '1 Main Street', city: 'Springfield', postalCode: '62701', state: 'IL' },
      card: { number: card, expMonth: 12, expYear: 2099, cvc: '123' },
    })
  }

  /** Two plans of one group, the dearer one later in it: what customers change between. */
  async ladder(lower: PlanWish = {}): Promise<{ readonly lower: string; readonly upper: string }> {
    const group = await this.call('POST', '/plan-groups', { name: 'Plans' })
    const plans = [await this.plan(lower), await this.plan({ price: 9900 })]
    for (const { id } of plans) await this.call('POST', `/plan-groups/${text(group.id)}/plans`, { planId: id })
    return { lower: plans[0]?.id ?? '', upper: plans[1]?.id ?? '' }
  }

  /** An add-on that gives a feature, activated for somebody. */
  async activateAddon(subscriptionId: string): Promise<string> {
    const code = this.name()
    await this.call('POST', '/features/manage', { code, name: 'Reports', type: 'boolean' })
    const wish = { name: 'Reports', basePrice: 500, featureId: code, consumptionModel: 'boolean' }
    const addonId = text((await this.call('POST', '/addons', wish)).id)
    await this.call('POST', `/subscriptions/${subscriptionId}/addons`, { addonId })
    return addonId
  }

  /** A payment link. */
  async link(): Promise<{ readonly id: string; readonly url: string }> {
    const wish = { amount: 2500, currency: 'usd', description: 'A workshop', customerId: await this.customer() }
    const { id, url } = await this.call('POST', '/payments', wish)
    return { id: text(id), url: text(url) }
  }

  async use(customerId: string, feature: string, value: number): Promise<void> {
    await this.call('POST', '/usage/events', { customerId, feature, value })
  }

  /** Moves the sandbox's clock and does what is due then. */
  async pass(days: number): Promise<void> {
    await this.call('POST', '/test-clock', { advanceDays: days })
    await this.call('POST', '/test-clock/process-billing', {})
  }

  /** The first transaction of a customer. */
  async transactionOf(customerId: string, status?: string): Promise<string> {
    const query = new URLSearchParams({ customerEmail: `${customerId}@example.com`, ...(status ? { status } : {}) })
    const { data } = await ask(this.#server, 'GET', `/api/v1/transactions?${query}`)
    return text((data as Fields[])[0]?.id)
  }
}

/** A text of an answer. */
export function text(value: unknown): string {
  if (typeof value === 'string') return value
  throw new CommandFailure(exitCodes.failure, 'unexpected_answer', 'The server answered something unexpected.')
}
