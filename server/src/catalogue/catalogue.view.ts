import type * as z from 'zod'
import type { FullPlan } from '#catalogue/actions/load-plan.ts'
import type { FullPlanGroup } from '#catalogue/actions/load-plan-group.ts'
import type { Feature } from '#catalogue/feature.ts'
import type { Feature as ApiFeature } from '#catalogue/features.contract.ts'
import type { Plan } from '#catalogue/plan.ts'
import type { NamedPlanFeature, PlanFeature } from '#catalogue/plan-feature.ts'
import type { PlanFeature as ApiPlanFeature } from '#catalogue/plan-features.contract.ts'
import type { PlanGroup as ApiPlanGroup } from '#catalogue/plan-groups.contract.ts'
import type { IntroOffer, PlanPrice } from '#catalogue/plan-price.ts'
import type { PlanPrice as ApiPlanPrice } from '#catalogue/plan-prices.contract.ts'
import type { Plan as ApiPlan } from '#catalogue/plans.contract.ts'
import { localPrices, localUnitPrices, type RegionalPricing } from '#catalogue/regional-pricing.ts'
import { exchangeRateToText } from '#money/exchange.ts'

export function toApiFeature(feature: Feature, livemode: boolean): z.output<typeof ApiFeature> {
  const { id, name, code, type, description, unitName, createdAt, updatedAt } = feature
  return { id, name, code, type, description, unitName, createdAt, updatedAt, object: 'feature', livemode }
}

export function toApiPlan({ plan, features, prices, regional }: FullPlan, livemode: boolean): z.output<typeof ApiPlan> {
  const exchangeRates = [...regional.rates].map(([currency, rate]) => ({
    currency,
    exchangeRate: Number(exchangeRateToText(rate)),
  }))
  return {
    id: plan.id,
    name: plan.name,
    code: plan.code,
    description: plan.description,
    consumptionModel: plan.consumptionModel,
    isPublic: plan.isPublic,
    isDefault: plan.isDefault,
    isFree: plan.isFree,
    blockOnExhaustion: plan.blockOnExhaustion,
    sortOrder: plan.sortOrder,
    planGroupId: plan.planGroupId,
    metadata: plan.metadata,
    createdAt: plan.createdAt,
    updatedAt: plan.updatedAt,
    features: features.map((feature) => summaryOfFeature(plan, feature, regional)),
    prices: prices.map((price) => summaryOfPrice(price, regional)),
    ...(exchangeRates.length > 0 ? { exchangeRates } : {}),
    object: 'plan',
    livemode,
  }
}

type ApiPlanParts = z.output<typeof ApiPlan>

// A boolean feature has nothing to count: it has neither an included amount nor overage.
function summaryOfFeature(
  plan: Plan,
  feature: NamedPlanFeature,
  regional: RegionalPricing,
): NonNullable<ApiPlanParts['features']>[number] {
  const counts = feature.type !== 'boolean'
  const regionalPrices = counts ? localUnitPrices(plan, feature, regional) : []
  return {
    code: feature.code,
    name: feature.name,
    type: feature.type,
    unitName: feature.unitName,
    enabled: feature.enabled,
    includedAmount: counts ? feature.includedAmount : null,
    unlimited: feature.unlimited,
    overage: counts
      ? {
          enabled: feature.overageEnabled,
          model: feature.overageEnabled ? 'per_unit' : null,
          unitPrice: feature.overageUnitPrice,
        }
      : null,
    ...(regionalPrices.length > 0 ? { regionalPrices } : {}),
    featureId: feature.featureId,
    creditsPerUnit: feature.creditsPerUnit,
    pricingMode: feature.pricingMode,
    margin: feature.margin,
  }
}

function summaryOfPrice(price: PlanPrice, regional: RegionalPricing): NonNullable<ApiPlanParts['prices']>[number] {
  const { id, billingInterval, isDefault, trialDays, includedBalance, includedCredits } = price
  const introOffer = shownOffer(price.introOffer)
  const regionalPrices = localPrices(price, regional).map(({ currency, price: local, autoSynced }) => ({
    currency,
    price: local.price,
    includedBalance: local.includedBalance,
    autoSynced,
    introOffer: shownOffer(local.introOffer),
  }))
  return {
    billingInterval,
    price: price.price,
    isDefault,
    trialDays,
    includedBalance,
    includedCredits,
    introOffer,
    ...(regionalPrices.length > 0 ? { regionalPrices } : {}),
    id,
  }
}

// A price that never had an offer shows none, rather than an empty one that is off.
function shownOffer(offer: IntroOffer): IntroOffer | null {
  const isEmpty = offer.discountType === null && offer.discountValue === null && offer.durationCycles === null
  return offer.enabled || !isEmpty ? offer : null
}

export function toApiPlanFeature(feature: PlanFeature, livemode: boolean): z.output<typeof ApiPlanFeature> {
  return {
    planId: feature.planId,
    featureId: feature.featureId,
    enabled: feature.enabled,
    includedAmount: feature.includedAmount,
    unlimited: feature.unlimited,
    overage: { enabled: feature.overageEnabled, unitPrice: feature.overageUnitPrice },
    creditsPerUnit: feature.creditsPerUnit,
    pricingMode: feature.pricingMode,
    margin: feature.margin,
    object: 'plan',
    livemode,
  }
}

export function toApiPlanPrice(price: PlanPrice, livemode: boolean): z.output<typeof ApiPlanPrice> {
  return {
    id: price.id,
    planId: price.planId,
    billingInterval: price.billingInterval,
    price: price.price,
    isDefault: price.isDefault,
    trialDays: price.trialDays,
    includedBalance: price.includedBalance,
    includedCredits: price.includedCredits,
    introOffer: shownOffer(price.introOffer),
    createdAt: price.createdAt,
    updatedAt: price.updatedAt,
    object: 'plan',
    livemode,
  }
}

export function toApiPlanGroup({ group, plans }: FullPlanGroup, livemode: boolean): z.output<typeof ApiPlanGroup> {
  return {
    id: group.id,
    name: group.name,
    description: group.description,
    isPublic: group.isPublic,
    createdAt: group.createdAt,
    updatedAt: group.updatedAt,
    plans: plans.map(({ id, name, sortOrder }) => ({ id, name, sortOrder })),
    object: 'plan_group',
    livemode,
  }
}
