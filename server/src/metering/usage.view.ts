import type * as z from 'zod'
import type { UsageAnswer } from '#metering/actions/check-usage.ts'
import type { UsageEvent as ApiUsageEvent, UsageCheckResult } from '#metering/usage.contract.ts'
import { limitSentence } from '#metering/usage-decision.ts'
import type { UsageEvent } from '#metering/usage-event.ts'
import type { Org } from '#organisations/org.ts'

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

export function toApiUsageCheck({
  isAllowed,
  offer,
  capacity,
  used,
  quantity,
}: UsageAnswer): z.output<typeof UsageCheckResult> {
  const { code, includedAmount: included, overageUnitPrice } = offer.terms
  const isBilledBeyond = capacity.kind === 'billed_beyond'
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
    ...(isAllowed ? {} : { reason: 'included_limit_reached', message: limitSentence(code, included, used, quantity) }),
    featureCode: code,
  }
}
