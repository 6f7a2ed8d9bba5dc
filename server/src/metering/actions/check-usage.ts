import { heldIn, usedIn } from '#metering/access.ts'
import { findOffer } from '#metering/actions/find-offer.ts'
import { priceTokens, type TokenBuyer } from '#metering/actions/price-tokens.ts'
import { readCurrentAccess } from '#metering/actions/read-current-access.ts'
import { type Capacity, countedCapacity, fits } from '#metering/capacity.ts'
import { isHeldType } from '#metering/held.ts'
import { type Account, costOf, covers, emptyAccount, type LedgerModel, leastCost } from '#metering/ledger.ts'
import type { Metering } from '#metering/metering.ts'
import { type GivenTokenUse, tokenUseOf, tokenValue } from '#metering/token-cost.ts'
import {
  capacityNow,
  circumstancesOf,
  type Offer,
  overdraftCapOf,
  refuseDisabled,
  refusePricing,
  refuseUnpriced,
  soldElsewhere,
  unknownCustomer,
  withoutUnitPrice,
} from '#metering/usage-decision.ts'
import { currentPlacement } from '#metering/usage-window.ts'
import type { Quantity } from '#money/quantity.ts'
import type { Context } from '#organisations/org.ts'
import { Problem } from '#problem.ts'

export type UsageQuestion = {
  readonly customerId: string
  readonly featureCode: string
  readonly quantity: Quantity
  /** The AI model whose tokens are asked for: their number is the quantity then. */
  readonly model?: string | undefined
} & GivenTokenUse

/** Whether a quantity would be accepted now, with what that follows from. */
export type UsageAnswer = {
  readonly isAllowed: boolean
  readonly offer: Offer
  readonly quantity: Quantity
} & (
  | { readonly capacity: Exclude<Capacity, { kind: 'ledger' }>; readonly used: Quantity }
  | {
      readonly capacity: { kind: 'ledger'; model: LedgerModel }
      /** Null for a feature that is priced by AI model when none was named. */
      readonly cost: bigint | null
      readonly account: Account
    }
)

/**
 * Answers whether usage would be recorded now; changes nothing. A quantity that does not fit is an answer, everything else that
 * stands against it is refused as it would be in recording. Throws StaleOrganisation like recording does.
 */
export async function checkUsage(metering: Metering, context: Context, question: UsageQuestion): Promise<UsageAnswer> {
  const { now } = context
  const { customerId, featureCode, quantity } = question
  const access = await readCurrentAccess(metering, context, customerId)
  if (!access.customer) throw unknownCustomer(customerId)
  const offer = await findOffer(metering, context, access, {
    feature: featureCode,
    customerId,
    place: (running) => currentPlacement(running, now),
    types: ['usage', 'seats', 'quota'],
  })
  if (offer instanceof Problem) throw offer
  const isByModel = offer.terms.pricingMode === 'ai_model'
  const hasModel = question.model !== undefined || isByModel
  const { terms, running } = offer
  const isDrawn = !isHeldType(terms.type)
  const refusal =
    refuseDisabled(terms) ?? refusePricing(terms, hasModel) ?? (isDrawn ? refuseUnpriced(terms, running) : undefined)
  if (refusal) throw refusal
  const { capacity, used } = stateOf(offer)
  if (capacity.kind === 'ledger') {
    const account = offer.running.account ?? emptyAccount
    const asked = await priceOf(metering, context, { ...offer, version: access.version }, capacity.model, question)
    const isAllowed = covers(capacity.model, account, asked.cost ?? leastCost, overdraftCapOf(offer.running))
    return { isAllowed, offer, capacity, account, ...asked }
  }
  const isAllowed = fits(capacity, used, quantity)
  const unpricedIn = soldElsewhere(terms, circumstancesOf(offer), running.currency)
  if (!isAllowed && unpricedIn !== null) throw withoutUnitPrice(terms.code, unpricedIn)
  return { isAllowed, offer, capacity, used, quantity }
}

// Which model will be asked decides what tokens cost: without one there is no price, only whether anything is left.
async function priceOf(
  metering: Metering,
  context: Context,
  buyer: TokenBuyer,
  ledger: LedgerModel,
  { quantity, model, ...given }: UsageQuestion,
): Promise<{ readonly quantity: Quantity; readonly cost: bigint | null }> {
  if (buyer.terms.pricingMode === 'fixed') return { quantity, cost: costOf(ledger, buyer.terms, quantity) }
  if (model === undefined) return { quantity, cost: null }
  const use = tokenUseOf(given)
  const priced = await priceTokens(metering, context, buyer, { model, ...use }, context.now)
  if (priced instanceof Problem) throw priced
  return { quantity: tokenValue(use), cost: priced.charged }
}

// Seats and quota are compared with what is included on every plan, whatever its usage draws on.
function stateOf(offer: Offer): { capacity: Capacity; used: Quantity } {
  const { running, window, terms } = offer
  if (!isHeldType(terms.type)) {
    return { capacity: capacityNow(offer), used: usedIn(running, terms.featureId, window.number) }
  }
  return {
    capacity: countedCapacity(terms, circumstancesOf(offer)),
    used: heldIn(running, terms.featureId, window).current,
  }
}
