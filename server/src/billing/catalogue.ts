import type { AddonInUse } from '#catalogue/addon.ts'
import { findAddonPriceAt, loadAddonTerms } from '#catalogue/addon-terms.store.ts'
import { findAddonsById, type NamedAddon } from '#catalogue/addons.store.ts'
import { findRateInForce, type SaidRate } from '#catalogue/exchange-rates.store.ts'
import { loadPlanTerms, revisionInForce, type TermsScope } from '#catalogue/feature-terms.store.ts'
import { type FeatureTerms, withAddons } from '#catalogue/feature-terms.ts'
import type { Plan } from '#catalogue/plan.ts'
import type { PlanPrice } from '#catalogue/plan-price.ts'
import { findPlansById } from '#catalogue/plans.store.ts'
import {
  findRegionalChanges,
  findRevisionAt,
  findRevisionsWithin,
  type PriceRevision,
  type Span,
} from '#catalogue/price-revisions.store.ts'
import { defaultPrice, findPriceById } from '#catalogue/prices.store.ts'
import type { Region } from '#catalogue/region.ts'
import { localiseInRegion } from '#catalogue/regional-prices.store.ts'
import type { Tx } from '#database/transaction.ts'
import { atPar, type ExchangeRate } from '#money/exchange.ts'

/** What billing reads of one side's catalogue, each fact once. Lives as long as the catalogue may be held to be unchanged. */
export class Catalogue {
  readonly orgId: string
  readonly #known = new Map<string, unknown>()

  constructor(orgId: string) {
    this.orgId = orgId
  }

  /** Facts that are remembered. */
  get size(): number {
    return this.#known.size
  }

  plan(tx: Tx, id: string): Promise<Plan | undefined> {
    return this.#read(`plan ${id}`, async () => (await findPlansById(tx, this.orgId, [id])).get(id))
  }

