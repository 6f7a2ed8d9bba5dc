import type * as z from 'zod'
import { priceInCountry } from '#catalogue/actions/price-in-country.ts'
import type { Plan } from '#catalogue/plan.ts'
import type { PlanPrice } from '#catalogue/plan-price.ts'
import { findPlan } from '#catalogue/plans.store.ts'
import { defaultPrice, findPriceByInterval, holdPrice } from '#catalogue/prices.store.ts'
import { type Region, regionColumns } from '#catalogue/region.ts'
import type { CustomerRecord } from '#customers/customer.ts'
import { lockCustomer } from '#customers/customers.store.ts'
import type { Tx } from '#database/transaction.ts'
import { newId } from '#id.ts'
import { holdInitialSeats, holdsSeats } from '#metering/actions/hold-initial-seats.ts'
import type { Context } from '#organisations/org.ts'
import { routePayment } from '#payments/actions/route-payment.ts'
import type { PaymentRoute } from '#payments/connection.ts'
import { invalidField, Problem } from '#problem.ts'
import { begin } from '#subscriptions/actions/begin-subscription.ts'
import { dropReactivations } from '#subscriptions/actions/drop-reactivations.ts'
import { replacePending } from '#subscriptions/actions/replace-pending.ts'
import { refuseUnusable, requireCode } from '#subscriptions/actions/use-promo-code.ts'
import { nothingScheduled } from '#subscriptions/plan-change.ts'
import type { WindowKind } from '#subscriptions/schedule.ts'
import {
  agreedOf,
  agreedTerms,
  discountColumns,
  inRegion,
  isCodeTyped,
  isSameSelection,
  promoDiscount,
  type Selection,
  selectTerms,
} from '#subscriptions/selection.ts'
import type { createSubscriptionOperation } from '#subscriptions/subscriptions.contract.ts'
import {
  findLiveSubscription,
  hadPaidSubscription,
  insertSubscription,
  lockSubscription,
  type SubscriptionRecord,
} from '#subscriptions/subscriptions.store.ts'
import { startInstant, utcDay } from '#time/period.ts'

export type CreateInput = z.output<NonNullable<typeof createSubscriptionOperation.body>>
export type Created = { readonly subscription: SubscriptionRecord; readonly isNew: boolean }

/** Subscribes a customer (subscriptions.md, Creating). A pending request for the same selection is returned as it is. */
export async function createSubscription(tx: Tx, context: Context, input: CreateInput): Promise<Created> {
  const { org } = context
  const customer = await lockCustomer(tx, org.id, input.customerId)
  if (!customer)
    throw new Problem('customer_not_found', `There is no customer ${input.customerId}.`, { param: 'customerId' })
  const plan = await findPlan(tx, org.id, input.planId ?? input.planCode ?? '')
  if (!plan)
    throw new Problem('plan_not_found', `There is no plan ${input.planId ?? input.planCode}.`, {
      param: input.planId === undefined ? 'planCode' : 'planId',
    })
  const startsOn = startDay(context, input.startDate)
  const { selection, region, local } = await select(tx, context, customer, plan, input)
  const route = await routePayment(tx, org, {
    provider: input.provider,
    country: customer.address?.country ?? null,
  })
  await dropReactivations(tx, context, customer)
  const live = await lockLive(tx, org.id, customer.id)
  if (live) {
    if (live.status !== 'pending_payment') throw hasOne(customer, live)
    const isSame = isAskedAgain(live, selection) && (await holdsSeats(tx, org.id, live.id, input.initialSeats ?? {}))
    if (isSame && startsOn === null) return { subscription: live, isNew: false }
    await replacePending(tx, context, live, customer)
  }
  const record = newRecord(context, customer, plan, { selection, region, local }, input, startsOn, route)
  await insertSubscription(tx, org.id, record)
  await holdInitialSeats(tx, context, {
    subscriptionId: record.id,
    planId: plan.id,
    region,
    model: plan.consumptionModel,
    windowKind: firstWindowKind(selection),
    seats: input.initialSeats ?? {},
  })
  return { subscription: await begin(tx, context, record, customer, plan), isNew: true }
}

function firstWindowKind({ isFree, trialDays }: Selection): WindowKind {
  if (isFree) return 'free'
  return trialDays > 0 ? 'trial' : 'paid'
}

// Decides on the locked row only: a checkout that is paid at this moment holds its subscription's lock, not the customer's.
async function lockLive(tx: Tx, orgId: string, customerId: string): Promise<SubscriptionRecord | undefined> {
  const found = await findLiveSubscription(tx, orgId, customerId)
  const live = found && (await lockSubscription(tx, orgId, found.id))
  return live?.status === 'canceled' ? undefined : live
}

// Null when it begins at once. Today counts as at once, a day before today does not exist any more.
function startDay({ today }: Context, startDate: Temporal.Instant | undefined): Temporal.PlainDate | null {
  if (startDate === undefined) return null
  const day = utcDay(startDate)
  const order = Temporal.PlainDate.compare(day, today)
  if (order < 0) throw invalidField('startDate', `Must not be before today, ${today.toString()} (UTC).`)
  return order === 0 ? null : day
}

/** A selection in canonical dollars, and as it is paid where the customer is as far as that is known by now. */
type Selected = { readonly selection: Selection; readonly region: Region; readonly local: Selection }

async function select(
  tx: Tx,
  context: Context,
  customer: CustomerRecord,
  plan: Plan,
  input: CreateInput,
): Promise<Selected> {
  const price = plan.isFree ? null : await choosePrice(tx, context.org.id, plan, input)
  const selection = await selectFor(tx, context, customer, plan, price, input)
  if (!price) return { selection, region: null, local: selection }
  const { region, price: there } = await priceInCountry(tx, context.org.id, price, customer.address?.country ?? null)
  return { selection, region, local: region === null ? selection : inRegion(selection, there) }
}

