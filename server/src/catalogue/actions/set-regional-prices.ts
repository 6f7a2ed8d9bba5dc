import { grantRaisedFunds } from '#catalogue/actions/grant-raised.ts'
import { requirePlan, requirePrice } from '#catalogue/actions/require-entry.ts'
import type { Plan } from '#catalogue/plan.ts'
import { checkGrants, type PlanPrice } from '#catalogue/plan-price.ts'
import { isPriceInUseIn } from '#catalogue/prices.store.ts'
import { refuseFields } from '#catalogue/refuse-fields.ts'
import { regionColumns } from '#catalogue/region.ts'
import { nothingManual } from '#catalogue/regional-price.ts'
import { loadRegionalPricing, type Said, saveManualPrice } from '#catalogue/regional-prices.store.ts'
import { noRegionalPricing, type RegionalPricing } from '#catalogue/regional-pricing.ts'
import type { Tx } from '#database/transaction.ts'
import { currency } from '#money/currency.ts'
import type { Rate } from '#money/rate.ts'
import type { Context } from '#organisations/org.ts'
import { moveVersion } from '#organisations/sides.store.ts'
import { type FieldProblem, Problem } from '#problem.ts'

/** `price` in minor units of the currency, a balance on the rate scale. */
export type PriceOverride = {
  readonly currency: string
  readonly price: bigint
  readonly includedBalance?: Rate | undefined
}

type Target = { readonly plan: string; readonly priceId: string }

/** Gives one price by hand in some currencies. Returns all that is given by hand for it then. */
export async function setRegionalPrices(
  tx: Tx,
  context: Context,
  { overrides, ...target }: Target & { readonly overrides: readonly PriceOverride[] },
): Promise<{ readonly price: PlanPrice; readonly overrides: readonly PriceOverride[] }> {
  const { org } = context
  const { said, plan, price, pricing: before } = await open(tx, context, target)
  refuseFields(overrides.flatMap((one, index) => faultsOf(plan, price, before, overrides, one, index)))
  for (const { currency, price: amount, includedBalance = null } of overrides) {
    const introOffer = before.prices.get(price.id)?.get(currency)?.introOffer ?? null
    await saveManualPrice(
      tx,
      org.id,
      { priceId: price.id, currency },
      { price: amount, includedBalance, introOffer },
      said,
    )
  }
  const after = await pricingOf(tx, org.id, plan)
  await grantRaisedFunds(tx, context, { price, pricing: before }, { price, pricing: after })
  return { price, overrides: givenFor(after, price) }
}

/**
 * Removes all that is given by hand for a price. 409 price_in_use where live subscriptions pay it in a currency in which it
 * would have no amount any more.
 */
export async function deleteRegionalPrices(tx: Tx, context: Context, target: Target): Promise<void> {
  const { org } = context
  const { said, plan, price, pricing: before } = await open(tx, context, target)
  for (const [code, manual] of before.prices.get(price.id) ?? []) {
    const isNeeded = manual.price !== null && !before.rates.has(code)
    if (isNeeded && (await isPriceInUseIn(tx, org.id, price.id, regionColumns(currency(code))))) {
      throw new Problem(
        'price_in_use',
        `Live subscriptions pay this price in ${code}, and the plan has no exchange rate to derive it from. Give it one with PUT /plans/${plan.code}/regional first.`,
      )
    }
    await saveManualPrice(tx, org.id, { priceId: price.id, currency: code }, nothingManual, said)
  }
  const after = await pricingOf(tx, org.id, plan)
  await grantRaisedFunds(tx, context, { price, pricing: before }, { price, pricing: after })
}

async function open(tx: Tx, { org, now }: Context, target: Target) {
  const said: Said = { revision: await moveVersion(tx, org.id), effectiveAt: now }
  const plan = await requirePlan(tx, org.id, target.plan)
  const price = await requirePrice(tx, org.id, plan, target.priceId)
  return { said, plan, price, pricing: await pricingOf(tx, org.id, plan) }
}

async function pricingOf(tx: Tx, orgId: string, plan: Plan): Promise<RegionalPricing> {
  return (await loadRegionalPricing(tx, orgId, [plan.id])).get(plan.id) ?? noRegionalPricing
}

function faultsOf(
  plan: Plan,
  price: PlanPrice,
  { rates }: RegionalPricing,
  overrides: readonly PriceOverride[],
  one: PriceOverride,
  index: number,
): FieldProblem[] {
  const path = `overrides.${index}`
  const grants = checkGrants(plan, { includedBalance: one.includedBalance ?? null, includedCredits: null })
  const found = grants.map(({ field, message }) => ({ field: `${path}.${field}`, message }))
  if (overrides.findIndex(({ currency }) => currency === one.currency) !== index) {
    found.push({ field: `${path}.currency`, message: 'It is named twice. Name each currency once.' })
  }
  if (plan.isFree && one.price > 0n) {
    found.push({ field: `${path}.price`, message: 'The price of a free plan is 0 in every currency.' })
  }
  const grantsBalance = (price.includedBalance ?? 0n) > 0n
  if (grantsBalance && one.includedBalance === undefined && !rates.has(one.currency)) {
    const message = `The price includes a balance, and the plan has no exchange rate for ${one.currency} to derive it from.`
    found.push({ field: `${path}.includedBalance`, message })
  }
  return found
}

function givenFor({ prices }: RegionalPricing, { id }: PlanPrice): PriceOverride[] {
  return [...(prices.get(id) ?? [])].flatMap(([currency, { price, includedBalance }]) =>
    price === null ? [] : [{ currency, price, ...(includedBalance === null ? {} : { includedBalance }) }],
  )
}
