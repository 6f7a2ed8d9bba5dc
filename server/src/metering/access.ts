import type { AddonInUse } from '#catalogue/addon.ts'
import type { ConsumptionModel } from '#catalogue/plan.ts'
import { type Held, heldPeriod, markIn } from '#metering/held.ts'
import type { Account } from '#metering/ledger.ts'
import type { SpendCaps } from '#metering/spend-cap.ts'
import { type Quantity, units } from '#money/quantity.ts'
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
  /** Its active add-ons, in the order of their activation. */
  readonly addons: readonly AddonInUse[]
  readonly currency: string
  /** It pays the plan's dollars for the United States (`regionOf`). */
  readonly hasUsPricing: boolean
  /** What it has of credits and balance beyond what is reserved; null when it never had a plan that draws on them. */
  readonly account: Account | null
  /** What it may be billed beyond in a window at most. */
  readonly caps: SpendCaps
  /** Whether reservations hold any of what it has: some of them may have run out. */
  readonly isHolding: boolean
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
  /** Seats and quota; those that never changed are absent. */
  readonly held: readonly Holding[]
}

/** `reserved` is held for usage under way. */
export type Counted = {
  readonly featureId: string
  readonly windowNumber: number
  readonly total: Quantity
  readonly reserved: Quantity
}

/** The usage of a feature in a window, what is reserved included. A counter that nobody has opened yet holds nothing. */
export function usedIn(running: Running, featureId: string, windowNumber: number): Quantity {
  const counter = running.counted.find((one) => one.featureId === featureId && one.windowNumber === windowNumber)
  return counter ? counter.total + counter.reserved : 0n
}

export type Holding = Held & { readonly featureId: string }

/** What is held of a feature in a window, and the high-water mark of that window's billing period; in millionths. */
export function heldIn(running: Running, featureId: string, window: WindowPlan): { current: Quantity; mark: Quantity } {
  const held = running.held.find((one) => one.featureId === featureId)
  if (!held) return { current: 0n, mark: 0n }
  return { current: units(held.current), mark: units(markIn(held, heldPeriod(window).start)) }
}

/** The id a customer is named by in answers: their own where they have one. */
export function shownCustomerId(customer: MeteredCustomer): string {
  return customer.externalId ?? customer.id
}
