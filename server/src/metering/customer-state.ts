import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import type { ConsumptionModel } from '#catalogue/plan.ts'
import type { CountedAccess, SwitchAccess } from '#metering/feature-access.ts'
import type { Account } from '#metering/ledger.ts'
import { quantityToNumber } from '#money/quantity.ts'

/** What can change everything a customer has. */
export const stateTriggers = [
  'subscription_created',
  'subscription_activated',
  'subscription_canceled',
  'plan_change',
  'past_due',
  'trial_started',
  'trial_converted',
  'trial_expired',
  'cancellation_scheduled',
  'cancellation_revoked',
  'seats_updated',
  'addon_activated',
  'addon_deactivated',
  'credits_depleted',
  'balance_depleted',
  'quota_exceeded',
] as const
export type StateTrigger = (typeof stateTriggers)[number]

export type StateFeature = {
  readonly feature: Pick<FeatureTerms, 'code' | 'name' | 'type'>
  readonly access: SwitchAccess | CountedAccess
}

/** Everything a customer has; `live` is null without a live subscription. */
export type CustomerState = {
  /** The id the customer is named by. */
  readonly customerId: string
  readonly live: {
    readonly subscription: { readonly id: string; readonly status: string; readonly billingInterval: string | null }
    readonly plan: { readonly id: string; readonly name: string; readonly consumptionModel: ConsumptionModel }
    readonly account: Account
    readonly features: readonly StateFeature[]
  } | null
}

/** A feature of a subscription that gives no access yet: nothing is used, nothing is allowed. */
export function withoutAccess(terms: FeatureTerms): StateFeature {
  if (terms.type === 'boolean') {
    return { feature: terms, access: { type: 'boolean', allowed: false, enabled: terms.enabled } }
  }
  const { includedAmount: included, unlimited, overageUnitPrice, type } = terms
  const access: CountedAccess = {
    type,
    allowed: false,
    willBeCharged: false,
    current: 0n,
    included,
    remaining: unlimited ? undefined : included,
    overageQuantity: 0n,
    overageUnitPrice,
    unlimited,
    overageEnabled: false,
    billedQuantity: type === 'usage' ? undefined : included,
  }
  return { feature: terms, access }
}

/** The payload of `customer.state_changed`; what does not apply to a feature's type is null. */
export function toStateEvent({ customerId, live }: CustomerState, trigger: StateTrigger) {
  const features = live?.features ?? []
  const model = live?.plan.consumptionModel
  return {
    customerId,
    trigger,
    status: live?.subscription.status ?? 'none',
    subscriptionId: live?.subscription.id ?? null,
    plan: live && { id: live.plan.id, name: live.plan.name },
    billingInterval: live?.subscription.billingInterval ?? null,
    consumptionModel: model ?? null,
    features: features.map(toFeature),
    seats: features.flatMap(toSeats),
    credits: live && model === 'credits' ? toCredits(live.account) : null,
    balance: live && model === 'balance' ? { currentBalance: Number(live.account.balance) } : null,
  }
}

function toFeature({ feature, access }: StateFeature) {
  const counted = access.type === 'boolean' ? undefined : access
  return {
    code: feature.code,
    name: feature.name,
    type: feature.type,
    allowed: access.allowed,
    enabled: access.type === 'boolean' ? access.enabled : null,
    ...amountsOf(counted),
    overageQuantity: numberOf(counted?.overageQuantity),
    overageUnitPrice: counted ? Number(counted.overageUnitPrice) : null,
    overageEnabled: counted?.overageEnabled ?? null,
    billedQuantity: numberOf(counted?.billedQuantity),
  }
}

function toSeats({ feature, access }: StateFeature) {
  return access.type === 'seats' ? [{ code: feature.code, ...amountsOf(access) }] : []
}

function amountsOf(access: CountedAccess | undefined) {
  return {
    current: numberOf(access?.current),
    included: numberOf(access?.included),
    remaining: numberOf(access?.remaining),
    unlimited: access?.unlimited ?? null,
  }
}

function toCredits({ planCredits, purchasedCredits }: Account) {
  return {
    planCredits: Number(planCredits),
    purchasedCredits: Number(purchasedCredits),
    totalCredits: Number(planCredits + purchasedCredits),
  }
}

const numberOf = (quantity: bigint | undefined): number | null =>
  quantity === undefined ? null : quantityToNumber(quantity)
