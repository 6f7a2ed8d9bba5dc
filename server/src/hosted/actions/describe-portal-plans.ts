import assert from 'node:assert/strict'
import type * as z from 'zod'
import type { Plan } from '#catalogue/plan.ts'
import type { PlanPrice } from '#catalogue/plan-price.ts'
import { findGroupedPlans, findPlansById } from '#catalogue/plans.store.ts'
import { listPrices } from '#catalogue/prices.store.ts'
import { currencyOf } from '#catalogue/region.ts'
import type { CustomerRecord } from '#customers/customer.ts'
import { findCustomersById } from '#customers/customers.store.ts'
import { type Db, inTransaction, type Tx } from '#database/transaction.ts'
import { findShownSubscription } from '#hosted/actions/describe-portal.ts'
import type { PortalPlans } from '#hosted/portal.contract.ts'
import type { PortalSession } from '#hosted/portal-sessions.store.ts'
import type { DraftLine } from '#invoicing/invoice-draft.ts'
import type { Context } from '#organisations/org.ts'
import { Problem } from '#problem.ts'
import { decidePlanChange, priceOfChange, type WantedChange } from '#subscriptions/actions/decide-plan-change.ts'
import { forecastPlanChange } from '#subscriptions/actions/forecast-plan-change.ts'
import { previewPlanChange } from '#subscriptions/actions/preview-plan-change.ts'
import { firstWindow, type WindowPlan } from '#subscriptions/schedule.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'
import { type BillingInterval, isRecurring } from '#time/interval.ts'

export type PortalPlansView = z.output<typeof PortalPlans>
type Option = PortalPlansView['options'][number]

/** What the customer is about to choose. */
export type ChosenPlan = { readonly planId: string; readonly billingInterval: BillingInterval | undefined }

/** What requests of the portal call the two. */
export const planFields = { plan: 'planId', interval: 'billingInterval' }

/**
 * The plans a customer may change to, in the order of their group, and what the one they are about to choose costs now: the
 * figures of the change itself.
 */
export async function describePortalPlans(
  db: Db,
  context: Context,
  session: PortalSession,
  chosen: ChosenPlan | null,
): Promise<PortalPlansView> {
  const read = { isolation: 'repeatable read', readOnly: true } as const
  const { subscription, options } = await inTransaction(db, (tx) => optionsOf(tx, context, session), read)
  const preview = chosen && subscription ? await previewOf(db, context, subscription, options, chosen) : null
  return { object: 'portal_plans', livemode: context.org.livemode, options, preview }
}

/** Whether there is anything to change to: another plan of the group that is shown to the public, or another interval. */
export async function hasOtherPlans(tx: Tx, { org }: Context, plan: Plan): Promise<boolean> {
  const plans = await offered(tx, org.id, plan)
  if (plans.some(({ id }) => id !== plan.id)) return true
  const prices = (await listPrices(tx, org.id, [plan.id])).get(plan.id) ?? []
  return prices.filter(({ billingInterval }) => isRecurring(billingInterval)).length > 1
}

async function optionsOf(
  tx: Tx,
  context: Context,
  session: PortalSession,
): Promise<{ subscription: SubscriptionRecord | null; options: Option[] }> {
  const { org } = context
  const subscription = await findShownSubscription(tx, context, session.customerId)
  const customer = (await findCustomersById(tx, org.id, [session.customerId])).get(session.customerId)
  const plan = subscription && (await findPlansById(tx, org.id, [subscription.planId])).get(subscription.planId)
  if (!subscription || !customer || !plan) return { subscription: null, options: [] }
  const plans = await offered(tx, org.id, plan)
  const prices = await listPrices(
    tx,
    org.id,
    plans.map(({ id }) => id),
  )
  const options: Option[] = []
  for (const to of plans) {
    for (const price of to.isFree ? [null] : recurring(prices.get(to.id) ?? [])) {
      const option = await optionOf(tx, context, { subscription, customer }, to, price)
      if (option) options.push(option)
    }
  }
  return { subscription, options }
}

// The running plan stays in the list, so that its other intervals can be chosen, also when it is not public any more.
async function offered(tx: Tx, orgId: string, plan: Plan): Promise<Plan[]> {
  if (plan.planGroupId === null) return plan.deletedAt === null ? [plan] : []
  const grouped = (await findGroupedPlans(tx, orgId, [plan.planGroupId])).get(plan.planGroupId) ?? []
  return grouped.filter(({ id, isPublic }) => isPublic || id === plan.id)
}

const recurring = (prices: readonly PlanPrice[]) => prices.filter(({ billingInterval }) => isRecurring(billingInterval))

type Whose = { readonly subscription: SubscriptionRecord; readonly customer: CustomerRecord }

