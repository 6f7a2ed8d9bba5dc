import { StaleOrganisation } from '#http/operation.ts'
import { newId } from '#id.ts'
import { type Access, shownCustomerId } from '#metering/access.ts'
import { answerRefused, answerRepeated } from '#metering/actions/answer-repeated.ts'
import { findOffer } from '#metering/actions/find-offer.ts'
import { giveBackRunOut } from '#metering/actions/give-back.ts'
import { priceTokens, type TokenBuyer } from '#metering/actions/price-tokens.ts'
import { submitUsage } from '#metering/actions/record-within-cap.ts'
import { eventTime, refuseTime } from '#metering/event-time.ts'
import { costOf, type LedgerModel } from '#metering/ledger.ts'
import type { Metering } from '#metering/metering.ts'
import { watchOf } from '#metering/quota-watch.ts'
import { type GivenTokenUse, type TokenCost, tokenUseOf, tokenValue } from '#metering/token-cost.ts'
import {
  appliedCap,
  capacityOf,
  ceilingOf,
  circumstancesOf,
  type Offer,
  overdraftCapOf,
  refuseBeyond,
  refuseDisabled,
  refusePricing,
  refuseShort,
  refuseUnpriced,
  soldElsewhere,
  unknownCustomer,
} from '#metering/usage-decision.ts'
import type { Candidate, Draw, UsageEvent } from '#metering/usage-event.ts'
import { openMissingCounter } from '#metering/usage-events.store.ts'
import { placeEvent } from '#metering/usage-window.ts'
import { type Quantity, units } from '#money/quantity.ts'
import type { Context } from '#organisations/org.ts'
import { Problem } from '#problem.ts'

/** Usage as it is reported. */
export type UsageReport = {
  readonly feature: string
  readonly customerId: string
  readonly idempotencyKey?: string | undefined
  readonly timestamp?: Temporal.Instant | undefined
  readonly properties?: readonly { readonly property: string; readonly value: string }[] | undefined
  /** Millionths of a unit; one unit when absent. */
  readonly value?: Quantity | undefined
  /** The AI model whose tokens were used: their number is the value. */
  readonly model?: string | undefined
} & GivenTokenUse

/** An event in the database; `isReplay` when an earlier request with the same key put it there. */
export type Tracked = { readonly event: UsageEvent; readonly isReplay: boolean }

// What was believed can be overtaken a few times by changes of the subscription, hardly more often.
const mostRounds = 20

/**
 * Records usage durably and at most once per key. Refusals in the order of the specification: 404 customer_not_found, 409
 * duplicate, 404 feature_not_found, 404 no_active_subscription, 403 feature_not_in_plan, 403 feature_disabled, 400
 * pricing_mode_mismatch, 404 model_not_found, 400 missing_regional_price, 402 included_limit_reached, insufficient_credits or
 * insufficient_balance. Throws StaleOrganisation when the caller has to be authenticated anew.
 */
export async function trackUsage(metering: Metering, context: Context, report: UsageReport): Promise<Tracked> {
  const { org } = context
  const timestamp = await timeOf(metering, context, report)
  let belief = await metering.beliefs.of(org.id, org.version, report.customerId)
  for (let round = 0; round < mostRounds; round++) {
    const { access, isFresh } = belief
    if (access.version !== org.version) throw new StaleOrganisation()
    const candidate = await decide(metering, context, report, timestamp, access)
    if (!(candidate instanceof Problem)) {
      const tracked = await record(metering, context, report, candidate)
      if (tracked) return tracked
    } else if (isFresh) {
      return answerRefused(metering, context, report, access, candidate)
    }
    belief = { access: await metering.beliefs.refresh(org.id, report.customerId), isFresh: true }
  }
  throw new Error(`the subscription of ${report.customerId} changes faster than usage can be recorded`)
}

async function timeOf(metering: Metering, context: Context, report: UsageReport): Promise<Temporal.Instant> {
  const { org, now } = context
  const clocks = { now, machineNow: metering.machineNow(), isSimulated: org.simulatedTime !== null }
  const timestamp = eventTime(report.timestamp, clocks)
  const refusal = refuseTime(timestamp, now)
  if (!refusal) return timestamp
  // The clock may have been moved since the caller was recognised.
  const { version } = await metering.beliefs.refresh(org.id, report.customerId)
  throw version === org.version ? refusal : new StaleOrganisation()
}

