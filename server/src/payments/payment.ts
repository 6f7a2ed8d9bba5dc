import { type Attempt, isInFlight } from '#payments/attempt.ts'
import type { ProviderName } from '#payments/provider.ts'
import type { TaxDecision } from '#tax/treatment.ts'

export const paymentKinds = ['link', 'charge'] as const
export type PaymentKind = (typeof paymentKinds)[number]

/** What is kept of a payment's state; what is under way its newest attempt knows. */
export const keptStatuses = ['pending', 'succeeded', 'failed', 'canceled'] as const
export type KeptStatus = (typeof keptStatuses)[number]

export const paymentStatuses = ['pending', 'processing', 'succeeded', 'requires_action', 'failed', 'canceled'] as const
export type PaymentStatus = (typeof paymentStatuses)[number]

/** A payment outside of any subscription's calendar. Amounts are minor units of `currency`, tax is added on top. */
export type Payment = {
  readonly orgId: string
  readonly id: string
  readonly kind: PaymentKind
  readonly status: KeptStatus
  readonly customerId: string | null
  readonly subscriptionId: string | null
  readonly provider: ProviderName
  readonly connectionId: string | null
  readonly amountSubtotal: bigint
  readonly taxAmount: bigint
  /** What was decided when it was asked for, and for a link again with the address that is typed when it is paid. */
  readonly tax: TaxDecision
  readonly currency: string
  readonly description: string
  readonly metadata: Readonly<Record<string, unknown>> | null
  readonly successUrl: string | null
  readonly expiresAt: Temporal.Instant | null
  readonly invoiceId: string | null
  readonly paidAt: Temporal.Instant | null
  readonly createdAt: Temporal.Instant
  readonly updatedAt: Temporal.Instant
}

/** What a customer pays. */
export function totalOf({ amountSubtotal, taxAmount }: Pick<Payment, 'amountSubtotal' | 'taxAmount'>): bigint {
  return amountSubtotal + taxAmount
}

/** How a payment stands to whoever asks. */
export function statusOf(
  { status }: Pick<Payment, 'status'>,
  newest: Pick<Attempt, 'state'> | undefined,
): PaymentStatus {
  if (status === 'succeeded' || status === 'canceled' || !newest || !isInFlight(newest.state)) return status
  return newest.state === 'started' ? 'processing' : 'requires_action'
}

/** Whether a link takes no payment any more because its time is over; its status stays `pending`. */
export function hasExpired({ expiresAt }: Pick<Payment, 'expiresAt'>, now: Temporal.Instant): boolean {
  return expiresAt !== null && Temporal.Instant.compare(now, expiresAt) >= 0
}

/** What every event of a payment link tells; `customerId` is the customer's public name. */
export function toLinkEvent(payment: Payment, customerId: string | null) {
  const { id, status, currency, description } = payment
  return { paymentId: id, status, amount: Number(totalOf(payment)), currency, description, customerId }
}
