import { type Discount, discountOn, isRunning } from '#billing/charges/discount.ts'
import { meteredOverage } from '#billing/charges/metered-overage.ts'
import { planBase } from '#billing/charges/plan-base.ts'
import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import type { DraftLine, InvoiceCause, InvoiceType } from '#invoicing/invoice-draft.ts'
import { type Currency, minimumCharge } from '#money/currency.ts'
import type { Quantity } from '#money/quantity.ts'
import type { WindowPlan } from '#subscriptions/schedule.ts'

/** Everything a window's end is priced from. Amounts are minor units of `currency`. */
export type WindowFacts = {
  readonly window: WindowPlan
  /** The terms that held in the window, folded (catalogue.md). */
  readonly terms: readonly FeatureTerms[]
  /** What was used in it, by feature id. */
  readonly used: ReadonlyMap<string, Quantity>
  readonly currency: Currency
  /** The window that follows; null when the subscription ends here. */
  readonly next: WindowPlan | null
  /** The base of the period that begins with `next`; null when none begins. */
  readonly base: { readonly planName: string; readonly price: bigint; readonly discount: Discount | null } | null
  /** True-ups and advances of seats and quota, which are priced from what was held. */
  readonly held?: readonly DraftLine[]
  /** Lines that were too small to charge before. */
  readonly waiting: readonly DraftLine[]
}

/**
 * What to do with the lines of a window's end: issue an invoice, let them wait for the next one because they are below the
 * currency's minimum charge, forgive them because there is no next one, or nothing.
 */
export type WindowBill =
  | {
      readonly kind: 'invoice'
      readonly type: InvoiceType
      readonly cause: InvoiceCause
      readonly lines: readonly DraftLine[]
      readonly periodStart: Temporal.PlainDate
      readonly periodEnd: Temporal.PlainDate
      readonly discountUsed: boolean
    }
  | { readonly kind: 'wait'; readonly lines: readonly DraftLine[]; readonly discountUsed: boolean }
  | { readonly kind: 'forgive' }
  | { readonly kind: 'nothing' }

/** Prices the end of a window (billing.md, Renewal of a subscription). */
export function billWindow(facts: WindowFacts): WindowBill {
  const overage = [...overageLines(facts), ...(facts.held ?? [])]
  const base = facts.base && facts.next ? baseLines(facts.base, facts.next) : []
  const fresh = [...base, ...overage]
  const lines = [...base, ...facts.waiting, ...overage]
  const discountUsed = base.length > 1
  if (lines.length === 0) return { kind: 'nothing' }
  const total = lines.reduce((sum, { amount }) => sum + amount, 0n)
  if (base.length === 0 && total === 0n) return { kind: 'nothing' }
  if (total > 0n && total < minimumCharge(facts.currency)) {
    return facts.next ? { kind: 'wait', lines: fresh, discountUsed } : { kind: 'forgive' }
  }
  return { kind: 'invoice', ...headOf(facts, base.length > 0), lines, discountUsed }
}

/** The lines of a first or new period: the base and, while it runs, the discount on it. */
export function baseLines(
  base: { planName: string; price: bigint; discount: Discount | null },
  window: WindowPlan,
): DraftLine[] {
  const baseLine = planBase({ name: base.planName, price: base.price }, window)
  return base.discount && isRunning(base.discount) ? [baseLine, discountOn(baseLine, base.discount)] : [baseLine]
}

function overageLines({ window, terms, used, currency }: WindowFacts): DraftLine[] {
  // Overage is off in trials and on free plans (metering.md, Capacity).
  if (window.kind !== 'paid') return []
  return terms.flatMap((feature) => meteredOverage(feature, used.get(feature.featureId) ?? 0n, window, currency) ?? [])
}

// Recurring invoices show the period they open, overage invoices the window that ended.
function headOf({ window, next }: WindowFacts, isRecurring: boolean) {
  if (isRecurring && next) {
    const cause: InvoiceCause = window.kind === 'trial' ? 'trial_end' : 'window_end'
    return {
      type: 'recurring' as const,
      cause,
      periodStart: next.periodStart,
      periodEnd: next.periodEnd ?? next.endsOn,
    }
  }
  const cause: InvoiceCause = next ? 'window_end' : 'cancellation'
  return { type: 'overage' as const, cause, periodStart: window.startsOn, periodEnd: window.endsOn }
}
