import type * as z from 'zod'
import type { HeldChanged } from '#metering/actions/change-held.ts'
import type { HeldState } from '#metering/actions/read-held.ts'
import type { UsageQuota, UsageQuotaEvent } from '#metering/quota.contract.ts'
import type { BulkSeatUpdate, SeatBalance, SeatBalanceListItem, SeatEvent } from '#metering/seats.contract.ts'
import { type Quantity, quantityScale } from '#money/quantity.ts'
import type { Context } from '#organisations/org.ts'

type Shown = { readonly livemode: boolean }

export function toApiSeatEvent(changed: HeldChanged, { livemode }: Shown): z.output<typeof SeatEvent> {
  return { ...aboutOf(changed), customerId: changed.customerId, object: 'seat', livemode }
}

export function toApiBulkSeatUpdate(changed: HeldChanged, { livemode }: Shown): z.output<typeof BulkSeatUpdate> {
  return { ...aboutOf(changed), object: 'seat', livemode }
}

export function toApiQuotaEvent(changed: HeldChanged, { livemode }: Shown): z.output<typeof UsageQuotaEvent> {
  return { ...aboutOf(changed), customerId: changed.customerId, object: 'usage_quota', livemode }
}

function aboutOf({ event, featureCode }: HeldChanged) {
  const { id, previous, current, createdAt } = event
  return { id, featureCode, previousBalance: previous, newBalance: current, ts: createdAt, createdAt }
}

/** Seats that never changed are held as of now. */
export function toApiSeatBalance({ access, changedAt }: HeldState, context: Context): z.output<typeof SeatBalance> {
  return {
    current: wholeUnits(access.current),
    asOf: changedAt ?? context.now,
    object: 'seat',
    livemode: context.org.livemode,
  }
}

export function toApiSeatBalances(
  states: readonly HeldState[],
  { org, now }: Context,
): z.output<typeof SeatBalanceListItem> {
  const entries = states.map(({ code, access, changedAt }) => [
    code,
    {
      current: wholeUnits(access.current),
      included: wholeUnits(access.included),
      remaining: access.remaining === undefined ? null : wholeUnits(access.remaining),
      overage: wholeUnits(access.overageQuantity),
      unlimited: access.unlimited,
      asOf: changedAt ?? now,
    },
  ])
  return { ...Object.fromEntries(entries), object: 'seat', livemode: org.livemode }
}

export function toApiQuota({ code, access, changedAt }: HeldState, { org }: Context): z.output<typeof UsageQuota> {
  return {
    featureCode: code,
    current: wholeUnits(access.current),
    included: wholeUnits(access.included),
    remaining: access.remaining === undefined ? null : wholeUnits(access.remaining),
    billedQuantity: wholeUnits(access.billedQuantity ?? access.current),
    unlimited: access.unlimited,
    overageEnabled: access.overageEnabled,
    asOf: changedAt,
    object: 'usage_quota',
    livemode: org.livemode,
  }
}

// A fraction of a seat holds nobody.
function wholeUnits(quantity: Quantity): bigint {
  return quantity / quantityScale
}
