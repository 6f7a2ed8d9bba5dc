import assert from 'node:assert/strict'
import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import { type Running, usedIn } from '#metering/access.ts'
import { type Capacity, type Circumstances, limitOf, usageCapacity, wouldBeSold } from '#metering/capacity.ts'
import type { LedgerModel } from '#metering/ledger.ts'
import { cappedCapacity, isShared, largestBill, mostOverdraft, roomFor, spentBesides } from '#metering/spend-cap.ts'
import type { AppliedCap, Draw } from '#metering/usage-event.ts'
import { type Currency, currency, minorDigits } from '#money/currency.ts'
import { type Quantity, quantityToText } from '#money/quantity.ts'
import { type Rate, rateScale } from '#money/rate.ts'
import { Problem } from '#problem.ts'
import type { WindowPlan } from '#subscriptions/schedule.ts'

/** What usage is asked of: the terms of a feature in a window of a running subscription. */
export type Offer = {
  readonly running: Running
  readonly window: WindowPlan
  readonly terms: FeatureTerms
  /** The terms of everything in the plan: a spend cap may be for all of it together. */
  readonly features: readonly FeatureTerms[]
}

/** What of an offer matters to its limits. */
export type CappedOffer = Omit<Offer, 'running'> & {
  readonly running: Pick<Running, 'subscriptionId' | 'plan' | 'status' | 'currency' | 'caps'>
}

export function unknownCustomer(reference: string): Problem {
  return new Problem('customer_not_found', `There is no customer ${reference}.`)
}

export function unknownUsageFeature(code: string): Problem {
  return new Problem('feature_not_found', `There is no usage feature with the code ${code}.`)
}

export function withoutSubscription(reference: string): Problem {
  return new Problem(
    'no_active_subscription',
    `Customer ${reference} has no subscription that gives access at that time.`,
  )
}

export function notInPlan(code: string): Problem {
  return new Problem('feature_not_in_plan', `The customer's plan does not contain ${code}.`)
}

/** 403 for a feature that the plan has switched off. */
export function refuseDisabled({ code, enabled }: FeatureTerms): Problem | undefined {
  return enabled ? undefined : new Problem('feature_disabled', `${code} is switched off in the customer's plan.`)
}

/** 400 for tokens of a model sent to a feature with a fixed price, and for a plain value sent to one priced by model. */
export function refusePricing({ code, pricingMode }: FeatureTerms, hasModel: boolean): Problem | undefined {
  if (hasModel && pricingMode === 'fixed') {
    return new Problem('pricing_mode_mismatch', `${code} has a fixed price per unit: send value, not model and tokens.`)
  }
  if (!hasModel && pricingMode === 'ai_model') {
    return new Problem(
      'pricing_mode_mismatch',
      `${code} is priced by AI model: send model with inputTokens and outputTokens.`,
    )
  }
  return undefined
}

/**
 * 400 where every unit costs money (balance plans) and the plan says no price for it in the subscription's currency. Elsewhere
 * what is included may be used: see {@link soldElsewhere}.
 */
export function refuseUnpriced(
  { code, isPriceMissing }: FeatureTerms,
  { plan, currency }: Pick<Running, 'plan' | 'currency'>,
): Problem | undefined {
  return isPriceMissing === true && plan.consumptionModel === 'balance' ? withoutUnitPrice(code, currency) : undefined
}

/** The currency in which units beyond what is included have no price, where they are sold in others; null elsewhere. */
export function soldElsewhere(terms: FeatureTerms, circumstances: Circumstances, currency: string): string | null {
  return wouldBeSold(terms, circumstances) ? currency : null
}

/** 400 for units that are sold, but not in the subscription's currency. */
export function withoutUnitPrice(code: string, currency: string): Problem {
  return new Problem(
    'missing_regional_price',
    `Units of ${code} have no price in ${currency.toUpperCase()} in this plan.`,
  )
}

/**
 * What an offer has room for whatever else is used meanwhile: where other features draw on the same spend cap, nothing of it
 * is counted on, and what is beyond needs their counters (actions/record-within-cap.ts).
 */
export function capacityOf(offer: Offer): Capacity {
  const { caps } = offer.running
  return capacityBeside(offer, isShared(caps, offer.terms, offer.features) ? (caps.total ?? 0n) : 0n)
}

/** What an offer has room for as of its reading, for answers. */
export function capacityNow(offer: Offer): Capacity {
  const { running, window, terms, features } = offer
  if (running.caps.total === null) return capacityBeside(offer, 0n)
  const usedOf = (featureId: string) => usedIn(running, featureId, window.number)
  return capacityBeside(offer, spentBesides(terms, features, usedOf, currency(running.currency)))
}

/** What an offer has room for when its other features have spent an amount, minor units. */
export function capacityBeside({ running, window, terms }: CappedOffer, spent: bigint): Capacity {
  const circumstances = circumstancesOf({ running, window })
  const room = roomFor(running.caps, terms.featureId, spent)
  return cappedCapacity(usageCapacity(terms, circumstances), terms, room, currency(running.currency))
}

/** Under which circumstances an offer is used. */
export function circumstancesOf({ running, window }: Pick<CappedOffer, 'running' | 'window'>): Circumstances {
  return { model: running.plan.consumptionModel, status: running.status, windowKind: window.kind }
}

/** What the counter may reach at most; null where nothing limits it. */
export function ceilingOf(capacity: Capacity): Quantity | null {
  return limitOf(capacity)
}

/** How far a spend cap lets a balance go below zero, rate scale; null where there is none, or nothing below zero is sold. */
export function overdraftCapOf({ account, caps, currency: code }: Running): Rate | null {
  return caps.total === null || !account?.mayOverdraw ? null : mostOverdraft(caps.total, currency(code))
}