  /** A price as it is paid in a region (`regionOf` a subscription): undefined when it has none there, or is unknown. */
  price(tx: Tx, id: string, region: Region): Promise<PlanPrice | undefined> {
    if (region === null) return this.#read(`price ${id}`, () => findPriceById(tx, this.orgId, id))
    return this.#read(`price ${id} ${region}`, async () => {
      const price = await this.price(tx, id, null)
      return price && localiseInRegion(tx, this.orgId, price, region)
    })
  }

  /** The same as it was at a moment, at the rate of that moment: who is late pays what they would have paid in time. */
  async priceAt(tx: Tx, id: string, region: Region, at: Temporal.Instant): Promise<PlanPrice | undefined> {
    const price = await this.price(tx, id, null)
    if (!price) return undefined
    const isToday = Temporal.Instant.compare(price.updatedAt, at) <= 0
    if (isToday && region === null) return price
    return this.#read(`price ${id} ${region ?? ''} at ${at}`, async () => {
      const then = isToday ? undefined : await findRevisionAt(tx, this.orgId, id, at)
      const inForce = then ? withAmounts(price, then) : price
      return localiseInRegion(tx, this.orgId, inForce, region, at)
    })
  }

  /**
   * The same as it was at the beginning of a span and after every change within it (catalogue.md: what is raised counts at once);
   * where it had no amounts in the region they are missing.
   */
  async pricesIn(tx: Tx, id: string, region: Region, span: Span): Promise<readonly PlanPrice[]> {
    const price = await this.price(tx, id, null)
    if (!price) return []
    if (region === null && Temporal.Instant.compare(price.updatedAt, span.from) <= 0) return [price]
    return this.#read(`price ${id} ${region ?? ''} from ${span.from} to ${span.before}`, async () => {
      const first = await this.priceAt(tx, id, region, span.from)
      const later: (PlanPrice | undefined)[] = []
      for (const then of await findRevisionsWithin(tx, this.orgId, id, span)) {
        later.push(await localiseInRegion(tx, this.orgId, withAmounts(price, then), region, then.effectiveAt))
      }
      for (const at of await findRegionalChanges(tx, this.orgId, { id, planId: price.planId, region }, span)) {
        later.push(await this.priceAt(tx, id, region, at))
      }
      return [first, ...later].filter((one) => one !== undefined)
    })
  }

  /** The default price of a plan, as in dollars: that of a free plan only says what it includes. */
  defaultPrice(tx: Tx, planId: string): Promise<PlanPrice | undefined> {
    return this.#read(`default price ${planId}`, () => defaultPrice(tx, this.orgId, planId))
  }

  /** What a dollar is for a plan in a region; undefined where it has no rate. A dollar is a dollar in canonical ones. */
  rate(tx: Tx, planId: string, region: Region): Promise<ExchangeRate | undefined> {
    return this.saidRate(tx, planId, region).then((said) => said?.rate)
  }

  /** The same with the change of the catalogue that said it, by a moment (by now when absent); 0n where nothing is exchanged. */
  saidRate(tx: Tx, planId: string, region: Region, at?: Temporal.Instant): Promise<SaidRate | undefined> {
    if (region === null) return Promise.resolve({ rate: atPar, revision: 0n })
    const key = `rate ${planId} ${region} ${at ?? ''}`
    return this.#read(key, () => findRateInForce(tx, this.orgId, planId, region, at))
  }

  terms(tx: Tx, planId: string, scope: TermsScope): Promise<readonly FeatureTerms[]> {
    const key = `terms ${planId} ${scope.sinceRevision} ${scope.before ?? ''} ${scope.region ?? ''}`
    return this.#read(key, () => loadPlanTerms(tx, this.orgId, planId, scope))
  }

  /** The terms of a plan and, behind them, those of add-ons. */
  async termsWith(
    tx: Tx,
    planId: string,
    addons: readonly AddonInUse[],
    scope: TermsScope,
  ): Promise<readonly FeatureTerms[]> {
    const terms = await this.terms(tx, planId, scope)
    if (addons.length === 0) return terms
    const names = addons.map(({ addonId, termsRevision }) => `${addonId}@${termsRevision}`).join(' ')
    const key = `add-ons ${planId} ${names} ${scope.sinceRevision} ${scope.before ?? ''} ${scope.region ?? ''}`
    const more = await this.#read(key, () => loadAddonTerms(tx, this.orgId, { planId, addons }, scope))
    return withAddons(terms, more, (await this.plan(tx, planId))?.consumptionModel ?? 'metered')
  }

  /** An add-on with the price it had at a moment. */
  async addonAt(tx: Tx, id: string, at: Temporal.Instant): Promise<NamedAddon | undefined> {
    const addon = await this.addon(tx, id)
    if (!addon || Temporal.Instant.compare(addon.updatedAt, at) <= 0) return addon
    return this.#read(`add-on ${id} at ${at}`, async () => {
      const then = await findAddonPriceAt(tx, this.orgId, id, at)
      return then ? { ...addon, basePrice: then.price, revision: then.revision } : addon
    })
  }

  addon(tx: Tx, id: string): Promise<NamedAddon | undefined> {
    return this.#read(`add-on ${id}`, async () => (await findAddonsById(tx, this.orgId, [id])).get(id))
  }

  /** The revision in force at a moment. */
  revision(tx: Tx, at: Temporal.Instant): Promise<bigint> {
    return this.#read(`revision ${at}`, () => revisionInForce(tx, this.orgId, at))
  }

  // Values are kept, not promises: a transaction that fails takes nobody else's reading with it.
  async #read<T>(key: string, load: () => Promise<T>): Promise<T> {
    if (this.#known.has(key)) return this.#known.get(key) as T
    const value = await load()
    this.#known.set(key, value)
    return value
  }
}

function withAmounts(price: PlanPrice, then: PriceRevision): PlanPrice {
  const { number: revision, price: amount, includedCredits, includedBalance } = then
  return { ...price, price: amount, includedCredits, includedBalance, revision }
}

const mostFacts = 2_000

/**
 * The catalogue for a run of renewals: read once for everybody who renews at the same version of the side. Every change of the
 * catalogue moves that version, and whoever claims a subscription reads it with the claim.
 */
export class CatalogueOfRun {
  readonly orgId: string
  #current: { readonly version: bigint; readonly catalogue: Catalogue } | null = null

  constructor(orgId: string) {
    this.orgId = orgId
  }

  at(version: bigint): Catalogue {
    if (this.#current?.version !== version || this.#current.catalogue.size > mostFacts) {
      this.#current = { version, catalogue: new Catalogue(this.orgId) }
    }
    return this.#current.catalogue
  }
}
