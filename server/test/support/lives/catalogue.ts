import type { CatalogueAct } from './acts.ts'
import type { Asking } from './asking.ts'
import { type Interval, intervals, type PlanName, type Setting } from './beginnings.ts'

const rates = { eur: 0.9, brl: 5.2, jpy: 151, usd: 1.1 }
const factors: Readonly<Record<Interval, number>> = { weekly: 1, monthly: 4, quarterly: 11, yearly: 40 }

/** What the merchant of a world sells: plans of one group, two of them for once, an add-on, packs, codes. */
export class Catalogue {
  readonly #asking: Asking
  readonly #setting: Setting
  /** Names of prices by plan and interval. */
  readonly #prices = new Map<string, string>()
  #pack = ''

  constructor(asking: Asking, setting: Setting) {
    this.#asking = asking
    this.#setting = setting
  }

  /** The pack that customers of credits plans buy. */
  get pack(): string {
    return this.#pack
  }

  async make(): Promise<void> {
    const { model, isTaxed } = this.#setting
    const asking = this.#asking
    for (const [code, type] of [
      ['calls', 'usage'],
      ['maps', 'usage'],
      ['members', 'seats'],
      ['projects', 'quota'],
    ]) {
      await asking.must('POST', '/features/manage', { code, name: code, type })
    }
    const group = await asking.must('POST', '/plan-groups', { name: 'Plans' })
    for (const name of ['free', 'small', 'big', 'once', 'more'] as const) {
      const id = await this.#makePlan(name)
      await asking.must('POST', `/plan-groups/${group.id}/plans`, { planId: id })
    }
    await asking.must('POST', '/addons', this.#addon())
    if (model === 'credits') {
      this.#pack = (await asking.must('POST', '/credit-packs/manage', { name: 'Pack', credits: 30, price: 500 })).id
    }
    const share = { code: 'SHARE', discountType: 'percentage', discountValue: 2_500, durationCycles: 3 }
    await asking.must('POST', '/promo-codes', share)
    await asking.must('POST', '/promo-codes', { code: 'FIXED', discountType: 'amount', discountValue: 333 })
    if (isTaxed) await this.#registerTax()
  }

  async edit(act: CatalogueAct): Promise<string> {
    const asking = this.#asking
    switch (act.kind) {
      case 'pricing':
        return this.#editPrice(act.plan, act.interval, { price: act.price })
      case 'grant':
        return this.#editPrice(act.plan, act.interval, this.#granted(act.included, act.included * 500))
      case 'terms':
        return asking.outcome('PUT', `/plans/${act.plan}/features/${act.feature}`, this.#terms(act))
      case 'takeFeature':
        return asking.outcome('DELETE', `/plans/${act.plan}/features/${act.feature}`)
      case 'giveFeature':
        return asking.outcome('POST', `/plans/${act.plan}/features`, {
          featureId: act.feature,
          ...this.#sold(act.plan, act.feature),
        })
      case 'addonPrice':
        return asking.outcome('PUT', '/addons/maps', {
          basePrice: act.price,
          ...(this.#setting.model === 'credits' ? { creditCost: 1 + (act.rate % 5) } : { overageRate: act.rate }),
        })
      case 'packPrice':
        return this.#pack ? asking.outcome('PUT', `/credit-packs/${this.#pack}`, { price: act.price }) : 'none'
      case 'exchange':
        return this.#setting.isRegional
          ? asking.outcome('PUT', `/plans/${act.plan}/regional`, { currency: act.currency, exchangeRate: act.rate })
          : 'none'
      case 'taxRate':
        return asking.outcome('PUT', '/tax-rates', {
          country: act.country,
          rates: [{ name: 'VAT', percentage: act.percentage }],
        })
      case 'visibility':
        return asking.outcome('PUT', `/plans/${act.plan}/visibility`, { isPublic: act.isPublic })
      case 'retire':
        return asking.outcome('DELETE', `/plans/${act.plan}`)
      default:
        return act satisfies never
    }
  }

  async #makePlan(code: PlanName): Promise<string> {
    const asking = this.#asking
    const { model, isRegional, price, trialDays, intro } = this.#setting
    const isFree = code === 'free'
    const plan = await asking.must('POST', '/plans/manage', { code, name: code, isFree, consumptionModel: model })
    for (const featureId of ['calls', 'members', 'projects'] as const) {
      await asking.must('POST', `/plans/${plan.id}/features`, { featureId, ...this.#sold(code, featureId) })
    }
    const isOnce = code === 'once' || code === 'more'
    const times = code === 'big' || code === 'more' ? 3 : 1
    const offered = isOnce ? [['one_time', 9] as const] : intervals.map((one) => [one, factors[one]] as const)
    for (const [billingInterval, factor] of isFree ? [] : offered) {
      const made = await asking.must('POST', `/plans/${plan.id}/prices`, {
        billingInterval,
        price: price * factor * times,
        trialDays: code === 'small' ? trialDays : 0,
        ...(intro && code === 'small' ? { introOffer: introOf(intro) } : {}),
        ...this.#granted(40, 20_000),
      })
      this.#prices.set(`${code} ${billingInterval}`, made.id)
    }
    if (isFree && model !== 'metered') {
      const funds = { billingInterval: 'monthly', price: 0, ...this.#granted(10, 5_000) }
      await asking.must('POST', `/plans/${plan.id}/prices`, funds)
    }
    // Plans of a group are in the same currencies.
    for (const [currency, exchangeRate] of isRegional ? Object.entries(rates) : []) {
      await asking.must('PUT', `/plans/${plan.id}/regional`, { currency, exchangeRate })
    }
    return plan.id
  }

  #sold(plan: PlanName, feature: 'calls' | 'members' | 'projects') {
    const isFree = plan === 'free'
    if (feature === 'calls' && this.#setting.model === 'credits') return { creditsPerUnit: 2 }
    const unitPrice = feature === 'calls' ? 1_234 : 70_000
    return {
      includedAmount: feature === 'calls' ? 3 : 2,
      ...(isFree ? {} : { overage: { enabled: true, unitPrice } }),
    }
  }

  #terms({ plan, feature, included, unitPrice, isSold, isUnlimited }: CatalogueAct & { kind: 'terms' }) {
    if (feature === 'calls' && this.#setting.model === 'credits') return { creditsPerUnit: 1 + included }
    return {
      includedAmount: included,
      unlimited: isUnlimited,
      ...(plan === 'free' ? {} : { overage: { enabled: isSold, unitPrice } }),
    }
  }

  #granted(credits: number, balance: number): Record<string, number> {
    const { model } = this.#setting
    if (model === 'metered') return {}
    return model === 'credits' ? { includedCredits: credits } : { includedBalance: balance }
  }

  #addon() {
    const { model } = this.#setting
    const priced = {
      metered: { includedUnits: 5, overageRate: 500 },
      credits: { creditCost: 3 },
      balance: { overageRate: 500 },
    }[model]
    return { name: 'Maps', basePrice: 450, featureId: 'maps', consumptionModel: model, ...priced }
  }

  async #editPrice(plan: PlanName, interval: Interval, change: Record<string, number>): Promise<string> {
    const id = this.#prices.get(`${plan} ${plan === 'once' || plan === 'more' ? 'one_time' : interval}`)
    return id ? this.#asking.outcome('PUT', `/plans/${plan}/prices/${id}`, change) : 'none'
  }

  #registerTax(): Promise<unknown> {
    return this.#asking.must('PUT', '/settings', {
      address: { line1: 'Torstraße 1', city: 'Berlin', postalCode: '10119', country: 'DE' },
      tax: { registrations: ['DE', 'FR', 'US', 'JP', 'BR', 'CA'] },
    })
  }
}

function introOf({ type, value, cycles }: NonNullable<Setting['intro']>) {
  return { enabled: true, discountType: type, discountValue: value, durationCycles: cycles }
}
