import { grantRaisedFunds } from '#catalogue/actions/grant-raised.ts'
import { requireFeature, requirePlan, requirePrice } from '#catalogue/actions/require-entry.ts'
import { requirePlanFeature } from '#catalogue/actions/require-plan-feature.ts'
import { saveExchangeRate } from '#catalogue/exchange-rates.store.ts'
import { recordRevision } from '#catalogue/feature-terms.store.ts'
import type { Plan } from '#catalogue/plan.ts'
import type { NamedPlanFeature } from '#catalogue/plan-feature.ts'
import { listPlanFeatures } from '#catalogue/plan-features.store.ts'
import { checkGrants, checkIntroOffer, type PlanPrice } from '#catalogue/plan-price.ts'
import { listPrices } from '#catalogue/prices.store.ts'
import { refuseFields } from '#catalogue/refuse-fields.ts'
import { type ManualPrice, nothingManual, type RegionalOffer } from '#catalogue/regional-price.ts'
import {
  loadRegionalPricing,
  type Said,
  saveManualPrice,
  saveManualUnitPrice,
} from '#catalogue/regional-prices.store.ts'
import {
  checkLocalAmounts,
  checkLocalUnitPrice,
  localPrices,
  localUnitPrices,
  noRegionalPricing,
  type RegionalPricing,
} from '#catalogue/regional-pricing.ts'
import type { Tx } from '#database/transaction.ts'
import type { ExchangeRate } from '#money/exchange.ts'
import type { Rate } from '#money/rate.ts'
import type { Context } from '#organisations/org.ts'
import { moveVersion } from '#organisations/sides.store.ts'
import { type FieldProblem, invalidFields } from '#problem.ts'

export type RegionalSetting = {
  readonly plan: string
  readonly currency: string
  readonly rate: ExchangeRate
  readonly prices: readonly {
    readonly priceId: string
    readonly price: bigint
    readonly includedBalance?: Rate | undefined
  }[]
  readonly features: readonly { readonly featureId: string; readonly overageUnitPrice: Rate }[]
  readonly introOffers: readonly ({ readonly priceId: string } & RegionalOffer)[]
}

export type RegionalOutcome = {
  readonly plan: Plan
  readonly pricesConfigured: number
  readonly featuresConfigured: number
}

/**
 * Sets what a plan costs in a currency (catalogue.md, Regional pricing): its rate, and by hand what is given; everything else is
 * derived. Replaces what was given for the currency before. Refuses what is named twice, and what does not fit the plan.
 */
export async function setRegionalPricing(tx: Tx, context: Context, setting: RegionalSetting): Promise<RegionalOutcome> {
  const { org, now } = context
  const said: Said = { revision: await moveVersion(tx, org.id), effectiveAt: now }
  const plan = await requirePlan(tx, org.id, setting.plan)
  const given = await requireGiven(tx, context, plan, setting)
  const prices = (await listPrices(tx, org.id, [plan.id])).get(plan.id) ?? []
  const features = (await listPlanFeatures(tx, org.id, [plan.id])).get(plan.id) ?? []
  const before = await pricingOf(tx, org.id, plan)
  refuseFields([...faultsOf(plan, setting), ...tooLarge(prices, features, withRate(before, setting))])
  await saveExchangeRate(tx, org.id, { planId: plan.id, currency: setting.currency, rate: setting.rate }, said)
  await savePrices(tx, org.id, setting.currency, prices, { before, given }, said)
  await saveUnitPrices(tx, org.id, plan, setting.currency, features, { before, given }, said)
  const after = await pricingOf(tx, org.id, plan)
  for (const price of prices) await grantRaisedFunds(tx, context, { price, pricing: before }, { price, pricing: after })
  const isSet = (found: readonly { readonly currency: string }[]) =>
    found.some(({ currency }) => currency === setting.currency)
  return {
    plan,
    pricesConfigured: prices.filter((price) => isSet(localPrices(price, after))).length,
    featuresConfigured: features.filter(
      (feature) => feature.type !== 'boolean' && isSet(localUnitPrices(plan, feature, after)),
    ).length,
  }
}

/** What was given by hand, by id of price and feature. */
type Given = { readonly prices: ReadonlyMap<string, ManualPrice>; readonly features: ReadonlyMap<string, Rate> }

