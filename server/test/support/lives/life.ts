import assert from 'node:assert/strict'
import { cards, type Story } from '../billing-stories.ts'
import type { Answer } from '../world.ts'
import type { Act, Beginning } from './acts.ts'

/** What an operation that is not there answers: a life leaves out what cannot be done. */
const isMissing = ({ status, body }: Answer) => status === 404 && body.error?.code === 'not_found'

/** One customer's life on plans of their own, told through HTTP. What is refused is left undone; nothing may fail. */
export class Life {
  readonly #story: Story
  readonly #number: number
  readonly #beginning: Beginning
  readonly customer: string
  #subscription = ''
  /** What each act was answered, for whoever compares two lives. */
  readonly answers: string[] = []

  constructor(story: Story, number: number, beginning: Beginning) {
    this.#story = story
    this.#number = number
    this.#beginning = beginning
    this.customer = `life-${number}`
  }

  plan(name: 'small' | 'big' | 'free'): string {
    return `${name}_${this.#number}`
  }

  async begin(): Promise<void> {
    await this.#makeCatalogue()
    await this.#ask('POST', '/customers', { id: this.customer, email: `${this.customer}@example.com` })
    await this.#subscribe()
  }

  async live(one: Act): Promise<void> {
    const status = await this.#carryOut(one)
    this.answers.push(`${one.kind} ${status}`)
  }

  async end(): Promise<void> {
    await this.#bill()
  }

