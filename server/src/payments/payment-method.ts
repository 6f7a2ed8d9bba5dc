import type { Card, ProviderName } from '#payments/provider.ts'

/** A stored card. It belongs to the provider that vaulted it, whatever new customers are routed to. */
export type PaymentMethod = Card & {
  readonly id: string
  readonly customerId: string
  readonly provider: ProviderName
  readonly providerToken: string
  readonly isDefault: boolean
  readonly createdAt: Temporal.Instant
}
