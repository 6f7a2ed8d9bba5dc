import type { FeatureDraft, PlanDraft, PriceDraft } from '#billing/simulation/plan-draft.ts'
import { requirePlan } from '#catalogue/actions/require-entry.ts'
import { findFeature } from '#catalogue/features.store.ts'
import type { Plan } from '#catalogue/plan.ts'
import { checkPlanFeature, type PlanFeatureSettings } from '#catalogue/plan-feature.ts'
import { listPlanFeatures } from '#catalogue/plan-features.store.ts'
import { priceIntervals } from '#catalogue/prices.store.ts'
import type { Db } from '#database/transaction.ts'
import { currency } from '#money/currency.ts'
import type { Quantity } from '#money/quantity.ts'
import type { Rate } from '#money/rate.ts'
import { type FieldProblem, invalidFields } from '#problem.ts'
import type { BillingInterval } from '#time/interval.ts'

/** A draft as it is written: features by code or id. Money is US dollars. */
export type WrittenDraft = {
  readonly planCode: string
  readonly blockOnExhaustion?: boolean | undefined
  readonly discounts: 'keep' | 'drop'
  readonly prices: readonly WrittenPrice[]
  readonly features: readonly WrittenFeature[]
}
type WrittenPrice = {
  readonly billingInterval: BillingInterval
  readonly price?: bigint | undefined
  readonly includedCredits?: bigint | undefined
  readonly includedBalance?: Rate | undefined
}
type WrittenFeature = {
  readonly code: string
  readonly enabled?: boolean | undefined
  readonly includedAmount?: Quantity | undefined
  readonly unlimited?: boolean | undefined
  readonly overage?: { readonly enabled?: boolean | undefined; readonly unitPrice?: Rate | undefined } | undefined
  readonly creditsPerUnit?: bigint | undefined
  readonly margin?: bigint | undefined
}

/**
 * Finds what a draft names and checks that it fits its plan. Refuses with 404 plan_not_found, and with everything else that is
 * wrong at once (422), fields below `plan`.
 */
export async function resolveDraft(
  db: Db,
  orgId: string,
  written: WrittenDraft,
): Promise<{ readonly plan: Plan; readonly draft: PlanDraft }> {
  const plan = await requirePlan(db, orgId, written.planCode)
  const prices = checkPrices(plan, written, new Set((await priceIntervals(db, orgId, plan.id)).values()))
  const features = await findFeatures(db, orgId, plan, written)
  const [first, ...more] = [...prices, ...features.wrong]
  if (first) throw invalidFields([first, ...more])
  return {
    plan,
    draft: {
      currency: currency('usd'),
      prices: new Map(written.prices.map((price) => [price.billingInterval, priceDraftOf(price)])),
      features: features.found,
      blockOnExhaustion: written.blockOnExhaustion ?? null,
      keepsDiscounts: written.discounts === 'keep',
    },
  }
}

function priceDraftOf({ price, includedCredits, includedBalance }: WrittenPrice): PriceDraft {
  return {
    price: price ?? null,
    includedCredits: includedCredits ?? null,
    includedBalance: includedBalance ?? null,
  }
}

function checkPrices(plan: Plan, written: WrittenDraft, known: ReadonlySet<BillingInterval>): FieldProblem[] {
  const found: FieldProblem[] = []
  const say = (field: string, message: string) => found.push({ field: `plan.${field}`, message })
  if (written.blockOnExhaustion !== undefined && plan.consumptionModel !== 'balance') {
    say('blockOnExhaustion', `Only balance plans have it; this is a ${plan.consumptionModel} plan.`)
  }
  for (const [index, price] of written.prices.entries()) {
    const at = `prices.${index}`
    const isTwice = written.prices.findIndex((one) => one.billingInterval === price.billingInterval) < index
    if (isTwice) say(`${at}.billingInterval`, 'Is there twice.')
    if (!known.has(price.billingInterval)) {
      say(`${at}.billingInterval`, `${plan.code} never had a ${price.billingInterval} price, so nobody paid it.`)
    }
    if (plan.isFree && (price.price ?? 0n) > 0n) say(`${at}.price`, 'A free plan bills nothing.')
    if (price.includedCredits !== undefined && plan.consumptionModel !== 'credits') {
      say(`${at}.includedCredits`, `Only credits plans grant credits; this is a ${plan.consumptionModel} plan.`)
    }
    if (price.includedBalance !== undefined && plan.consumptionModel !== 'balance') {
      say(`${at}.includedBalance`, `Only balance plans grant a balance; this is a ${plan.consumptionModel} plan.`)
    }
  }
  return found
}

const unset: PlanFeatureSettings = {
  enabled: true,
  includedAmount: 0n,
  unlimited: false,
  overageEnabled: false,
  overageUnitPrice: 0n,
  creditsPerUnit: null,
  pricingMode: 'fixed',
  margin: null,
}

async function findFeatures(
  db: Db,
  orgId: string,
  plan: Plan,
  { features }: WrittenDraft,
): Promise<{ readonly found: Map<string, FeatureDraft>; readonly wrong: FieldProblem[] }> {
  const own = new Map((await listPlanFeatures(db, orgId, [plan.id])).get(plan.id)?.map((one) => [one.featureId, one]))
  const found = new Map<string, FeatureDraft>()
  const wrong: FieldProblem[] = []
  for (const [index, written] of features.entries()) {
    const at = `plan.features.${index}`
    const feature = await findFeature(db, orgId, written.code)
    if (!feature) {
      wrong.push({ field: `${at}.code`, message: `There is no feature with the code or id ${written.code}.` })
      continue
    }
    if (found.has(feature.id)) wrong.push({ field: `${at}.code`, message: 'Is there twice.' })
    const settings = settingsOf(written)
    const { id: featureId, code, name, type, unitName } = feature
    found.set(featureId, { featureId, code, name, type, unitName, settings })
    const problems = checkPlanFeature(plan, type, { ...unset, ...own.get(featureId), ...settings })
    wrong.push(...problems.map(({ field, message }) => ({ field: `${at}.${field}`, message })))
  }
  return { found, wrong }
}

function settingsOf(written: WrittenFeature): FeatureDraft['settings'] {
  const { enabled, includedAmount, unlimited, overage, creditsPerUnit, margin } = written
  return {
    ...(enabled === undefined ? {} : { enabled }),
    ...(includedAmount === undefined ? {} : { includedAmount }),
    ...(unlimited === undefined ? {} : { unlimited }),
    ...(overage?.enabled === undefined ? {} : { overageEnabled: overage.enabled }),
    ...(overage?.unitPrice === undefined ? {} : { overageUnitPrice: overage.unitPrice }),
    ...(creditsPerUnit === undefined ? {} : { creditsPerUnit }),
    ...(margin === undefined ? {} : { margin }),
  }
}
