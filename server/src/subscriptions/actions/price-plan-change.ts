import { peekWindow } from '#billing/actions/close-window.ts'
import { changeHeldLines } from '#billing/actions/held-lines.ts'
import type { Catalogue } from '#billing/catalogue.ts'
import type { ChargedBase } from '#billing/charges/unused-time.ts'
import { billPlanChange, type PlanChangeBill, type PlanChangeFacts } from '#billing/plan-change-bill.ts'
import type { Tx } from '#database/transaction.ts'
import { waitingLines } from '#invoicing/carried-lines.store.ts'
import type { DraftLine } from '#invoicing/invoice-draft.ts'
import { findBaseLines } from '#invoicing/invoice-lines.store.ts'
import { listedOf } from '#invoicing/line-basis.ts'
import { currency } from '#money/currency.ts'
import type { Context } from '#organisations/org.ts'
import type { DecidedChange } from '#subscriptions/actions/decide-plan-change.ts'
import { firstWindow } from '#subscriptions/schedule.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'

/** A change with what it costs, and the facts it is priced from. */
export type PricedChange = { readonly facts: PlanChangeFacts; readonly bill: PlanChangeBill }

/** Prices a change to a paid plan that takes effect now. Reads only: a preview asks here, and so does the change itself. */
export async function pricePlanChange(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  { from, to, target, price }: DecidedChange,
  catalogue: Catalogue,
): Promise<PricedChange> {
  const { org, today } = context
  const next = firstWindow(
    { on: today, billingInterval: target.billingInterval, isFree: false, trialDays: 0 },
    subscription.windowNumber + 1,
  )
  const waiting = (await waitingLines(tx, org.id, [subscription.id])).get(subscription.id) ?? []
  const closed = await peekWindow(tx, context, subscription, catalogue)
  const onTarget = { ...subscription, planId: to.id, billingInterval: target.billingInterval }
  const facts: PlanChangeFacts = {
    currency: currency(subscription.currency),
    today,
    closed,
    charged: await chargedBase(tx, org.id, subscription, waiting, from.name),
    next,
    base: {
      planName: to.name,
      price: target.basePrice,
      listed: price && listedOf(price),
    },
    ...(await changeHeldLines(tx, context, { subscription, target: onTarget }, closed, next)),
    waiting,
  }
  return { facts, bill: billPlanChange(facts) }
}

// On an invoice, or still waiting for one: however it was settled, it was charged.
async function chargedBase(
  tx: Tx,
  orgId: string,
  { id, status, priceId, periodStart, periodEnd }: SubscriptionRecord,
  waiting: readonly DraftLine[],
  planName: string,
): Promise<ChargedBase | null> {
  if (status !== 'active' || priceId === null || periodStart === null) return null
  const kept = [...(await findBaseLines(tx, orgId, id, periodStart)), ...waiting.filter(isBaseOf(periodStart))]
  const bases = kept.filter(({ lineType }) => lineType === 'plan_base')
  // Changed twice on one day, the last base is the one of this period.
  const windowNumber = bases.reduce((last, line) => Math.max(last, line.windowNumber ?? 0), 0)
  const amount = kept.reduce((sum, line) => (line.windowNumber === windowNumber ? sum + line.amount : sum), 0n)
  if (windowNumber === 0 || amount <= 0n) return null
  return { planName, amount, windowNumber, period: periodEnd && { start: periodStart, end: periodEnd } }
}

const baseTypes: ReadonlySet<DraftLine['lineType']> = new Set(['plan_base', 'discount', 'promo_code_discount'] as const)

function isBaseOf(periodStart: Temporal.PlainDate): (line: DraftLine) => boolean {
  return ({ lineType, startsOn }) => baseTypes.has(lineType) && startsOn?.equals(periodStart) === true
}
