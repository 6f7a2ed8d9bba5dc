import type * as z from 'zod'
import { failureBody } from '#http/envelope.ts'
import type { UsageAnswer } from '#metering/actions/check-usage.ts'
import type { UsageSet } from '#metering/actions/set-usage.ts'
import type { BatchEntry } from '#metering/actions/track-usage-batch.ts'
import type {
  UsageEvent as ApiUsageEvent,
  trackUsageBatchOperation,
  UsageAdjustment,
  UsageCheckResult,
} from '#metering/usage.contract.ts'
import {
  cappedOverdraftSentence,
  capSentence,
  limitSentence,
  type Offer,
  overdraftCapOf,
  shortSentence,
  usedUpSentence,
} from '#metering/usage-decision.ts'
import type { UsageEvent } from '#metering/usage-event.ts'
import type { Links, Org } from '#organisations/org.ts'
import { Problem } from '#problem.ts'

export function toApiUsageEvent(event: UsageEvent, org: Org): z.output<typeof ApiUsageEvent> {
  const { id, createdAt } = event
  return {
    id,
    object: 'usage_event',
    livemode: org.livemode,
    organizationId: org.organisationId,
    customerId: event.customerId,
    feature: event.feature,
    ...(event.idempotencyKey === null ? {} : { idempotencyKey: event.idempotencyKey }),
    ts: event.timestamp,
    ...(event.properties.length === 0
      ? {}
      : { properties: event.properties.map((property) => ({ ...property, usageEventId: id, createdAt })) }),
    createdAt,
    value: event.value,
  }
}

export function toApiUsageAdjustment(
  { adjustment, customerId, feature }: UsageSet,
  { livemode }: Org,
): z.output<typeof UsageAdjustment> {
  const { eventId, value, previousValue, reason, ownKey, createdAt } = adjustment
  return {
    id: eventId,
    feature,
    value,
    previousValue,
    adjustment: value - previousValue,
    customerId,
    idempotencyKey: ownKey,
    reason,
    ts: createdAt,
    createdAt,
    object: 'usage_event',
    livemode,
  }
}

/** What became of each event of a batch; refusals as the same event alone would have been answered. */
export function toApiUsageBatch(
  entries: readonly BatchEntry[],
  links: Pick<Links, 'errorPage'>,
): z.output<typeof trackUsageBatchOperation.data> {
  return entries.map((entry, index) => {
    if (!(entry instanceof Problem)) return { index, status: 'recorded', id: entry.event.id }
    if (entry.code === 'duplicate') return { index, status: 'duplicate' }
    return { index, status: 'rejected', error: failureBody(entry, links.errorPage(entry.code)).error }
  })
}

export function toApiUsageCheck(answer: UsageAnswer): z.output<typeof UsageCheckResult> {
  return 'account' in answer ? toApiLedgerCheck(answer) : toApiCountedCheck(answer)
}

function toApiLedgerCheck({
  isAllowed,
  offer,
  quantity,
  capacity,
  cost,
  account,
}: Extract<UsageAnswer, { account: unknown }>): z.output<typeof UsageCheckResult> {
  const { running, terms } = offer
  const about = { allowed: isAllowed, consumptionModel: capacity.model, feature: terms.code, quantity }
  if (capacity.model === 'credits') {
    const totalCredits = account.planCredits + account.purchasedCredits
    // Only balances pay for AI models, so that credits always know what is asked.
    const credits = cost ?? 0n
    const message = shortSentence('credits', terms.code, credits, totalCredits, running.currency)
    return {
      ...about,
      creditsPerUnit: terms.creditsPerUnit ?? 0n,
      ...(isExact(credits) ? { estimatedCredits: credits } : {}),
      planCredits: account.planCredits,
      purchasedCredits: account.purchasedCredits,
      totalCredits,
      ...(isAllowed ? {} : { reason: 'insufficient_credits', message }),
      featureCode: terms.code,
    }
  }
  return {
    ...about,
    ...(terms.pricingMode === 'fixed' ? { unitPrice: terms.overageUnitPrice } : {}),
    ...(cost !== null && isExact(cost) ? { estimatedAmount: cost } : {}),
    currentBalance: account.balance,
    blockOnExhaustion: !account.mayOverdraw,
    currency: running.currency,
    ...(isAllowed ? {} : balanceRefusal(offer, cost, account.balance)),
    featureCode: terms.code,
  }
}

// A cost that no JSON number holds is left to the message.
const isExact = (cost: bigint): boolean => cost <= BigInt(Number.MAX_SAFE_INTEGER)

function balanceRefusal({ running, terms }: Offer, cost: bigint | null, left: bigint) {
  const { caps, currency } = running
  const isCapped = overdraftCapOf(running) !== null
  if (cost === null) {
    const reason = isCapped ? 'included_limit_reached' : 'insufficient_balance'
    return { reason, message: usedUpSentence(terms.code, left, currency) } as const
  }
  if (!isCapped) {
    const message = shortSentence('balance', terms.code, cost, left, currency)
    return { reason: 'insufficient_balance', message } as const
  }
  const message = cappedOverdraftSentence(terms.code, caps.total ?? 0n, cost, left, currency)
  return { reason: 'included_limit_reached', message } as const
}

function toApiCountedCheck({
  isAllowed,
  offer,
  capacity,
  used,
  quantity,
}: Extract<UsageAnswer, { used: bigint }>): z.output<typeof UsageCheckResult> {
  const { code, includedAmount: included, overageUnitPrice } = offer.terms
  const isBilledBeyond = capacity.kind === 'billed_beyond' || capacity.kind === 'capped'
  const message =
    capacity.kind === 'capped'
      ? capSentence(code, capacity.cap, offer.running.currency, used, quantity)
      : limitSentence(code, included, used, quantity)
  const left = included > used ? included - used : 0n
  return {
    allowed: isAllowed,
    consumptionModel: offer.running.plan.consumptionModel,
    feature: code,
    quantity,
    current: used,
    ...(capacity.kind === 'unlimited' ? {} : { remaining: left }),
    unlimited: capacity.kind === 'unlimited',
    included,
    overageEnabled: isBilledBeyond,
    overageUnitPrice: isBilledBeyond ? overageUnitPrice : null,
    ...(isAllowed ? {} : { reason: 'included_limit_reached', message }),
    featureCode: code,
  }
}
