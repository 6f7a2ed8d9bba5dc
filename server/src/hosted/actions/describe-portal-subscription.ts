import assert from 'node:assert/strict'
import { forecastRenewal } from '#billing/actions/forecast-renewal.ts'
import { gatherDue } from '#billing/actions/gather-due.ts'
import { Catalogue } from '#billing/catalogue.ts'
import { convertAt } from '#catalogue/actions/convert-amount.ts'
import { listActivePacks } from '#catalogue/credit-packs.store.ts'
import { findPlansById } from '#catalogue/plans.store.ts'
import { regionOf } from '#catalogue/region.ts'
import { type CustomerRecord, publicCustomerId } from '#customers/customer.ts'
import type { Tx } from '#database/transaction.ts'
import type { PortalView } from '#hosted/actions/describe-portal.ts'
import { hasOtherPlans } from '#hosted/actions/describe-portal-plans.ts'
import { lostSeats } from '#hosted/actions/describe-portal-seats.ts'
import { type FeatureState, listFeatureAccess } from '#metering/actions/read-feature-access.ts'
import type { Metering } from '#metering/metering.ts'
import { currency, minimumCharge } from '#money/currency.ts'
import type { Context } from '#organisations/org.ts'
import { taxOnPayment } from '#payments/actions/tax-on-payment.ts'
import type { PaymentMethod } from '#payments/payment-method.ts'
import { offerAddons } from '#subscriptions/actions/offer-addons.ts'
import { quoteReactivation } from '#subscriptions/actions/price-reactivation.ts'
import { showSpendCaps } from '#subscriptions/actions/show-spend-caps.ts'
import { showSubscription } from '#subscriptions/actions/show-subscriptions.ts'
import { findActiveAddons } from '#subscriptions/addons.store.ts'
import { hasAccess } from '#subscriptions/subscription.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'
import { utcDay } from '#time/period.ts'

type Shown = NonNullable<PortalView['subscription']>
type Plan = NonNullable<Awaited<ReturnType<typeof planOf>>>

type Facts = {
  readonly subscription: SubscriptionRecord
  readonly customer: CustomerRecord
  readonly method: PaymentMethod | undefined
  /** Whether add-ons are shown that could be had: their prices have tax. */
  readonly isTaxKnown: boolean
}

const mostPacks = 50

/** The subscription of a portal: what the plan is, what is left of it, what it costs next, and what may be done about it. */
export async function describePortalSubscription(
  tx: Tx,
  context: Context,
  metering: Metering,
  { subscription, customer, method, isTaxKnown }: Facts,
): Promise<Shown> {
  const shown = await showSubscription(tx, context, subscription)
  const plan = await planOf(tx, context, subscription)
  assert(plan, `subscription ${subscription.id} has its plan`)
  const scheduled = shown.scheduledPlanChange
  const { status, basePrice, windowEnd, trialEndsOn, cancelEffectiveOn, cancelRequestedAt, endedAt } = subscription
  const isRunning = hasAccess(status)
  const may = mayOf(subscription, plan, method)
  const leastTopup = minimumCharge(currency(subscription.currency))
  const withTax: WithTax = async (price) => (isTaxKnown ? taxed(tx, context, customer, price) : price)
  const features = isRunning ? await listFeatureAccess(metering, context, publicCustomerId(customer)) : []
  const hasSeats = features.some(({ feature }) => feature.type === 'seats')
  return {
    id: subscription.id,
    status,
    plan: { name: shown.name, description: shown.description, isFree: plan.isFree },
    consumptionModel: plan.consumptionModel,
    billingInterval: subscription.billingInterval,
    price: basePrice,
    currency: subscription.currency,
    periodStart: shown.currentPeriod?.start ?? null,
    periodEnd: shown.currentPeriod?.end ?? null,
    resetsOn: isRunning ? windowEnd : null,
    trialEndsOn: status === 'trialing' ? trialEndsOn : null,
    nextCharge: await nextChargeOf(tx, context, subscription, shown.nextBillingDate),
    endsOn: status === 'canceled' || cancelRequestedAt === null ? null : cancelEffectiveOn,
    endedOn: endedAt && utcDay(endedAt),
    checkoutUrl: shown.checkoutUrl,
    may: {
      ...may,
      changePlan: mayChange(subscription) && (await hasOtherPlans(tx, context, plan)),
      setSeats: isRunning && (hasSeats || (await lostSeats(tx, context.org.id, subscription.id, [])).length > 0),
    },
    credits: isRunning ? (shown.credits ?? null) : null,
    balance:
      isRunning && shown.balance
        ? { remaining: shown.balance.remaining, leastTopup, leastTotal: await withTax(leastTopup) }
        : null,
    addons: isRunning ? await addonsOf(tx, context, subscription, !isTaxKnown) : [],
    packs: isTaxKnown ? await packsOf(tx, context, subscription, plan, withTax) : [],
    restart: may.reactivate && isTaxKnown ? await restartOf(tx, context, subscription, customer) : null,
    spendCap: await capOf(tx, context, subscription),
    features: features.map(featureOf),
    scheduledChange: scheduled && { name: scheduled.newPlanName ?? shown.name, on: utcDay(scheduled.scheduledFor) },
  }
}

