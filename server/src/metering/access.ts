import type { ConsumptionModel } from '#catalogue/plan.ts'
import type { Account } from '#metering/ledger.ts'
import type { Quantity } from '#money/quantity.ts'
import type { WindowPlan } from '#subscriptions/schedule.ts'
import type { SubscriptionStatus } from '#subscriptions/subscription.ts'
import type { BillingInterval } from '#time/interval.ts'

/** Everything the database says about one customer that matters to metering, as of one moment. */
export type Access = {
  /** The side's version at that moment: what catalogue the rest is to be read with. */
  readonly version: bigint
  readonly customer: MeteredCustomer | null
  /** The subscription with access (trialing, active or past due), if there is one. */
  readonly subscription: Running | null
}

export type MeteredCustomer = { readonly id: string; readonly externalId: string | null }

/** A subscription with access and the window it is in, as far as the billing engine has come. */
export type Running = {
  readonly subscriptionId: string
  readonly status: SubscriptionStatus
  /** Moves with every change of the subscription. */
  readonly epoch: bigint
  readonly plan: { readonly id: string; readonly consumptionModel: ConsumptionModel }
  readonly currency: string
  /** What it holds of credits and balance; null when it never had a plan that draws on them. */
  readonly account: Account | null
  readonly window: WindowPlan
  /** The window's bounds in milliseconds since 1970, so that the hot path compares numbers. */
  readonly startsAtMs: number
  readonly endsAtMs: number
  /** The catalogue revision in force when the window began. */
  readonly termsRevision: bigint
  readonly anchor: Temporal.PlainDate
  readonly billingInterval: BillingInterval | null
  readonly trialEndsOn: Temporal.PlainDate | null
  readonly cancelEffectiveOn: Temporal.PlainDate | null
  /** Usage totals of the open counters. */
  readonly counted: readonly Counted[]
}

export type Counted = { readonly featureId: string; readonly windowNumber: number; readonly total: Quantity }

/** The usage of a feature in a window. A counter that nobody has opened yet holds nothing. */
export function usedIn(running: Running, featureId: string, windowNumber: number): Quantity {
  const counter = running.counted.find((one) => one.featureId === featureId && one.windowNumber === windowNumber)
  return counter?.total ?? 0n
}

/** The id a customer is named by in answers: their own where they have one. */
export function shownCustomerId(customer: MeteredCustomer): string {
  return customer.externalId ?? customer.id
}
