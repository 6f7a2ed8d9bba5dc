import type { Feature } from '#catalogue/feature.ts'
import { loadPlanTerms, revisionInForce, type TermsScope } from '#catalogue/feature-terms.store.ts'
import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import { findFeatureByCode } from '#catalogue/features.store.ts'
import type { Db } from '#database/transaction.ts'
import type { Running } from '#metering/access.ts'
import type { WindowPlan } from '#subscriptions/schedule.ts'
import { startInstant } from '#time/period.ts'

/** The terms of a plan's features in one window, in the plan's order and by code. */
export type PlanTerms = { readonly list: readonly FeatureTerms[]; readonly byCode: ReadonlyMap<string, FeatureTerms> }

/** What the catalogue of one side said at one version. */
type Remembered = {
  readonly version: bigint
  readonly terms: Map<string, Promise<PlanTerms>>
  readonly features: Map<string, Feature>
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
    const key = `${running.plan.id} ${since} ${isOver ? window.endsOn : ''}`
    const known = terms.get(key)
    if (known) return known
    const loading = this.#load(orgId, running.plan.id, since, isOver ? window.endsOn : null)
    terms.set(key, loading)
    loading.catch(() => terms.delete(key))
    return loading
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

  #side(orgId: string, version: bigint): Remembered {
    const known = this.#sides.get(orgId)
    if (known?.version === version) return known
    const side = { version, terms: new Map(), features: new Map() }
    if (!known || known.version < version) this.#sides.set(orgId, side)
    return side
  }

  async #load(
    orgId: string,
    planId: string,
    since: bigint | Temporal.PlainDate,
    endedOn: Temporal.PlainDate | null,
  ): Promise<PlanTerms> {
    const sinceRevision =
      typeof since === 'bigint' ? since : await revisionInForce(this.#db, orgId, startInstant(since))
    const scope: TermsScope = endedOn ? { sinceRevision, before: startInstant(endedOn) } : { sinceRevision }
    const list = await loadPlanTerms(this.#db, orgId, planId, scope)
    return { list, byCode: new Map(list.map((terms) => [terms.code, terms])) }
  }
}
