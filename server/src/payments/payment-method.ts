import type { Card, ProviderName } from '#payments/provider.ts'

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
