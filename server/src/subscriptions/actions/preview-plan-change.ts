import assert from 'node:assert/strict'
import { runDue } from '#billing/actions/run-due.ts'
import type { BillingServices } from '#billing/actions/take-steps.ts'
import { Catalogue } from '#billing/catalogue.ts'
import { currencyOf } from '#catalogue/region.ts'
import { findCustomersById } from '#customers/customers.store.ts'
import { type Db, inTransaction, type Tx } from '#database/transaction.ts'
import type { DraftLine } from '#invoicing/invoice-draft.ts'
import type { Context } from '#organisations/org.ts'
import { Problem } from '#problem.ts'
import { refuseWhileBusy } from '#subscriptions/actions/begin-plan-change.ts'
import { type DecidedChange, decidePlanChange, type WantedChange } from '#subscriptions/actions/decide-plan-change.ts'
import { offerOfChange } from '#subscriptions/actions/offer-of-change.ts'
import { firstLines } from '#subscriptions/actions/offer-plan-change.ts'
import { totalOfChange } from '#subscriptions/actions/plan-change-total.ts'
import { pricePlanChange } from '#subscriptions/actions/price-plan-change.ts'
import { findSubscription, type SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'
import { daysRemaining, periodDays } from '#time/period.ts'

/** What a change would cost now. Minor units of `currency`. */
export type ChangePreview = {
  readonly currency: string
  readonly credit: bigint
  readonly basePrice: bigint
  readonly total: bigint
  readonly daysRemaining: number
  readonly totalDays: number
  readonly isUpgrade: boolean
  /** Lines of the change that are too little to be charged now: they wait for the next invoice. */
  readonly putOff: readonly DraftLine[]
}

/**
 * The figures of a change that would take effect now, by the same functions and refusals as the change itself. Writes nothing. 409
 * charge_in_progress while anything is due; 400 plan_change_scheduled where it would wait for the end of the period.
 */
export function previewPlanChange(db: Db, context: Context, wanted: ChangeToPreview): Promise<ChangePreview> {
  // Everything is read as it stands at one moment, and nothing can be written.
  return inTransaction(db, (tx) => preview(tx, context, wanted), { isolation: 'repeatable read', readOnly: true })
}

/**
 * The same as the change itself would find it: what is due of the subscription is run first, as the change does. Nothing of the
 * change is written.
 */
export async function previewDueChange(
  services: BillingServices,
  context: Context,
  wanted: ChangeToPreview,
): Promise<ChangePreview> {
  await runDue(services, context.org, wanted.id, context.now)
  return previewPlanChange(services.db, context, wanted)
}

type ChangeToPreview = { readonly id: string; readonly wanted: WantedChange }

async function preview(tx: Tx, context: Context, { id, wanted }: ChangeToPreview): Promise<ChangePreview> {
  const { org, today } = context
  const subscription = await findSubscription(tx, org.id, id)
  if (!subscription) throw new Problem('subscription_not_found', `There is no subscription ${id}.`)
  const customer = (await findCustomersById(tx, org.id, [subscription.customerId])).get(subscription.customerId)
  assert(customer, `subscription ${id} has its customer`)
  await refuseWhileBusy(tx, context, subscription)
  const decided = await decidePlanChange(tx, context, subscription, customer, wanted)
  const { timing } = decided
  if (timing.kind === 'period_end') {
    const message = `This change takes effect at the end of the period, on ${String(subscription.periodEnd)}: nothing is charged now.`
    throw new Problem('plan_change_scheduled', message)
  }
  return {
    currency: currencyOf(decided.region),
    basePrice: decided.target.basePrice,
    isUpgrade: decided.isUpgrade,
    ...daysOf(subscription, decided, today),
    ...(await figures(tx, context, subscription, decided)),
  }
}

function daysOf({ periodStart, periodEnd }: SubscriptionRecord, { timing }: DecidedChange, today: Temporal.PlainDate) {
  const isFree = timing.kind === 'checkout' || (timing.kind === 'now' && !timing.isPaid)
  if (isFree || !periodStart || !periodEnd) return { daysRemaining: 0, totalDays: 0 }
  const period = { start: periodStart, end: periodEnd }
  return { daysRemaining: daysRemaining(period, today), totalDays: periodDays(period) }
}

async function figures(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  decided: DecidedChange,
): Promise<Pick<ChangePreview, 'credit' | 'total' | 'putOff'>> {
  const { timing } = decided
  if (timing.kind === 'now' && !timing.isPaid) return { credit: 0n, total: 0n, putOff: [] }
  if (timing.kind === 'checkout') {
    const { discount } = await offerOfChange(tx, context.org.id, subscription, decided)
    const lines = await firstLines(tx, context, subscription, { ...decided, discount })
    const { total } = await totalOfChange(tx, context, subscription, { type: 'recurring', lines }, decided.region)
    return { credit: 0n, total, putOff: [] }
  }
  const { bill } = await pricePlanChange(tx, context, subscription, decided, new Catalogue(context.org.id))
  const { due, waits } = await totalOfChange(
    tx,
    context,
    subscription,
    { type: 'plan_change', lines: bill.lines, kept: bill.kept },
    decided.region,
  )
  return { credit: bill.credit, total: due, putOff: waits ? bill.lines : [] }
}