// What is refused for a reason that a customer can do something about is shown with it; anything else is not offered.
async function optionOf(
  tx: Tx,
  context: Context,
  { subscription, customer }: Whose,
  to: Plan,
  price: PlanPrice | null,
): Promise<Option | null> {
  const billingInterval = price?.billingInterval ?? null
  const about = {
    planId: to.id,
    name: to.name,
    description: to.description,
    isFree: to.isFree,
    billingInterval,
    currency: subscription.currency,
  }
  const isCurrent = to.id === subscription.planId && billingInterval === subscription.billingInterval
  if (isCurrent) return { ...about, price: subscription.basePrice, state: 'current' }
  const wanted = { planId: to.id, billingInterval: billingInterval ?? undefined, fields: planFields }
  try {
    const { timing, target, region } = await decidePlanChange(tx, context, subscription, customer, wanted)
    const state = timing.kind === 'period_end' ? 'at_period_end' : 'now'
    return { ...about, price: target.basePrice, currency: currencyOf(region), state }
  } catch (error) {
    if (!(error instanceof Problem) || error.status >= 500) throw error
    const state = shownRefusals.get(error.code)
    if (state === undefined) return null
    const local = await localPrice(tx, context, { subscription, customer }, to, price)
    return local && { ...about, ...local, state }
  }
}

const shownRefusals: ReadonlyMap<string, Option['state']> = new Map([
  ['already_scheduled', 'scheduled'],
  ['seat_limit_exceeded', 'too_many_seats'],
])

// Null where the plan has no price in the customer's currency: it could not be chosen whatever they did.
async function localPrice(
  tx: Tx,
  { org }: Context,
  whose: Whose,
  to: Plan,
  price: PlanPrice | null,
): Promise<Pick<Option, 'price' | 'currency'> | null> {
  try {
    const local = await priceOfChange(tx, org.id, whose, to, price)
    return { price: local.price?.price ?? 0n, currency: currencyOf(local.region) }
  } catch (error) {
    if (error instanceof Problem && error.code === 'missing_regional_price') return null
    throw error
  }
}

async function previewOf(
  db: Db,
  context: Context,
  subscription: SubscriptionRecord,
  options: readonly Option[],
  { planId, billingInterval }: ChosenPlan,
): Promise<PortalPlansView['preview']> {
  const option = options.find((one) => one.planId === planId && one.billingInterval === (billingInterval ?? null))
  if (!option) throw new Problem('plan_not_found', 'This plan is not offered. Choose one of the list.')
  const about = { planId, name: option.name, billingInterval: option.billingInterval, price: option.price }
  const wanted = { planId, billingInterval, fields: planFields }
  if (option.state === 'at_period_end') {
    assert(subscription.periodEnd, `subscription ${subscription.id} has a period to end`)
    const nextInvoice = await nextInvoiceOf(db, context, subscription, wanted, [])
    const later = { credit: 0n, total: 0n, currency: option.currency, effectiveOn: subscription.periodEnd }
    return { ...about, ...later, nextInvoice, isNow: false }
  }
  const { credit, total, currency, putOff } = await previewPlanChange(db, context, { id: subscription.id, wanted })
  const nextInvoice = await nextInvoiceOf(db, context, subscription, wanted, putOff)
  return { ...about, credit, total, currency, nextInvoice, effectiveOn: context.today, isNow: true }
}

// Nothing is renewed of a free plan; where it charges all the same, for add-ons, that is told.
async function nextInvoiceOf(
  db: Db,
  context: Context,
  subscription: SubscriptionRecord,
  wanted: WantedChange,
  putOff: readonly DraftLine[],
): Promise<NonNullable<PortalPlansView['preview']>['nextInvoice']> {
  const { org, today } = context
  const read = { isolation: 'repeatable read', readOnly: true } as const
  return inTransaction(
    db,
    async (tx) => {
      const customer = (await findCustomersById(tx, org.id, [subscription.customerId])).get(subscription.customerId)
      assert(customer, `subscription ${subscription.id} has its customer`)
      const decided = await decidePlanChange(tx, context, subscription, customer, wanted)
      const { billingInterval, priceId } = decided.target
      const amount = await forecastPlanChange(tx, context, subscription, decided, putOff)
      if (priceId === null && amount === 0n) return null
      const on = decided.timing.kind === 'period_end' ? subscription.periodEnd : null
      const start = { on: today, billingInterval, isFree: priceId === null, trialDays: 0 }
      return { on: on ?? endOfFirst(firstWindow(start, 1)), amount }
    },
    read,
  )
}

const endOfFirst = ({ periodEnd, endsOn }: WindowPlan): Temporal.PlainDate => periodEnd ?? endsOn
