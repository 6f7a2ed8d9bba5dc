import type * as z from 'zod'
import type { ShownReservation } from '#metering/actions/show-reservation.ts'
import type { UsageReservation } from '#metering/reservations.contract.ts'
import type { Org } from '#organisations/org.ts'

export function toApiReservation(
  { reservation, customerId }: ShownReservation,
  org: Org,
): z.output<typeof UsageReservation> {
  const { model, heldFunds, tokens, ownKey } = reservation
  return {
    id: reservation.id,
    object: 'usage_reservation',
    livemode: org.livemode,
    customerId,
    featureCode: reservation.featureCode,
    status: reservation.status,
    quantity: reservation.quantity,
    ...(model === 'credits' ? { estimatedCredits: heldFunds } : {}),
    ...(model === 'balance' ? { estimatedAmount: heldFunds } : {}),
    ...tokens,
    ...(ownKey === null ? {} : { idempotencyKey: ownKey }),
    expiresAt: reservation.expiresAt,
    committedValue: reservation.committed,
    usageEventId: reservation.usageEventId,
    settledAt: reservation.settledAt,
    createdAt: reservation.createdAt,
  }
}
