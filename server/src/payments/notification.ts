import type { ProviderName } from '#payments/provider.ts'

/** What a notification is about: whom to ask the provider about. Nothing else of it is believed. */
export type Told = {
  readonly attemptId?: string | undefined
  readonly disputeId?: string | undefined
  readonly payoutId?: string | undefined
  readonly refundId?: string | undefined
  /** A refund of the attempt changed. */
  readonly isOfRefund?: boolean
  /** A stored card has other details, by the provider's name of it. */
  readonly cardReference?: string | undefined
  /** Money became available for payouts. */
  readonly isOfBalance?: boolean
}

/** What a provider told by itself of a connection. `id` is the same when it comes again. */
export type Notification = {
  readonly orgId: string
  readonly connectionId: string
  readonly provider: ProviderName
  readonly id: string
  readonly type: string
  readonly told: Told
}