async function requireGiven(tx: Tx, { org }: Context, plan: Plan, setting: RegionalSetting): Promise<Given> {
  const prices = new Map<string, ManualPrice>()
  for (const { priceId, price, includedBalance = null } of setting.prices) {
    await requirePrice(tx, org.id, plan, priceId)
    prices.set(priceId, { ...nothingManual, price, includedBalance })
  }
  for (const { priceId, ...introOffer } of setting.introOffers) {
    await requirePrice(tx, org.id, plan, priceId)
    prices.set(priceId, { ...(prices.get(priceId) ?? nothingManual), introOffer })
  }
  const features = new Map<string, Rate>()
  for (const [index, { featureId, overageUnitPrice }] of setting.features.entries()) {
    const feature = await requireFeature(tx, org.id, featureId)
    await requirePlanFeature(tx, org.id, plan, feature)
    if (features.has(feature.id)) throw invalidFields([twice(`features.${index}.featureId`)])
    if (feature.type === 'boolean') {
      const message = 'A boolean feature is on or off: it has no units to price.'
      throw invalidFields([{ field: `features.${index}.featureId`, message }])
    }
    features.set(feature.id, overageUnitPrice)
  }
  return { prices, features }
}

function faultsOf(plan: Plan, { prices, introOffers }: RegionalSetting): FieldProblem[] {
  const inField = (path: string) => (fault: FieldProblem) => ({ ...fault, field: `${path}.${fault.field}` })
  return [
    ...prices.flatMap(({ includedBalance = null, price }, index) => [
      ...checkGrants(plan, { includedBalance, includedCredits: null }).map(inField(`prices.${index}`)),
      ...(plan.isFree && price > 0n
        ? [{ field: `prices.${index}.price`, message: 'The price of a free plan is 0 in every currency.' }]
        : []),
    ]),
    ...introOffers.flatMap((offer, index) =>
      checkIntroOffer({ enabled: true, ...offer }).map(({ field, message }) => ({
        field: `introOffers.${index}.${field.replace('introOffer.', '')}`,
        message,
      })),
    ),
    ...(plan.isFree && introOffers.length > 0
      ? [{ field: 'introOffers', message: 'A free plan has no base that an offer could be for.' }]
      : []),
    ...repeated(prices, 'prices'),
    ...repeated(introOffers, 'introOffers'),
  ]
}

function repeated(named: readonly { readonly priceId: string }[], field: string): FieldProblem[] {
  return named.flatMap(({ priceId }, index) =>
    named.findIndex((other) => other.priceId === priceId) === index ? [] : [twice(`${field}.${index}.priceId`)],
  )
}

const twice = (field: string): FieldProblem => ({ field, message: 'It is named twice. Name each once.' })

// As it would be if nothing were given: what is given fits by itself.
function withRate({ rates }: RegionalPricing, { currency, rate }: RegionalSetting): RegionalPricing {
  return { ...noRegionalPricing, rates: new Map([...rates, [currency, rate]]) }
}

function tooLarge(
  prices: readonly PlanPrice[],
  features: readonly NamedPlanFeature[],
  pricing: RegionalPricing,
): FieldProblem[] {
  const found = [
    ...prices.flatMap((price) => checkLocalAmounts(price, pricing, 'exchangeRate')),
    ...features.flatMap((feature) => checkLocalUnitPrice(feature, pricing, 'exchangeRate')),
  ]
  return found.slice(0, 1)
}

type Change = { readonly before: RegionalPricing; readonly given: Given }

async function savePrices(
  tx: Tx,
  orgId: string,
  currency: string,
  prices: readonly PlanPrice[],
  { before, given }: Change,
  said: Said,
): Promise<void> {
  for (const { id: priceId } of prices) {
    const manual = given.prices.get(priceId)
    if (!manual && !before.prices.get(priceId)?.has(currency)) continue
    await saveManualPrice(tx, orgId, { priceId, currency }, manual ?? nothingManual, said)
  }
}

// A rate changes what every feature costs: each gets a revision, so that windows know what was promised when they began.
async function saveUnitPrices(
  tx: Tx,
  orgId: string,
  plan: Plan,
  currency: string,
  features: readonly NamedPlanFeature[],
  { before, given }: Change,
  said: Said,
): Promise<void> {
  for (const feature of features) {
    const { featureId } = feature
    const manual = given.features.get(featureId)
    if (manual !== undefined || before.features.get(featureId)?.has(currency)) {
      await saveManualUnitPrice(tx, orgId, { planId: plan.id, featureId, currency }, manual ?? null, said)
    }
    await recordRevision(tx, orgId, { number: said.revision, effectiveAt: said.effectiveAt, removed: false }, feature)
  }
}

async function pricingOf(tx: Tx, orgId: string, plan: Plan): Promise<RegionalPricing> {
  return (await loadRegionalPricing(tx, orgId, [plan.id])).get(plan.id) ?? noRegionalPricing
}