/** Why a quantity does not fit, in a sentence. */
export function limitSentence(code: string, included: Quantity, used: Quantity, quantity: Quantity): string {
  const [asked, held, limit] = [quantity, used, included].map(quantityToText)
  return `${asked} of ${code} does not fit: ${held} of the included ${limit} are used in this window, and the plan does not sell more.`
}

/** 402 for an event that would cross the limit. */
export function limitReached(code: string, included: Quantity, used: Quantity, quantity: Quantity): Problem {
  return new Problem('included_limit_reached', limitSentence(code, included, used, quantity))
}

/** Why a quantity does not fit under a spend cap (minor units), or is more than can be billed, in a sentence. */
export function capSentence(code: string, cap: bigint, currencyCode: string, used: Quantity, asked: Quantity): string {
  const [wanted, held] = [asked, used].map(quantityToText)
  const most = minorText(cap, currency(currencyCode))
  const limit = isLargestBill(cap)
    ? `than the ${most} that one window can be billed for a feature. Is the quantity meant?`
    : `than the spend cap of ${most} allows.`
  return `${wanted} of ${code} does not fit: ${held} are used in this window, and more would be billed ${limit}`
}

const isLargestBill = (cap: bigint): boolean => cap === largestBill

/** 402 for an event that would cross a limit: a spend cap, or the plan's own. */
export function refuseBeyond(
  code: string,
  {
    ceiling,
    spendCap,
    unpricedIn,
  }: { readonly ceiling: Quantity | null; readonly spendCap?: AppliedCap | null; readonly unpricedIn?: string | null },
  { used, cap }: { readonly used: Quantity; readonly cap?: bigint },
  asked: Quantity,
): Problem {
  if (unpricedIn) return withoutUnitPrice(code, unpricedIn)
  if (!spendCap) return limitReached(code, ceiling ?? 0n, used, asked)
  const amount = cap ?? spendCap.amount
  const sentence = capSentence(code, amount, spendCap.currency, used, asked)
  return isLargestBill(amount) ? new Problem('included_limit_reached', sentence) : capReached(sentence)
}

/** 402 for usage that would be billed beyond a spend cap; `details` tell it from a limit of the plan. */
export function capReached(sentence: string): Problem {
  return new Problem('included_limit_reached', sentence, { details: { limit: 'spend_cap' } })
}

/** The spend cap behind a capacity, if one limits it. */
export function appliedCap(offer: Offer, capacity: Capacity): AppliedCap | null {
  const { running, terms, features } = offer
  const { currency } = running
  if (capacity.kind === 'capped') {
    return { amount: capacity.cap, currency, shared: isShared(running.caps, terms, features) ? offer : null }
  }
  const isOverdraft = capacity.kind === 'ledger' && capacity.model === 'balance' && overdraftCapOf(running) !== null
  return isOverdraft ? { amount: running.caps.total ?? 0n, currency, shared: null } : null
}

/** Why a cost does not fit into an overdraft that is capped (minor units), in a sentence. Balances are rate scale. */
export function cappedOverdraftSentence(
  code: string,
  cap: bigint,
  cost: Rate,
  left: Rate,
  currencyCode: string,
): string {
  return `${shortSentence('balance', code, cost, left, currencyCode)} More would be billed than the spend cap of ${minorText(cap, currency(currencyCode))} allows.`
}

/** 402 for an event that costs more than the account has left, or a spend cap lets an overdraft grow. */
export function refuseShort(
  code: string,
  { draw, spendCap }: { readonly draw: Draw | null; readonly spendCap?: AppliedCap | null },
  left: bigint,
): Problem {
  assert(draw, 'only what costs something can be too expensive')
  const { model, cost, currency } = draw
  if (!spendCap) return insufficient(model, code, cost, left, currency)
  return capReached(cappedOverdraftSentence(code, spendCap.amount, cost, left, currency))
}

/** Why credits or a balance do not suffice, in a sentence. Balances are rate scale: 10,000 = one major unit. */
export function shortSentence(model: LedgerModel, code: string, cost: bigint, left: bigint, currency: string): string {
  if (model === 'credits') return `This use of ${code} costs ${cost} credits, and ${left} are left.`
  return `This use of ${code} costs ${rateText(cost)} ${currency}, and the balance is ${rateText(left)} ${currency}.`
}

/** Why a feature priced by AI model cannot be used, whatever the model, in a sentence. */
export function usedUpSentence(code: string, left: bigint, currency: string): string {
  return `The balance is ${rateText(left)} ${currency}: nothing is left for ${code}.`
}

/** 402 for an event that costs more than the account holds. */
export function insufficient(model: LedgerModel, code: string, cost: bigint, left: bigint, currency: string): Problem {
  const reason = model === 'credits' ? 'insufficient_credits' : 'insufficient_balance'
  return new Problem(reason, shortSentence(model, code, cost, left, currency))
}

function minorText(minor: bigint, c: Currency): string {
  const digits = minorDigits(c)
  const text = minor.toString().padStart(digits + 1, '0')
  const whole = text.slice(0, text.length - digits)
  return `${whole}${digits === 0 ? '' : `.${text.slice(-digits)}`} ${c}`
}

function rateText(rate: bigint): string {
  const size = rate < 0n ? -rate : rate
  const fraction = (size % rateScale)
    .toString()
    .padStart(4, '0')
    .replace(/0{1,2}$/, '')
  return `${rate < 0n ? '-' : ''}${size / rateScale}.${fraction}`
}
