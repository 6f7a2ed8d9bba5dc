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
