import type { Card, ProviderName } from '#payments/provider.ts'
import { isStoredAtDlocal } from '#payments/providers/dlocal/dlocal-payment.ts'

/** A stored card. It belongs to the connection that vaulted it, whatever new customers are routed to. */
export type PaymentMethod = Card & {
  readonly id: string
  readonly customerId: string
  readonly provider: ProviderName
  /** The connection that vaulted it, which alone can charge it; null for the built-in processor. */
  readonly connectionId: string | null
  readonly providerToken: string
  readonly isDefault: boolean
  readonly createdAt: Temporal.Instant
}

/** Whether a card can be charged without its customer: dLocal may have taken one on its page and not stored it. */
export function isStored({ provider, providerToken }: Pick<PaymentMethod, 'provider' | 'providerToken'>): boolean {
  return provider !== 'dlocal' || isStoredAtDlocal(providerToken)
}

/** Cards are good to the last day of their month. */
export function isExpired(
  { expYear, expMonth }: Pick<Card, 'expYear' | 'expMonth'>,
  today: Temporal.PlainDate,
): boolean {
  return monthsLeft({ expYear, expMonth }, today) < 0
}

/** Whole months until the one in which a card ends; below 0 once it is over. */
export function monthsLeft(
  { expYear, expMonth }: Pick<Card, 'expYear' | 'expMonth'>,
  today: Temporal.PlainDate,
): number {
  return (expYear - today.year) * 12 + expMonth - today.month
}
