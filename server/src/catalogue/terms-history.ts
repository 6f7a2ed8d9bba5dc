import { type FeatureTerms, foldTerms } from '#catalogue/feature-terms.ts'
import type { ConsumptionModel } from '#catalogue/plan.ts'

/** One state that a plan's feature had, numbered by the side's version. */
export type TermsState = {
  readonly revision: bigint
  readonly effectiveAt: Temporal.Instant
  readonly terms: FeatureTerms | 'removed'
}

/** The change of the catalogue that something is from: of a plan's feature where it does not say of an add-on. */
export type Since = { readonly revision: bigint; readonly at: Temporal.Instant; readonly of?: 'addon' }

/** The terms of a window with the changes that made its unit price and its included amount what they are. */
export type DatedTerms = {
  readonly terms: FeatureTerms
  readonly priceSince: Since
  readonly includedSince: Since
}

/** Which changes of the catalogue reach a window. */
export type TermsWindow = {
  /** The revision in force when it began. */
  readonly sinceRevision: bigint
  /** Leaves out changes effective at or after this moment, and those after this revision. */
  readonly before?: Temporal.Instant
  readonly untilRevision?: bigint
}

/**
 * The terms of a window, from every state its plan's feature ever had (in their order), dated. Null when the plan did not have
 * the feature.
 */
export function datedTerms(
  history: readonly TermsState[],
  { sinceRevision, before, untilRevision }: TermsWindow,
  model: ConsumptionModel,
): DatedTerms | null {
  const earlier = history.filter(({ revision }) => revision <= sinceRevision)
  const later = history.filter(
    ({ revision, effectiveAt }) =>
      revision > sinceRevision &&
      (untilRevision === undefined || revision <= untilRevision) &&
      (before === undefined || Temporal.Instant.compare(effectiveAt, before) < 0),
  )
  const began = earlier.at(-1)
  const inForce = began && began.terms !== 'removed' ? began.terms : null
  const folded = later.map((_, index) =>
    foldTerms(
      inForce,
      later.slice(0, index + 1).map(({ terms }) => terms),
      model,
    ),
  )
  const terms = folded.at(-1) ?? inForce
  if (!terms) return null
  // What held before the window held by itself: kindness is for the window in which something changes.
  const known = earlier.map((state) => ({ state, terms: state.terms === 'removed' ? null : state.terms }))
  const inWindow = later.map((state, index) => ({ state, terms: folded[index] ?? null }))
  const since = (read: (terms: FeatureTerms) => unknown) => sinceOf([...known, ...inWindow], read)
  return {
    terms,
    priceSince: since(({ overageUnitPrice }) => overageUnitPrice),
    includedSince: since(({ includedAmount, unlimited }) => (unlimited ? 'unlimited' : includedAmount)),
  }
}

/** The dated terms of a feature that an add-on gives, beside those of the plan where it has the feature as well. */
export function besidePlan(plan: DatedTerms | null, addon: DatedTerms, model: ConsumptionModel): DatedTerms {
  const own = { priceSince: ofAddon(addon.priceSince), includedSince: ofAddon(addon.includedSince) }
  if (!plan?.terms.enabled) return { terms: addon.terms, ...own }
  const terms = foldTerms(plan.terms, [addon.terms], model) ?? addon.terms
  const isPlansPrice = terms.overageUnitPrice === plan.terms.overageUnitPrice
  const isPlansAmount = terms.includedAmount === plan.terms.includedAmount && terms.unlimited === plan.terms.unlimited
  return {
    terms,
    priceSince: isPlansPrice ? plan.priceSince : own.priceSince,
    includedSince: isPlansAmount ? plan.includedSince : own.includedSince,
  }
}

const ofAddon = (since: Since): Since => ({ ...since, of: 'addon' })

type Step = { readonly state: TermsState; readonly terms: FeatureTerms | null }

// The first of the last steps that all read the same.
function sinceOf(steps: readonly Step[], read: (terms: FeatureTerms) => unknown): Since {
  const last = steps.at(-1)?.terms
  const value = last && read(last)
  const different = steps.findLastIndex(({ terms }) => !terms || read(terms) !== value)
  const first = steps[different + 1] ?? steps.at(-1)
  if (!first) throw new RangeError('terms come from a state of the catalogue')
  return { revision: first.state.revision, at: first.state.effectiveAt }
}