  /** Runs what is due until nothing is. */
  async #bill(): Promise<void> {
    for (;;) {
      const { customersFound, failed } = await this.#must('POST', '/test-clock/process-billing', {})
      assert.equal(failed, 0)
      if (customersFound === 0) return
    }
  }

  async #makeCatalogue(): Promise<void> {
    const { model, price, trialDays, intro } = this.#beginning
    const group = await this.#must('POST', '/plan-groups', { name: `Group ${this.#number}` })
    for (const name of ['free', 'small', 'big'] as const) {
      const isFree = name === 'free'
      if (isFree && model !== 'metered') continue
      const { id } = await this.#must('POST', '/plans/manage', {
        code: this.plan(name),
        name: this.plan(name),
        isFree,
        ...(isFree ? {} : { consumptionModel: model }),
      })
      await this.#makeFeatures(id, isFree)
      const times = name === 'big' ? 3 : 1
      for (const [billingInterval, factor] of isFree ? [] : intervals) {
        await this.#must('POST', `/plans/${id}/prices`, {
          billingInterval,
          price: price * factor * times,
          trialDays,
          ...(intro && name === 'small'
            ? { introOffer: { enabled: true, discountType: 'percentage', discountValue: intro, durationCycles: 2 } }
            : {}),
          ...(model === 'credits' ? { includedCredits: 40 } : {}),
          ...(model === 'balance' ? { includedBalance: 20_000 } : {}),
        })
      }
      if (!isFree) await this.#ask('PUT', `/plans/${id}/regional`, { currency: 'eur', exchangeRate: 0.9 })
      await this.#must('POST', `/plan-groups/${group.id}/plans`, { planId: id })
    }
    await this.#makeAddon()
  }

  async #makeFeatures(plan: string, isFree: boolean): Promise<void> {
    const { model } = this.#beginning
    const beyond = (unitPrice: number) => (isFree ? {} : { overage: { enabled: true, unitPrice } })
    const calls = !isFree && model === 'credits' ? { creditsPerUnit: 2 } : { includedAmount: 3, ...beyond(1_234) }
    await this.#must('POST', `/plans/${plan}/features`, { featureId: 'calls', ...calls })
    for (const featureId of ['members', 'projects']) {
      await this.#must('POST', `/plans/${plan}/features`, { featureId, includedAmount: 2, ...beyond(70_000) })
    }
  }

  async #makeAddon(): Promise<void> {
    const { model } = this.#beginning
    const priced = {
      metered: { includedUnits: 5, overageRate: 500 },
      credits: { creditCost: 3 },
      balance: { overageRate: 500 },
    }[model]
    const feature = `maps_${this.#number}`
    await this.#ask('POST', '/features/manage', { code: feature, name: 'Maps', type: 'usage' })
    const body = {
      name: `Maps ${this.#number}`,
      basePrice: 450,
      featureId: feature,
      consumptionModel: model,
      ...priced,
    }
    await this.#ask('POST', '/addons', body)
  }

  async #subscribe(): Promise<number> {
    const { seats, trialDays, interval, hasCode } = this.#beginning
    const answer = await this.#ask('POST', '/subscriptions', {
      customerId: this.customer,
      planCode: this.plan('small'),
      billingInterval: interval,
      ...(seats > 0 ? { initialSeats: { members: trialDays > 0 ? 2 : seats } } : {}),
      ...(hasCode && this.#beginning.intro === null ? { promoCode: 'SOME' } : {}),
    })
    if (answer.status >= 400) return answer.status
    this.#subscription = answer.body.data.id
    return answer.body.data.checkoutUrl ? this.#pay(answer.body.data.checkoutUrl) : answer.status
  }

  async #pay(checkoutUrl: string, card = this.#beginning.card): Promise<number> {
    const { country } = this.#beginning
    const path = `/hosted/v1/checkout/${checkoutUrl.split('/').at(-1)}/confirm`
    const { status, body } = await this.#story.world.request('POST', path, {
      key: null,
      body: {
        fullName: 'Ada Lovelace',
        address: { country, line1: '1 Main St', city: 'Springfield', postalCode: '12345', state: 'IL' },
        card: { number: card, expMonth: 12, expYear: 2099, cvc: '123' },
      },
    })
    assert(status < 500, JSON.stringify(body))
    return status
  }

  async #carryOut(one: Act): Promise<number | string> {
    const id = this.#subscription
    const { customer: customerId } = this
    switch (one.kind) {
      case 'wait':
        await this.#must('POST', '/test-clock', { advanceDays: one.days })
        if (one.isBilled) await this.#bill()
        return 'done'
      case 'use': {
        const feature = one.feature === 'maps' ? `maps_${this.#number}` : one.feature
        return this.#status('POST', '/usage/events', { customerId, feature, value: one.units })
      }
      case 'hold': {
        const path = one.feature === 'members' ? '/seats' : '/usage/quota'
        return this.#status('PUT', path, { customerId, featureCode: one.feature, count: one.count })
      }
      case 'change':
        return this.#change(one.to, one.interval)
      case 'adjust':
        return this.#status('POST', '/invoices', { customerId, amount: one.amount, description: 'as agreed' })
      case 'pricing': {
        const { body } = await this.#ask('GET', `/plans/${this.plan(one.plan)}`)
        const [price] = body.data.prices
        return this.#status('PUT', `/plans/${body.data.id}/prices/${price.id}`, { price: one.price })
      }
      case 'terms':
        return this.#status('PUT', `/plans/${this.plan(one.plan)}/features/members`, {
          includedAmount: one.included,
          overage: { enabled: true, unitPrice: one.unitPrice },
        })
      case 'cap':
        return this.#status('PUT', `/subscriptions/${id}/spend-cap`, { amount: one.amount })
      case 'cancel':
        return this.#status('POST', `/subscriptions/${id}/cancel`, {})
      case 'cancelNow':
        return this.#status('POST', `/subscriptions/${id}/cancel`, { immediate: true })
      case 'uncancel':
        return this.#status('POST', `/subscriptions/${id}/uncancel`, {})
      case 'reactivate':
        return this.#status('POST', `/subscriptions/${id}/reactivate`, {})
      case 'refund':
        return this.#withLast('succeeded', (transaction) =>
          this.#status('POST', `/transactions/${transaction}/refund`, {}),
        )
      case 'retry':
        return this.#withLast('failed', (transaction) => this.#status('POST', `/transactions/${transaction}/retry`, {}))
      case 'buy':
        return this.#buy(id)
      case 'addon':
        return this.#status('POST', `/subscriptions/${id}/addons`, { addonId: `maps-${this.#number}` })
      case 'dropAddon':
        return this.#status('DELETE', `/subscriptions/${id}/addons/maps-${this.#number}`)
      case 'newCard':
        return this.#newCard(id)
      case 'settle':
        return this.#settle()
      case 'subscribe':
        return this.#subscribe()
      default:
        return one satisfies never
    }
  }

  /** What a preview says is what the change that follows does. */
  async #change(to: 'small' | 'big' | 'free', interval: string | null): Promise<number | string> {
    const target = this.plan(to)
    const path = `/subscriptions/${this.#subscription}`
    const preview = await this.#ask('POST', `${path}/preview-change`, {
      planId: target,
      ...(interval ? { billingInterval: interval } : {}),
    })
    if (isMissing(preview)) return 'missing'
    const changed = await this.#ask('POST', `${path}/change-plan`, {
      newPlanId: target,
      ...(interval ? { newBillingInterval: interval } : {}),
    })
    if (changed.status === 402) return 402
    if (preview.status !== 200) {
      const { code } = preview.body.error
      // Something is due that the change itself would wait for, and a preview does not do.
      if (code === 'charge_in_progress') return `${preview.status} ${changed.status}`
      if (code === 'plan_change_scheduled') {
        const isLater = changed.body.data?.scheduled === true || changed.body.error?.code === 'already_scheduled'
        assert(isLater, `${JSON.stringify(preview.body)} then ${JSON.stringify(changed.body)}`)
      } else
        assert(
          changed.status >= 400 || changed.body.data.requiresCheckout,
          `${code} then ${JSON.stringify(changed.body)}`,
        )
      return `${preview.status} ${changed.status}`
    }
    if (changed.body.data?.requiresCheckout) return this.#pay(changed.body.data.checkoutUrl)
    assert(changed.status < 300, `${JSON.stringify(preview.body)} then ${JSON.stringify(changed.body)}`)
    const { billing } = changed.body.data
    const said = preview.body.data
    if (billing) {
      assert.deepEqual(
        [said.estimatedTotal, said.currentPlanCredit],
        [billing.totalCharged, billing.credit],
        `${JSON.stringify(said)} then ${JSON.stringify(billing)}`,
      )
    }
    return changed.status
  }

  async #buy(id: string): Promise<number> {
    if (this.#beginning.model === 'balance') {
      return this.#status('POST', `/subscriptions/${id}/balance/topup`, { amount: 150 })
    }
    const { body } = await this.#ask('GET', '/credit-packs')
    return this.#status('POST', `/subscriptions/${id}/credits`, { creditPackId: body.data[0].id })
  }

  async #newCard(id: string): Promise<number | string> {
    const { status, body } = await this.#ask('POST', `/subscriptions/${id}/payment-method/update`, {})
    const url = body.data?.url ?? body.data?.checkoutUrl ?? body.data?.updateUrl
    return status < 300 && url ? this.#pay(url, cards.good) : status
  }

  /** Whatever waits was paid elsewhere. */
  async #settle(): Promise<number | string> {
    const { body } = await this.#ask('GET', `/invoices?customerId=${this.customer}&status=outstanding`)
    const [invoice] = body.data
    return invoice ? this.#status('PUT', `/invoices/${invoice.id}/status`, { status: 'paid' }) : 'none'
  }

  async #withLast(status: string, work: (id: string) => Promise<number>): Promise<number | string> {
    const { body } = await this.#ask('GET', `/transactions?customerId=${this.customer}&limit=100`)
    const found = body.data.find((one: { status: string }) => one.status === status)
    return found ? work(found.id) : 'none'
  }

  async #status(method: string, path: string, body?: unknown): Promise<number> {
    return (await this.#ask(method, path, body)).status
  }

  /** A refusal is an answer; a failure is not. */
  async #ask(method: string, path: string, body?: unknown): Promise<Answer> {
    const answer = await this.#story.world.request(method, `/api/v1${path}`, body === undefined ? {} : { body })
    assert(answer.status < 500, `${method} ${path}: ${JSON.stringify(answer.body)}`)
    return answer
  }

  async #must(method: string, path: string, body: unknown): Promise<Made> {
    const { status, body: answer } = await this.#ask(method, path, body)
    assert(status < 300, `${method} ${path}: ${JSON.stringify(answer)}`)
    return answer.data
  }
}

type Made = { readonly id: string; readonly customersFound?: number; readonly failed?: number }

const intervals = [
  ['weekly', 1],
  ['monthly', 4],
  ['quarterly', 11],
  ['yearly', 40],
] as const
