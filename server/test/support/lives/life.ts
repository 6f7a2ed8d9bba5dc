import assert from 'node:assert/strict'
import { cards } from '../billing-stories.ts'
import type { PersonalAct } from './acts.ts'
import { type Asking, outcomeOf } from './asking.ts'
import type { Place, Resident } from './beginnings.ts'
import type { Catalogue } from './catalogue.ts'
import { changeAsPreviewed } from './plan-change.ts'

/** One customer's life, told through HTTP. What is refused is left undone; nothing may fail. */
export class Life {
  readonly #asking: Asking
  readonly #catalogue: Catalogue
  readonly #resident: Resident
  readonly customer: string
  #place: Place
  #subscription = ''
  #reservation = ''

  constructor(asking: Asking, catalogue: Catalogue, resident: Resident, number: number) {
    this.#asking = asking
    this.#catalogue = catalogue
    this.#resident = resident
    this.#place = resident.place
    this.customer = `life-${number}`
  }

  async begin(): Promise<string> {
    const { relief, place } = this.#resident
    await this.#asking.must('POST', '/customers', {
      id: this.customer,
      email: `${this.customer}@example.com`,
      // Half of them are known by their address before they pay.
      ...(relief === null ? {} : { address: addresses[place] }),
      ...(relief === 'exempt' ? { taxExemption: 'A school' } : {}),
    })
    const outcome = await this.#subscribe()
    return this.#subscription ? outcome : `${outcome}, ${await this.#subscribe({ isPlain: true })}`
  }

  /** Carries out one act at a time of the world. Gives what came of it. */
  live(act: PersonalAct, now: Temporal.Instant): Promise<string> {
    const asking = this.#asking
    const id = this.#subscription
    const { customer: customerId } = this
    switch (act.kind) {
      case 'use': {
        const timestamp = now.subtract({ hours: act.hoursAgo }).toString()
        const event = { customerId, feature: act.feature, value: act.units }
        return asking.outcome('POST', '/usage/events', act.hoursAgo === 0 ? event : { ...event, timestamp })
      }
      case 'hold': {
        const path = act.feature === 'members' ? '/seats' : '/usage/quota'
        return asking.outcome('PUT', path, { customerId, featureCode: act.feature, count: act.count })
      }
      case 'change':
        return this.#change(act.to, act.interval)
      case 'adjust':
        return asking.outcome('POST', '/invoices', { customerId, amount: act.amount, description: 'as agreed' })
      case 'correct':
        return asking.outcome('POST', `/subscriptions/${id}/balance/adjust`, { amount: act.amount })
      case 'charge': {
        const charge = { customerId, amount: act.amount, currency: 'usd', description: 'Onboarding' }
        return asking.outcome('POST', '/payments/charge', charge)
      }
      case 'cap':
        return asking.outcome('PUT', `/subscriptions/${id}/spend-cap`, { amount: act.amount })
      case 'reserve':
        return this.#reserve(act.units)
      case 'commit':
        return this.#end('commit', { value: act.units })
      case 'release':
        return this.#end('release', {})
      case 'cancel':
        return asking.outcome('POST', `/subscriptions/${id}/cancel`, {})
      case 'cancelNow':
        return asking.outcome('POST', `/subscriptions/${id}/cancel`, { immediate: true })
      case 'uncancel':
        return asking.outcome('POST', `/subscriptions/${id}/uncancel`, {})
      case 'reactivate':
        return asking.outcome('POST', `/subscriptions/${id}/reactivate`, {})
      case 'addon':
        return asking.outcome('POST', `/subscriptions/${id}/addons`, { addonId: 'maps' })
      case 'dropAddon':
        return asking.outcome('DELETE', `/subscriptions/${id}/addons/maps`)
      case 'buy':
        return this.#buy()
      case 'subscribe':
        return this.#subscribe()
      case 'newCard':
        return this.#newCard(cards.good)
      case 'badCard':
        return this.#newCard(act.card)
      case 'move':
        this.#place = act.place
        return asking.outcome('PUT', `/customers/${customerId}`, { address: addresses[act.place] })
      case 'refund':
        return this.#withPayment('succeeded', (one) => asking.outcome('POST', `/transactions/${one}/refund`, {}))
      case 'retry':
        return this.#withPayment('failed', (one) => asking.outcome('POST', `/transactions/${one}/retry`, {}))
      case 'dispute':
        return this.#withPayment('succeeded', (transactionId) =>
          asking.outcome('POST', '/test-disputes', { transactionId }),
        )
      case 'decide':
        return this.#withPayment('disputed', (transactionId) =>
          asking.outcome('POST', '/test-disputes/resolve', { transactionId, outcome: act.outcome }),
        )
      case 'settle':
        return this.#withWaiting('paid')
      case 'void':
        return this.#withWaiting('void')
      default:
        return act satisfies never
    }
  }

  /** Plain: without what a subscription may be refused for. */
  async #subscribe({ isPlain = false } = {}): Promise<string> {
    const { plan, interval, seats, code } = this.#resident
    const answer = await this.#asking.ask('POST', '/subscriptions', {
      customerId: this.customer,
      planCode: plan,
      ...(plan === 'free' || plan === 'once' || plan === 'more' ? {} : { billingInterval: interval }),
      ...(seats > 0 && !isPlain ? { initialSeats: { members: seats } } : {}),
      ...(code && !isPlain ? { promoCode: code } : {}),
    })
    const outcome = outcomeOf(answer)
    if (answer.status >= 400) return outcome
    this.#subscription = answer.body.data.id
    const { checkoutUrl } = answer.body.data
    return checkoutUrl ? `${outcome}, ${await this.#pay(checkoutUrl)}` : outcome
  }

  /** Pays in the checkout: what it shows for where one lives is what it charges. */
  async #pay(checkoutUrl: string, card = this.#resident.card): Promise<string> {
    const address = addresses[this.#place]
    const taxDocument = this.#resident.relief === 'company' ? companies[this.#place] : undefined
    const details = taxDocument === undefined ? {} : { taxDocument }
    const { country, state, postalCode } = address
    const quote = await this.#asking.atCheckout('PUT', checkoutUrl, '/quote', {
      country,
      state,
      postalCode,
      ...details,
    })
    const paid = await this.#asking.atCheckout('POST', checkoutUrl, '/confirm', {
      fullName: 'Ada Lovelace',
      address,
      ...details,
      card: { number: card, expMonth: 12, expYear: 2099, cvc: '123' },
    })
    if (quote.status < 300 && paid.status < 300) {
      const { kind, total, currency } = quote.body.data
      const { body } = await this.#asking.atCheckout('GET', checkoutUrl, '')
      const receipt = body.data?.receipt
      if (kind === 'payment' && receipt) {
        assert.deepEqual([receipt.total, body.data.currency], [total, currency], 'a checkout charges what it shows')
      }
    }
    return outcomeOf(paid)
  }

  async #change(to: string, interval: string | null): Promise<string> {
    const { outcome, checkoutUrl } = await changeAsPreviewed(this.#asking, this.#subscription, to, interval)
    return checkoutUrl ? `${outcome}, ${await this.#pay(checkoutUrl)}` : outcome
  }

  async #reserve(quantity: number): Promise<string> {
    const held = { customerId: this.customer, featureCode: 'calls', quantity }
    const answer = await this.#asking.ask('POST', '/usage/reservations', held)
    if (answer.status < 300) this.#reservation = answer.body.data.id
    return outcomeOf(answer)
  }

  /** Ends the reservation that was made last. */
  async #end(how: 'commit' | 'release', body: object): Promise<string> {
    return this.#reservation
      ? this.#asking.outcome('POST', `/usage/reservations/${this.#reservation}/${how}`, body)
      : 'none'
  }

  #buy(): Promise<string> {
    const path = `/subscriptions/${this.#subscription}`
    const { pack } = this.#catalogue
    return pack
      ? this.#asking.outcome('POST', `${path}/credits`, { creditPackId: pack })
      : this.#asking.outcome('POST', `${path}/balance/topup`, { amount: 150 })
  }

  async #newCard(card: string): Promise<string> {
    const answer = await this.#asking.ask('POST', `/subscriptions/${this.#subscription}/payment-method/update`, {})
    const { data } = answer.body
    const url = data?.url ?? data?.checkoutUrl ?? data?.updateUrl
    return answer.status < 300 && url ? this.#pay(url, card) : outcomeOf(answer)
  }

  /** Whatever waits was paid elsewhere, or is let go. */
  async #withWaiting(status: 'paid' | 'void'): Promise<string> {
    const { data } = (await this.#asking.ask('GET', `/invoices?customerId=${this.customer}&status=outstanding`)).body
    const [invoice] = data
    return invoice ? this.#asking.outcome('PUT', `/invoices/${invoice.id}/status`, { status }) : 'none'
  }

  async #withPayment(status: string, work: (id: string) => Promise<string>): Promise<string> {
    const { body } = await this.#asking.ask('GET', `/transactions?customerEmail=${this.customer}@example.com&limit=100`)
    const found = body.data.find((one: { status: string }) => one.status === status)
    return found ? work(found.id) : 'none'
  }
}

const somewhere = { line1: '1 High Street', city: 'Town' }
const addresses: Readonly<Record<Place, { country: string; state?: string; postalCode: string }>> = {
  US: { ...somewhere, country: 'US', state: 'IL', postalCode: '62701' },
  DE: { ...somewhere, country: 'DE', postalCode: '10119' },
  FR: { ...somewhere, country: 'FR', postalCode: '75001' },
  JP: { ...somewhere, country: 'JP', postalCode: '100-0001' },
  BR: { ...somewhere, country: 'BR', state: 'SP', postalCode: '01001-000' },
  CA: { ...somewhere, country: 'CA', state: 'QC', postalCode: 'H2X 1Y4' },
}
/** Numbers of companies: of France, whose tax a seller of Germany leaves to them; of Germany, where it is charged. */
const companies: Readonly<Partial<Record<Place, string>>> = { FR: 'FR40303265045', DE: 'DE136695976' }