/** What is to be written if everything is as it is believed to be, or why nothing is. Writes nothing and takes no lock. */
export async function decide(
  metering: Metering,
  context: Context,
  report: UsageReport,
  timestamp: Temporal.Instant,
  access: Access,
): Promise<Candidate | Problem> {
  const { customer } = access
  if (!customer) return unknownCustomer(report.customerId)
  const { feature, customerId } = report
  const offer = await findOffer(metering, context, access, {
    feature,
    customerId,
    place: (running) => placeEvent(running, timestamp, context.now),
  })
  if (offer instanceof Problem) return offer
  const { running, window, terms, isLate } = offer
  const refusal =
    refuseDisabled(terms) ?? refusePricing(terms, report.model !== undefined) ?? refuseUnpriced(terms, running)
  if (refusal) return refusal
  const tokens = await tokensOf(metering, context, report, { ...offer, version: access.version }, timestamp)
  if (tokens instanceof Problem) return tokens
  const capacity = capacityOf(offer)
  const event = eventOf(report, context, timestamp, shownCustomerId(customer))
  return {
    event,
    customerId: customer.id,
    subscriptionId: running.subscriptionId,
    featureId: terms.featureId,
    windowNumber: window.number,
    isLate,
    ceiling: ceilingOf(capacity),
    spendCap: appliedCap(offer, capacity),
    unpricedIn: soldElsewhere(terms, circumstancesOf(offer), running.currency),
    draw: capacity.kind === 'ledger' ? drawOf(capacity.model, offer, event.value, tokens) : null,
    quota: watchOf(capacity, window),
    tokens,
    version: access.version,
    epoch: running.epoch,
    isTold: await metering.terms.isUsageTold(context.org.id, access.version),
    request: context.idempotency,
  }
}

async function tokensOf(
  metering: Metering,
  context: Context,
  report: UsageReport,
  buyer: TokenBuyer,
  at: Temporal.Instant,
): Promise<TokenCost | Problem | null> {
  const { model } = report
  return model === undefined ? null : priceTokens(metering, context, buyer, { model, ...tokenUseOf(report) }, at)
}

function drawOf(model: LedgerModel, { running, terms }: Offer, value: Quantity, tokens: TokenCost | null): Draw {
  const cost = tokens?.charged ?? costOf(model, terms, value)
  return { model, cost, currency: running.currency, overdraftCap: overdraftCapOf(running) }
}

function eventOf(report: UsageReport, { now }: Context, timestamp: Temporal.Instant, customerId: string): UsageEvent {
  return {
    id: newId('evt'),
    customerId,
    feature: report.feature,
    value: reportedQuantity(report),
    idempotencyKey: report.idempotencyKey ?? null,
    timestamp,
    properties: (report.properties ?? []).map((given) => ({ id: newId('evp'), ...given })),
    createdAt: now,
  }
}

function reportedQuantity(report: UsageReport): Quantity {
  return report.model === undefined ? (report.value ?? units(1)) : tokenValue(tokenUseOf(report))
}

/** Writes the candidate; undefined when what it was decided with was not true (any more). */
async function record(
  metering: Metering,
  context: Context,
  report: UsageReport,
  candidate: Candidate,
): Promise<Tracked | undefined> {
  const outcome = await submitUsage(metering, context.org.id, candidate)
  switch (outcome.kind) {
    case 'recorded':
      return { event: candidate.event, isReplay: false }
    case 'refused':
      if (await hasRunOutHolds(metering, context, candidate)) return undefined
      throw refuseBeyond(report.feature, candidate, outcome, candidate.event.value)
    case 'short':
      if (await hasRunOutHolds(metering, context, candidate)) return undefined
      throw refuseShort(report.feature, candidate, outcome.left)
    case 'replay':
    case 'mismatch':
    case 'duplicate':
      return answerRepeated(metering, context, report, candidate.event.customerId, outcome)
    case 'missing':
      await openMissingCounter(metering.db, context.org.id, candidate)
      return undefined
    case 'stale':
      return undefined
    default:
      return outcome satisfies never
  }
}

// Capacity that was held by reservations whose time is over is there again: nobody is refused for want of it.
async function hasRunOutHolds(
  { db }: Metering,
  { org, now }: Context,
  { subscriptionId }: Candidate,
): Promise<boolean> {
  return (await giveBackRunOut(db, org.id, subscriptionId, now)) > 0
}