async function selectFor(
  tx: Tx,
  context: Context,
  customer: CustomerRecord,
  plan: Plan,
  price: PlanPrice | null,
  input: CreateInput,
): Promise<Selection> {
  const { org } = context
  const selection = selectTerms(plan, price && { ...price, introOffer: offerOf(price) }, {
    skipTrial: input.skipTrial === true,
    customTrialDays: input.customTrialDays,
    introOffer: input.introOffer,
    hadPaidSubscription: await hadPaidSubscription(tx, org.id, customer.id),
  })
  return input.promoCode === undefined ? selection : withCode(tx, context, customer, selection, input.promoCode)
}

// A free plan has no base to discount: the code is checked and gives nothing.
async function withCode(
  tx: Tx,
  context: Context,
  customer: CustomerRecord,
  selection: Selection,
  typed: string,
): Promise<Selection> {
  const { planId, billingInterval, discount, isFree } = selection
  const promo = await requireCode(tx, context, typed)
  const use = { customerId: customer.id, planId, billingInterval, hasIntroOffer: discount !== null }
  await refuseUnusable(tx, context, promo, use)
  return { ...selection, promoCodeId: promo.id, discount: isFree ? null : promoDiscount(promo) }
}

async function choosePrice(tx: Tx, orgId: string, plan: Plan, input: CreateInput): Promise<PlanPrice> {
  const wanted = input.billingInterval ?? undefined
  const found =
    wanted === undefined
      ? await defaultPrice(tx, orgId, plan.id)
      : await findPriceByInterval(tx, orgId, plan.id, wanted)
  const held = found && (await holdPrice(tx, orgId, plan.id, found.id))
  if (held) return held
  if (wanted === undefined)
    throw new Problem('no_prices_configured', `The plan ${plan.code} has no price yet. Add one, or make the plan free.`)
  throw new Problem('price_not_found', `The plan ${plan.code} has no ${wanted} price.`, { param: 'billingInterval' })
}

function offerOf({ introOffer }: PlanPrice) {
  const { enabled, discountType, discountValue, durationCycles } = introOffer
  return enabled && discountType !== null && discountValue !== null
    ? { discountType, discountValue, durationCycles }
    : null
}

// A code that the customer typed in the checkout since is none of what was asked for, and stays in it.
function isAskedAgain(live: SubscriptionRecord, selection: Selection): boolean {
  const kept = selectionOf(live)
  if (isSameSelection(kept, selection)) return true
  return isCodeTyped(live.agreed) && isSameSelection({ ...kept, discount: null, promoCodeId: null }, selection)
}

// In canonical dollars: the checkout may have been priced in another currency meanwhile.
function selectionOf(live: SubscriptionRecord): Selection {
  return {
    planId: live.planId,
    isFree: live.priceId === null,
    priceId: live.priceId,
    billingInterval: live.billingInterval,
    trialDays: live.trialDays,
    promoCodeId: live.promoCodeId,
    ...(agreedOf(live.agreed) ?? paidTerms(live)),
  }
}

function paidTerms(live: SubscriptionRecord): Pick<Selection, 'basePrice' | 'discount'> {
  const { discountKind, discountType, discountValue } = live
  return {
    basePrice: live.basePrice,
    discount:
      discountKind !== null && discountType !== null && discountValue !== null
        ? {
            kind: discountKind,
            type: discountType,
            value: discountValue,
            name: live.discountName,
            cycles: live.discountCycles,
          }
        : null,
  }
}

function hasOne(customer: CustomerRecord, live: SubscriptionRecord): Problem {
  const message = `The customer ${customer.externalId ?? customer.id} already has the ${live.status} subscription ${live.id}. Change or cancel it instead.`
  return new Problem('already_has_active_subscription', message, {
    details: { subscriptionId: live.id, status: live.status },
  })
}

function newRecord(
  context: Context,
  customer: CustomerRecord,
  plan: Plan,
  { selection, region, local }: Selected,
  input: CreateInput,
  startsOn: Temporal.PlainDate | null,
  route: PaymentRoute,
): SubscriptionRecord {
  const { org, now } = context
  return {
    orgId: org.id,
    id: newId('sub'),
    customerId: customer.id,
    planId: plan.id,
    priceId: selection.priceId,
    name: input.name ?? plan.name,
    description: null,
    status: startsOn === null ? (selection.isFree ? 'active' : 'pending_payment') : 'draft',
    billingInterval: selection.billingInterval,
    ...regionColumns(region),
    basePrice: local.basePrice,
    agreed: agreedTerms(selection),
    provider: selection.isFree ? null : route.provider,
    connectionId: selection.isFree ? null : route.connectionId,
    successUrl: input.successUrl ?? null,
    anchor: null,
    billingDayOfMonth: null,
    periodStart: null,
    periodEnd: null,
    windowStart: null,
    windowEnd: null,
    windowNumber: 0,
    trialDays: selection.trialDays,
    trialEndsOn: null,
    ...nothingScheduled,
    ...discountColumns(local.discount),
    discountCyclesUsed: 0,
    promoCodeId: selection.promoCodeId ?? null,
    cancelRequestedAt: null,
    cancelEffectiveOn: null,
    cancelReason: null,
    canceledAt: null,
    activatedAt: null,
    startDate: startsOn === null ? now : startInstant(startsOn),
    endedAt: null,
    dueAt: startsOn === null ? null : startInstant(startsOn),
    remindedOn: null,
    firstDeclinedAt: null,
    retries: 0,
    declinedInvoiceId: null,
    epoch: 1n,
    createdAt: now,
    updatedAt: now,
  }
}
