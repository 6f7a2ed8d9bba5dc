import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import type { ConsumptionModel } from '#catalogue/plan.ts'
import { datedTerms, type TermsState, type TermsWindow } from '#catalogue/terms-history.ts'

const mostRemembered = 2_000
const beforeAll = Temporal.Instant.fromEpochMilliseconds(0)

/** The terms a plan had in windows of the past, from every state its features ever had. Each answer is worked out once. */
export class PastTerms {
  readonly model: ConsumptionModel
  readonly #states: ReadonlyMap<string, readonly TermsState[]>
  readonly #known = new Map<string, readonly FeatureTerms[]>()

  constructor(model: ConsumptionModel, states: ReadonlyMap<string, readonly TermsState[]>) {
    this.model = model
    this.#states = states
  }

  /** Whether the plan ever had a feature. */
  has(featureId: string): boolean {
    return this.#states.has(featureId)
  }

  in(window: TermsWindow): readonly FeatureTerms[] {
    const key = `${window.sinceRevision} ${window.untilRevision ?? ''} ${window.before ?? ''}`
    const known = this.#known.get(key)
    if (known) return known
    const terms = [...this.#states.values()].flatMap((states) => datedTerms(states, window, this.model)?.terms ?? [])
    if (this.#known.size >= mostRemembered) this.#known.clear()
    this.#known.set(key, terms)
    return terms
  }

  /** The terms in force at a revision: nothing later reaches them. */
  at(revision: bigint): readonly FeatureTerms[] {
    return this.in({ sinceRevision: revision, before: beforeAll })
  }

  /** The last change of the plan that was effective at a moment; 0n when there was none. */
  revisionAt(moment: Temporal.Instant): bigint {
    let last = 0n
    for (const states of this.#states.values()) {
      for (const { revision, effectiveAt } of states) {
        if (revision > last && Temporal.Instant.compare(effectiveAt, moment) <= 0) last = revision
      }
    }
    return last
  }
}
