import type { FeatureType } from '#catalogue/feature.ts'
import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import type { ConsumptionModel } from '#catalogue/plan.ts'
import { localUnitPrice } from '#catalogue/regional-price.ts'
import type { TermsState } from '#catalogue/terms-history.ts'
import type { ExchangeRate } from '#money/exchange.ts'
import { type Quantity, quantityScale } from '#money/quantity.ts'
import type { Rate } from '#money/rate.ts'
import type { FieldProblem } from '#problem.ts'

/** boolean: on or off, beside every plan. The others are what plans draw on, each beside plans of that model. */
export const addonModels = ['boolean', 'metered', 'credits', 'balance'] as const
export type AddonModel = (typeof addonModels)[number]

/** What an add-on costs and gives: what a catalogue owner can set, and change. What its model does not have is null. */
export type AddonTerms = {
  /** Minor units of USD, for one billing period of the subscription. */
  readonly basePrice: bigint
  /** Millionths of a unit, per consumption window. */
  readonly includedUnits: Quantity | null
  /** Rate scale, per unit. */
  readonly overageRate: Rate | null
  /** Credits that one unit costs. */
  readonly creditCost: bigint | null
}

export type AddonSettings = AddonTerms & { readonly name: string; readonly description: string | null }

/** One feature more for a subscription. `featureId`, `slug` and `consumptionModel` never change. */
export type Addon = AddonSettings & {
  readonly id: string
  readonly slug: string
  readonly featureId: string
  readonly consumptionModel: AddonModel
  /** The change of the catalogue that made its terms what they are. */
  readonly revision: bigint
  readonly deletedAt: Temporal.Instant | null
  readonly createdAt: Temporal.Instant
  readonly updatedAt: Temporal.Instant
}

/** Everything that keeps these terms from fitting the model and the kind of feature; empty when they fit. */
export function checkAddon(model: AddonModel, type: FeatureType, terms: AddonTerms): FieldProblem[] {
  return [...checkType(model, type), ...checkRequired(model, terms), ...checkForeign(model, type, terms)]
}

function checkType(model: AddonModel, type: FeatureType): FieldProblem[] {
  const field = 'consumptionModel'
  if ((model === 'boolean') !== (type === 'boolean')) {
    return [
      { field, message: `A ${type} feature cannot be sold as ${model}: boolean goes with boolean features only.` },
    ]
  }
  if ((model === 'credits' || model === 'balance') && type !== 'usage') {
    return [{ field, message: `Only usage draws on ${model}; this is a ${type} feature. Use metered for it.` }]
  }
  return []
}

function checkRequired(model: AddonModel, { overageRate, creditCost }: AddonTerms): FieldProblem[] {
  if (model === 'credits' && creditCost === null) {
    return [{ field: 'creditCost', message: 'A credits add-on needs the credits that one unit costs, 1 or more.' }]
  }
  if (model === 'balance' && overageRate === null) {
    return [{ field: 'overageRate', message: 'A balance add-on needs the price that one unit takes from the balance.' }]
  }
  return []
}

function checkForeign(model: AddonModel, type: FeatureType, terms: AddonTerms): FieldProblem[] {
  const found: FieldProblem[] = []
  const refuse = (field: string, message: string) => found.push({ field, message })
  const isCounted = type === 'seats' || type === 'quota'
  if (model !== 'metered' && terms.includedUnits !== null)
    refuse('includedUnits', `A ${model} add-on includes no units.`)
  else if (isCounted && (terms.includedUnits ?? 0n) % quantityScale !== 0n) {
    refuse('includedUnits', `Must be a whole number: ${type} are counted in whole units.`)
  }
  if (model !== 'metered' && model !== 'balance' && terms.overageRate !== null) {
    refuse('overageRate', `A ${model} add-on has no price per unit.`)
  }
  if (model !== 'credits' && terms.creditCost !== null) refuse('creditCost', `A ${model} add-on costs no credits.`)
  return found
}

/** Whether an add-on of this model can be had beside a plan of that one (catalogue.md, Add-ons). */
export function fitsPlan(addon: AddonModel, plan: ConsumptionModel): boolean {
  return addon === 'boolean' || addon === plan
}

/** The model whose rules an add-on's terms follow; a switch has nothing that a model would price. */
export function modelOfTerms(model: AddonModel): ConsumptionModel {
  return model === 'boolean' ? 'metered' : model
}

type Named = Pick<FeatureTerms, 'featureId' | 'code' | 'name' | 'type' | 'unitName'>

/** What an add-on gives, in the words in which a plan's features are given. */
export function termsOfAddon(feature: Named, { includedUnits, overageRate, creditCost }: AddonTerms): FeatureTerms {
  const isOpen = feature.type !== 'boolean' && creditCost === null && includedUnits === null && overageRate === null
  return {
    ...feature,
    enabled: true,
    includedAmount: includedUnits ?? 0n,
    unlimited: isOpen,
    overageEnabled: overageRate !== null,
    overageUnitPrice: overageRate ?? 0n,
    creditsPerUnit: creditCost,
    pricingMode: 'fixed',
    margin: null,
  }
}

/** An add-on that a subscription has, and the last change of the catalogue when it was activated. */
export type AddonInUse = { readonly addonId: string; readonly termsRevision: bigint }

/** From which revision on the terms of an add-on are promised in a window: its beginning, or the activation in it. */
export function laterOf(windowRevision: bigint, activationRevision: bigint): bigint {
  return windowRevision > activationRevision ? windowRevision : activationRevision
}

/** What a dollar was in a currency of a plan from a change of the catalogue on. */
export type DatedRate = {
  readonly revision: bigint
  readonly effectiveAt: Temporal.Instant
  readonly rate: ExchangeRate
}

/**
 * The states of an add-on in a currency: its unit price at the rate of each moment (catalogue.md, Regional pricing), so that another
 * rate is a change like another price. `rates` null: canonical dollars. Without a rate units have no price and none is sold.
 */
export function inRegion(states: readonly TermsState[], rates: readonly DatedRate[] | null): readonly TermsState[] {
  if (rates === null) return states
  const changes = [...states, ...rates].toSorted((a, b) =>
    a.revision < b.revision ? -1 : a.revision > b.revision ? 1 : 0,
  )
  return changes.flatMap(({ revision, effectiveAt }) => {
    const state = states.findLast((one) => one.revision <= revision)
    const rate = rates.findLast((one) => one.revision <= revision)?.rate
    if (!state || state.terms === 'removed') return []
    return [{ revision, effectiveAt, terms: localTerms(state.terms, rate) }]
  })
}

function localTerms(terms: FeatureTerms, rate: ExchangeRate | undefined): FeatureTerms {
  const local = localUnitPrice(terms.overageUnitPrice, { rate, manual: undefined })
  if (local !== null) return { ...terms, overageUnitPrice: local }
  return { ...terms, overageUnitPrice: 0n, overageEnabled: false, isPriceMissing: terms.overageEnabled }
}

const longestSlug = 100

/** The slug of a name: `Priority support` is `priority-support`. Never empty. */
export function slugOf(name: string): string {
  const words = name
    .normalize('NFKD')
    .replaceAll(/\p{Mark}/gu, '')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
  const slug = words.join('-').slice(0, longestSlug).replace(/-$/, '')
  return slug === '' ? 'add-on' : slug
}

/** The slug itself where it is free, else the first free one with a number behind it. */
export function freeSlug(slug: string, taken: ReadonlySet<string>): string {
  if (!taken.has(slug)) return slug
  for (let number = 2; ; number++) {
    const numbered = `${slug}-${number}`
    if (!taken.has(numbered)) return numbered
  }
}
