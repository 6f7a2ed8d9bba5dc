import { loadTerms } from '#catalogue/actions/load-terms.ts'
import type { AddonInUse } from '#catalogue/addon.ts'
import type { OwnPrices } from '#catalogue/ai-model.ts'
import { loadOwnPrices } from '#catalogue/ai-model-prices.store.ts'
import { findExchangeRate } from '#catalogue/exchange-rates.store.ts'
import type { Feature } from '#catalogue/feature.ts'
import { revisionInForce, type TermsScope } from '#catalogue/feature-terms.store.ts'
import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import { findFeatureByCode } from '#catalogue/features.store.ts'
import { type Region, regionOf } from '#catalogue/region.ts'
import type { Db } from '#database/transaction.ts'
import type { Running } from '#metering/access.ts'
import type { ExchangeRate } from '#money/exchange.ts'
import type { WindowPlan } from '#subscriptions/schedule.ts'
import { startInstant } from '#time/period.ts'
import { isUsageListenedTo } from '#webhooks/endpoints.store.ts'

/** The terms of a plan's features, and behind them those of add-ons, in one window: in their order and by code. */
export type PlanTerms = { readonly list: readonly FeatureTerms[]; readonly byCode: ReadonlyMap<string, FeatureTerms> }

/** What the catalogue of one side said at one version. */
type Remembered = {
  readonly version: bigint
  readonly terms: Map<string, Promise<PlanTerms>>
  readonly features: Map<string, Feature>
  readonly exchangeRates: Map<string, Promise<ExchangeRate | undefined>>
  ownPrices: Promise<OwnPrices> | undefined
  isUsageTold: Promise<boolean> | undefined
}

/**
 * Catalogue facts per process. They are asked for by the side's version, which every change of the catalogue moves, so that
 * nothing here can be out of date for a reader who has just read that version.
 */
export class TermsCache {
  readonly #db: Db
  readonly #sides = new Map<string, Remembered>()

  constructor(db: Db) {
    this.#db = db
  }

  /** The terms in one of the subscription's windows, which need not be opened yet. */
  async terms(
    orgId: string,
    version: bigint,
    running: Running,
    window: WindowPlan,
    now: Temporal.Instant,
  ): Promise<PlanTerms> {
    const { terms } = this.#side(orgId, version)
    const isOver = Temporal.Instant.compare(now, startInstant(window.endsOn)) >= 0
    const since = window.number === running.window.number ? running.termsRevision : window.startsOn
    const { plan, addons } = running
    const region = regionOf(running)
    const withAddons = addons.map(({ addonId, termsRevision }) => `${addonId}@${termsRevision}`).join(' ')
    const key = `${plan.id} ${region ?? ''} ${since} ${isOver ? window.endsOn : ''} ${withAddons}`
    const had = { planId: plan.id, addons, region }
    return remembered(terms, key, () => this.#load(orgId, had, since, isOver ? window.endsOn : null))
  }

  /** A feature of the organisation's catalogue, by code. */
  async feature(orgId: string, version: bigint, code: string): Promise<Feature | undefined> {
    const { features } = this.#side(orgId, version)
    const known = features.get(code)
    if (known) return known
    const feature = await findFeatureByCode(this.#db, orgId, code)
    if (feature) features.set(code, feature)
    return feature
  }

  /** The prices of AI models that the organisation has set itself. */
  ownPrices(orgId: string, version: bigint): Promise<OwnPrices> {
    const side = this.#side(orgId, version)
    if (side.ownPrices) return side.ownPrices
    const loading = loadOwnPrices(this.#db, orgId)
    side.ownPrices = loading
    loading.catch(() => {
      side.ownPrices = undefined
    })
    return loading
  }

  /** Whether somebody listens to each single use. */
  isUsageTold(orgId: string, version: bigint): Promise<boolean> {
    const side = this.#side(orgId, version)
    if (side.isUsageTold) return side.isUsageTold
    const loading = isUsageListenedTo(this.#db, orgId)
    side.isUsageTold = loading
    loading.catch(() => {
      side.isUsageTold = undefined
    })
    return loading
  }

  /** What a dollar is in a currency of a plan; undefined where the plan has no rate for it. */
  exchangeRate(orgId: string, version: bigint, planId: string, currency: string): Promise<ExchangeRate | undefined> {
    const { exchangeRates } = this.#side(orgId, version)
    return remembered(exchangeRates, `${planId} ${currency}`, () => findExchangeRate(this.#db, orgId, planId, currency))
  }

  #side(orgId: string, version: bigint): Remembered {
    const known = this.#sides.get(orgId)
    if (known?.version === version) return known
    const side: Remembered = {
      version,
      terms: new Map(),
      features: new Map(),
      exchangeRates: new Map(),
      ownPrices: undefined,
      isUsageTold: undefined,
    }
    if (!known || known.version < version) this.#sides.set(orgId, side)
    return side
  }

  async #load(
    orgId: string,
    { region, ...had }: { readonly planId: string; readonly addons: readonly AddonInUse[]; readonly region: Region },
    since: bigint | Temporal.PlainDate,
    endedOn: Temporal.PlainDate | null,
  ): Promise<PlanTerms> {
    const sinceRevision =
      typeof since === 'bigint' ? since : await revisionInForce(this.#db, orgId, startInstant(since))
    const scope: TermsScope = { sinceRevision, region, ...(endedOn ? { before: startInstant(endedOn) } : {}) }
    const list = await loadTerms(this.#db, orgId, had, scope)
    return { list, byCode: new Map(list.map((terms) => [terms.code, terms])) }
  }
}

/** What is known under a key, or what is being loaded for it; a failure is not remembered. */
function remembered<Value>(
  known: Map<string, Promise<Value>>,
  key: string,
  load: () => Promise<Value>,
): Promise<Value> {
  const earlier = known.get(key)
  if (earlier) return earlier
  const loading = load()
  known.set(key, loading)
  loading.catch(() => known.delete(key))
  return loading
}
