import type { FeatureType } from '#catalogue/feature.ts'
import type { ConsumptionModel, Plan } from '#catalogue/plan.ts'
import { type Quantity, quantityScale } from '#money/quantity.ts'
import type { Rate } from '#money/rate.ts'
import type { FieldProblem } from '#problem.ts'

/** fixed: a price per unit. ai_model: the price list of AI models plus a margin. */
export const pricingModes = ['fixed', 'ai_model'] as const
export type PricingMode = (typeof pricingModes)[number]

/** How a plan contains a feature: what a catalogue owner can set. */
export type PlanFeatureSettings = {
  readonly enabled: boolean
  /** Millionths of a unit, per consumption window. */
  readonly includedAmount: Quantity
  readonly unlimited: boolean
  readonly overageEnabled: boolean
  /** Rate scale: 10,000 = one US dollar per unit. */
  readonly overageUnitPrice: Rate
  readonly creditsPerUnit: bigint | null
  readonly pricingMode: PricingMode
  /** Basis points. */
  readonly margin: bigint | null
}

export type PlanFeature = PlanFeatureSettings & { readonly planId: string; readonly featureId: string }

/** A plan's feature with what names it. */
export type NamedPlanFeature = PlanFeature & {
  readonly code: string
  readonly name: string
  readonly type: FeatureType
  readonly unitName: string | null
}

/** Everything that keeps these settings from fitting the plan and the kind of feature; empty when they fit. */
export function checkPlanFeature(
  plan: Pick<Plan, 'isFree' | 'consumptionModel'>,
  type: FeatureType,
  settings: PlanFeatureSettings,
): FieldProblem[] {
  return [
    ...checkAmounts(plan.isFree, type, settings),
    ...checkCredits(plan.consumptionModel, type, settings.creditsPerUnit),
    ...checkPricingMode(plan.consumptionModel, type, settings),
  ]
}

function checkAmounts(isFree: boolean, type: FeatureType, settings: PlanFeatureSettings): FieldProblem[] {
  const found: FieldProblem[] = []
  if (settings.overageEnabled && isFree) {
    found.push({
      field: 'overage.enabled',
      message: 'A free plan never bills overage. Leave it off, or use a plan that is not free.',
    })
  }
  if (settings.overageEnabled && type === 'boolean') {
    found.push({
      field: 'overage.enabled',
      message: 'A boolean feature is on or off and has no overage. Use a usage, seats or quota feature to bill units.',
    })
  }
  if ((type === 'seats' || type === 'quota') && settings.includedAmount % quantityScale !== 0n) {
    found.push({ field: 'includedAmount', message: `Must be a whole number: ${type} are counted in whole units.` })
  }
  return found
}

function checkCredits(model: ConsumptionModel, type: FeatureType, creditsPerUnit: bigint | null): FieldProblem[] {
  const field = 'creditsPerUnit'
  const costsCredits = model === 'credits' && type === 'usage'
  if (costsCredits && creditsPerUnit === null) {
    return [{ field, message: 'A usage feature of a credits plan needs a cost in credits per unit, 1 or more.' }]
  }
  if (!costsCredits && creditsPerUnit !== null) {
    return [{ field, message: 'Only usage features of a credits plan cost credits. Leave it out here.' }]
  }
  return []
}

function checkPricingMode(model: ConsumptionModel, type: FeatureType, settings: PlanFeatureSettings): FieldProblem[] {
  const found: FieldProblem[] = []
  if (settings.pricingMode === 'ai_model' && model !== 'balance') {
    found.push({
      field: 'pricingMode',
      message: `AI model prices are taken from a balance, and this is a ${model} plan. Use a plan with consumptionModel balance.`,
    })
  }
  if (settings.pricingMode === 'ai_model' && type !== 'usage') {
    found.push({
      field: 'pricingMode',
      message: `Only usage features have AI model prices; this is a ${type} feature.`,
    })
  }
  if (settings.margin !== null && settings.pricingMode !== 'ai_model') {
    found.push({ field: 'margin', message: 'A margin is added to AI model prices: send pricingMode ai_model with it.' })
  }
  return found
}
