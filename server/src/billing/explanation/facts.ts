import type { DatedTerms } from '#catalogue/terms-history.ts'
import type { ExchangeRate } from '#money/exchange.ts'
import type { Quantity } from '#money/quantity.ts'
import type { Rate } from '#money/rate.ts'
import type { WindowPlan } from '#subscriptions/schedule.ts'
import type { Period } from '#time/period.ts'

/**
 * What a line is computed from, as it was read from the rows that are kept: never from the line. Null where such a row is not
 * there (any more). Amounts are minor units; rates, quantities and counts as everywhere.
 */
export type LineFacts =
  | PriceFacts
  | DiscountFacts
  | OverageFacts
  | AdvanceFacts
  | TrueUpFacts
  | OverdraftFacts
  | PurchaseFacts
  | CreditFacts
  | AddonFacts
  | UnusedFacts
  | { readonly kind: 'written' }

/** The amount of a price as it was listed: minor units of USD, and how it became an amount in another currency. */
export type PriceFacts = {
  readonly kind: 'price'
  /** A window of a free plan: without a price, it costs nothing. */
  readonly isFree: boolean
  readonly listed: {
    readonly priceId: string
    readonly revision: number
    readonly price: bigint
    readonly since: Temporal.Instant
    /** Null in canonical dollars; `kept` null where its row is not there. */
    readonly regional: { readonly kept: { readonly rate: ExchangeRate } | { readonly price: bigint } | null } | null
  } | null
}

/** The base price of an add-on as it was listed, minor units of USD, and how much of the period it is for. */
export type AddonFacts = {
  readonly kind: 'addon'
  readonly listed: {
    readonly addonId: string
    readonly price: bigint
    readonly since: Temporal.Instant
    /** The rate that made its dollars the invoice's currency; null where none did, `kept` null when it is not kept. */
    readonly rate: { readonly kept: ExchangeRate | null } | null
  } | null
  /** The billing period, and the day from which on it is charged; null when its window is not kept. */
  readonly span: {
    readonly from: Temporal.PlainDate
    readonly start: Temporal.PlainDate
    readonly end: Temporal.PlainDate
  } | null
}

export type DiscountFacts = {
  readonly kind: 'discount'
  /** The base it applies to, computed anew. */
  readonly base: bigint | null
  readonly type: 'percentage' | 'amount' | null
  /** Basis points, or minor units. */
  readonly value: bigint | null
  /** Who says so: the subscription while it carries the discount, else the line. */
  readonly source: 'subscription' | 'invoice_line'
  /** Which billing period of the discount this is. */
  readonly cycle: { readonly number: number; readonly of: number | null } | null
}

export type OverageFacts = {
  readonly kind: 'overage'
  /** What had been used when a change of plan was decided that did not take effect: usage went on. */
  readonly atDecision?: Quantity
  readonly terms: DatedTerms | null
  readonly counter: { readonly total: Quantity; readonly events: bigint } | null
  readonly events: {
    readonly total: Quantity
    readonly count: bigint
    readonly late: bigint
    readonly firstAt: Temporal.Instant | null
    readonly lastAt: Temporal.Instant | null
  }
}

export type AdvanceFacts = {
  readonly kind: 'advance'
  readonly terms: DatedTerms | null
  /** The change that made the count what it was when the period began. */
  readonly held: {
    readonly number: number
    readonly count: bigint
    readonly countsOn: Temporal.PlainDate
  } | null
  /** Consumption windows in the period. */
  readonly windows: number | null
}

export type TrueUpFacts = {
  readonly kind: 'true_up'
  readonly step: {
    readonly number: number
    readonly windowNumber: number
    readonly countsOn: Temporal.PlainDate
    readonly markBefore: bigint
    readonly markAfter: bigint
  } | null
  /** The terms in each window of the period, in their order. */
  readonly byWindow: readonly { readonly windowNumber: number; readonly dated: DatedTerms }[]
  /** The billing period, and the day it ended: early where the subscription did. */
  readonly period: (Period & { readonly endedOn: Temporal.PlainDate }) | null
  readonly windows: number | null
}

export type OverdraftFacts = {
  readonly kind: 'overdraft'
  /** The balance from its last refill on, rate scale. */
  readonly run: {
    readonly before: Rate
    readonly movements: readonly { readonly kind: string; readonly count: bigint; readonly sum: Rate }[]
    readonly firstEntry: bigint
    readonly billedBy: bigint
  } | null
  /** What it was short of when a change of plan was decided that did not take effect, rate scale. */
  readonly atDecision?: Rate
  readonly draws: readonly NamedDraw[]
}

/** What a feature, and where it has them one AI model, took from the balance. Costs are rate scale. */
export type NamedDraw = {
  readonly featureName: string
  readonly provider: string | null
  readonly model: string | null
  readonly events: bigint
  readonly quantity: Quantity
  readonly cost: Rate
  readonly tokens: NamedTokens | null
}

export type NamedTokens = Readonly<
  Record<'input' | 'output' | 'cacheRead' | 'cacheWrite', { readonly tokens: bigint; readonly cost: Rate }>
> & { readonly margin: Rate }

export type PurchaseFacts = {
  readonly kind: 'purchase'
  readonly purchase:
    | {
        readonly kind: 'credits'
        readonly name: string
        readonly credits: bigint
        readonly price: bigint | null
        readonly rate: ExchangeRate | null
      }
    | { readonly kind: 'balance'; readonly added: Rate }
    | null
}

/** Customer credit that the invoice used, first-in first: amounts in minor units, and the invoices that granted it. */
export type CreditFacts = {
  readonly kind: 'credit'
  readonly uses: readonly {
    readonly amount: bigint
    readonly grantedAt: Temporal.Instant
    readonly grantedBy: string
  }[]
}

/**
 * The base of the period that a plan change ended, with its discount, as they stand on their invoices; the days it was counted
 * from; and what else is charged beside the credit. Minor units.
 */
export type UnusedFacts = {
  readonly kind: 'unused'
  readonly base: readonly { readonly invoiceNumber: string; readonly amount: bigint }[]
  readonly days: { readonly left: number; readonly of: number }
  readonly charged: bigint
}

/** What waited for this invoice because it was too little to be charged by itself. */
export type Carried = {
  readonly since: Temporal.Instant
  /** Everything that was put off at that moment, and what would have been enough. Minor units. */
  readonly together: bigint
  readonly minimum: bigint
}

/** A line's window as it is kept. */
export type LineWindow = Pick<WindowPlan, 'number' | 'startsOn' | 'endsOn'> & {
  readonly kind: WindowPlan['kind'] | null
}