async function planOf(tx: Tx, { org }: Context, { planId }: SubscriptionRecord) {
  return (await findPlansById(tx, org.id, [planId])).get(planId)
}

// What the next renewal will charge before usage, on the plan that is scheduled by then. Free plans and one-time purchases have no
// renewal; what their window's end charges all the same, for add-ons and seats, is told where it is anything.
async function nextChargeOf(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  renewsOn: Temporal.PlainDate | null,
): Promise<Shown['nextCharge']> {
  const { org } = context
  const { id, status, priceId, scheduledPlanId, scheduledPriceId, cancelRequestedAt, windowEnd } = subscription
  if ((status !== 'active' && status !== 'trialing') || cancelRequestedAt !== null) return null
  const on = renewsOn ?? windowEnd
  if (on === null) return null
  const [due] = await gatherDue(tx, org.id, [subscription])
  assert(due, `what is due of ${id} is read`)
  const addons = (await findActiveAddons(tx, org.id, [id])).get(id) ?? []
  const { amount } = await forecastRenewal(tx, context, due, addons, new Catalogue(org.id))
  const isRenewed = renewsOn !== null && (scheduledPlanId === null ? priceId : scheduledPriceId) !== null
  return isRenewed || amount > 0n ? { on, amount } : null
}

function mayOf(
  subscription: SubscriptionRecord,
  plan: Plan,
  method: PaymentMethod | undefined,
): Omit<Shown['may'], 'changePlan' | 'setSeats'> {
  const { status, billingInterval, cancelRequestedAt } = subscription
  const isScheduled = cancelRequestedAt !== null
  const isRunning = status === 'active' || status === 'trialing'
  const mayBuy = isRunning && method !== undefined
  return {
    cancel: hasAccess(status) && !isScheduled && billingInterval !== 'one_time',
    uncancel: isRunning && isScheduled,
    retry: status === 'past_due' && method !== undefined,
    reactivate:
      status === 'canceled' && method !== undefined && !plan.isFree && plan.isPublic && plan.deletedAt === null,
    updateMethod: hasAccess(status),
    buy: mayBuy,
    capSpend: isRunning && !plan.isFree,
  }
}

async function addonsOf(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  onlyActive: boolean,
): Promise<Shown['addons']> {
  const offered = await offerAddons(tx, context, subscription, { onlyActive })
  return offered.map(({ addon: { id, name, description }, isActive, price, now, later }) => {
    return { id, name, description, isActive, price, now, later }
  })
}

function mayChange({ status, billingInterval }: SubscriptionRecord): boolean {
  return (status === 'active' || status === 'trialing') && billingInterval !== 'one_time'
}

// Packs are priced in dollars; where the plan has no rate for the subscription's currency none can be bought.
async function packsOf(
  tx: Tx,
  { org }: Context,
  subscription: SubscriptionRecord,
  plan: Plan,
  withTax: WithTax,
): Promise<Shown['packs']> {
  if (plan.consumptionModel !== 'credits' || !hasAccess(subscription.status)) return []
  const region = regionOf(subscription)
  const rate = await new Catalogue(org.id).rate(tx, plan.id, region)
  if (rate === undefined) return []
  const packs = await listActivePacks(tx, org.id, { limit: mostPacks, after: undefined })
  const shown: Shown['packs'][number][] = []
  for (const { id, name, credits, price: cents } of packs) {
    const price = convertAt(rate, { region, cents, what: `The credit pack ${name}` })
    shown.push({ id, name, credits, price, total: await withTax(price) })
  }
  return shown.toSorted((one, other) => (one.price < other.price ? -1 : 1))
}

async function restartOf(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  customer: CustomerRecord,
): Promise<Shown['restart']> {
  const total = await quoteReactivation(tx, context, subscription, customer)
  return total === undefined ? null : { total }
}

type WithTax = (price: bigint) => Promise<bigint>

async function taxed(tx: Tx, context: Context, customer: CustomerRecord, price: bigint): Promise<bigint> {
  return price + (await taxOnPayment(tx, context, customer, price)).taxAmount
}

async function capOf(tx: Tx, context: Context, { id }: SubscriptionRecord): Promise<Shown['spendCap']> {
  const { caps } = await showSpendCaps(tx, context, id)
  const whole = caps.find(({ featureCode }) => featureCode === null)
  return { own: whole?.customer ?? null, inForce: whole?.amount ?? null }
}

function featureOf({ feature, access }: FeatureState): Shown['features'][number] {
  const about = { code: feature.code, name: feature.name, type: feature.type }
  if (access.type === 'boolean') return { ...about, enabled: access.enabled }
  const { current, included, unlimited, overageQuantity, overageUnitPrice, overageEnabled } = access
  return { ...about, current, included, unlimited, overageQuantity, overageUnitPrice, overageEnabled }
}
