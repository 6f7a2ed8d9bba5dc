import type { CustomerRecord } from '#customers/customer.ts'
import type { Db, Tx } from '#database/transaction.ts'
import type { Context, Org } from '#organisations/org.ts'
import type { Attempt, Purpose } from '#payments/attempt.ts'
import type { PaymentRoute } from '#payments/connection.ts'
import type { PaymentProvider, ProviderName } from '#payments/provider.ts'
import type { Refund } from '#payments/refund.ts'
import type { TaxDesk } from '#payments/tax-desk.ts'
import { Problem } from '#problem.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'

/** What follows from a settled attempt, in the transaction that settles it, where the attempt's subscription is locked. */
export type Settlement = {
  succeeded(tx: Tx, context: Context, attempt: Attempt, subscription: SubscriptionRecord | undefined): Promise<void>
  failed(tx: Tx, context: Context, attempt: Attempt, subscription: SubscriptionRecord | undefined): Promise<void>
  /** The same as `succeeded` for several of one moment, each of another subscription; absent where they come one by one. */
  readonly allSucceeded?: SettledTogether
}
/** A settled attempt with its locked subscription. */
export type Settled = { readonly attempt: Attempt; readonly subscription: SubscriptionRecord | undefined }
export type SettledTogether = (tx: Tx, context: Context, settled: readonly Settled[]) => Promise<void>

/** What follows from a refund that went through; customer and subscription are locked, the charge is `refunded`. */
export type RefundSettlement = (tx: Tx, context: Context, refunded: Refunded) => Promise<void>
export type Refunded = {
  readonly refund: Refund
  readonly attempt: Attempt
  readonly customer: CustomerRecord
  readonly subscription: SubscriptionRecord | undefined
}

export type Settlements = Readonly<Record<Purpose, Settlement>>

/** The moments between the stages of an attempt, a refund, a payout or a notification, where tests stop the process. */
export type CrashPoint =
  | 'attempt.recorded'
  | 'attempt.charged'
  | 'attempt.settled'
  | 'refund.recorded'
  | 'refund.made'
  | 'refund.settled'
  | 'withdrawal.recorded'
  | 'payout.recorded'
  | 'payout.sent'
  | 'notification.kept'
  | 'notification.followed'
  | 'plan_change.recorded'

export type PaymentServices = {
  readonly db: Db
  /** Without a connection. */
  readonly providers: Readonly<Record<ProviderName, PaymentProvider | undefined>>
  /** The providers that organisations connected. */
  readonly connections: Connections
  /** Asks their tax services. */
  readonly taxes: TaxDesk
  readonly settlements: Settlements
  readonly settleRefund: RefundSettlement
  /** The context of work that no request asked for; `now` as the organisation's clock has it. */
  readonly contextFor: (org: Org, now: Temporal.Instant) => Context
  readonly machineNow: () => Temporal.Instant
  readonly crashPoint?: (name: CrashPoint) => void | Promise<void>
}

/** Opens an organisation's connections; undefined when there is no such one. */
export type Connections = {
  open(orgId: string, connectionId: string): Promise<PaymentProvider | undefined>
}

type ProviderServices = Pick<PaymentServices, 'providers' | 'connections'>

/** The provider of an attempt or a method, also one that takes no new charges any more. */
export async function providerOf(
  { providers, connections }: ProviderServices,
  orgId: string,
  { provider, connectionId }: PaymentRoute,
): Promise<PaymentProvider | undefined> {
  return connectionId === null ? providers[provider] : connections.open(orgId, connectionId)
}

/** The provider for new attempts of an organisation's mode; Problem `provider_unsupported` when it is not there. */
export async function availableProvider(
  services: ProviderServices,
  org: Org,
  route: PaymentRoute,
): Promise<PaymentProvider> {
  const provider = await providerOf(services, org.id, route)
  if (provider?.modes.includes(org.mode)) return provider
  throw new Problem(
    'provider_unsupported',
    `The payment provider ${route.provider} is not available in ${org.mode} mode.`,
  )
}
