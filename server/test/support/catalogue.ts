import { addPlanFeature } from '#catalogue/actions/add-plan-feature.ts'
import { addPrice } from '#catalogue/actions/add-price.ts'
import { createFeature } from '#catalogue/actions/create-feature.ts'
import { createPlan } from '#catalogue/actions/create-plan.ts'
import type { Feature } from '#catalogue/feature.ts'
import type { Plan } from '#catalogue/plan.ts'
import type { PlanFeature, PlanFeatureSettings } from '#catalogue/plan-feature.ts'
import { noIntroOffer, type PlanPrice } from '#catalogue/plan-price.ts'
import type { NewPrice } from '#catalogue/prices.store.ts'
import { type Db, inTransaction } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'

/** Catalogue entries for tests below HTTP, made by the same actions; every default allows everything. */

let made = 0

export async function newFeature(db: Db, context: Context, given: Partial<Feature> = {}): Promise<Feature> {
  const code = given.code ?? `feature_${++made}`
  const { name = 'API calls', type = 'usage', description = null, unitName = null } = given
  return inTransaction(db, (tx) => createFeature(tx, context, { code, name, type, description, unitName }))
}

export async function newPlan(db: Db, context: Context, given: Partial<Plan> = {}): Promise<Plan> {
  const { plan } = await inTransaction(db, (tx) =>
    createPlan(tx, context, {
      code: given.code ?? `plan_${++made}`,
      name: given.name ?? 'Pro',
      description: null,
      consumptionModel: given.consumptionModel ?? 'metered',
      isPublic: given.isPublic ?? true,
      isDefault: given.isDefault ?? false,
      isFree: given.isFree ?? false,
      blockOnExhaustion: given.blockOnExhaustion ?? false,
      metadata: given.metadata ?? null,
      planGroupId: given.planGroupId ?? null,
    }),
  )
  return plan
}

export async function newPrice(
  db: Db,
  context: Context,
  plan: Plan,
  given: Partial<NewPrice> = {},
): Promise<PlanPrice> {
  const price = {
    billingInterval: 'monthly' as const,
    price: 2_900n,
    isDefault: false,
    trialDays: 0,
    includedBalance: null,
    includedCredits: null,
    introOffer: noIntroOffer,
    ...given,
  }
  return inTransaction(db, (tx) => addPrice(tx, context, { plan: plan.id, price }))
}

/** 1,000 included, $0.02 beyond. */
export const callSettings: PlanFeatureSettings = {
  enabled: true,
  includedAmount: 1_000_000_000n,
  unlimited: false,
  overageEnabled: true,
  overageUnitPrice: 200n,
  creditsPerUnit: null,
  pricingMode: 'fixed',
  margin: null,
}

export async function newPlanFeature(
  db: Db,
  context: Context,
  plan: Plan,
  feature: Feature,
  given: Partial<PlanFeatureSettings> = {},
): Promise<PlanFeature> {
  const settings = { ...callSettings, ...given }
  return inTransaction(db, (tx) => addPlanFeature(tx, context, { plan: plan.id, feature: feature.id, settings }))
}
