import type { FeatureType } from '#catalogue/feature.ts'
import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import { heldIn, type Running, usedIn } from '#metering/access.ts'
import { readCurrentAccess } from '#metering/actions/read-current-access.ts'
import {
  accessIn,
  type CountedAccess,
  type DenialReason,
  denialOf,
  type SwitchAccess,
} from '#metering/feature-access.ts'
import { emptyAccount } from '#metering/ledger.ts'
import type { Metering } from '#metering/metering.ts'
import { capacityNow, overdraftCapOf, unknownCustomer } from '#metering/usage-decision.ts'
import { currentPlacement } from '#metering/usage-window.ts'
import type { Context } from '#organisations/org.ts'
import { Problem } from '#problem.ts'
import type { WindowPlan } from '#subscriptions/schedule.ts'

export type NamedFeature = { readonly code: string; readonly name: string; readonly type: FeatureType }

/** A feature of the customer's plan with what they have of it. */
export type FeatureState = { readonly feature: NamedFeature; readonly access: SwitchAccess | CountedAccess }

/** A feature that was asked for; without access there is nothing but the reason. */
export type FeatureAnswer =
  | (FeatureState & { readonly reason: DenialReason | undefined })
  | { readonly feature: NamedFeature; readonly access: null; readonly reason: DenialReason }

/** Everything in the customer's plan, in the plan's order; nothing without a subscription. 404 customer_not_found. */
export async function listFeatureAccess(
  metering: Metering,
  context: Context,
  customerId: string,
): Promise<FeatureState[]> {
  const current = await readCurrent(metering, context, customerId)
  if (!current) return []
  return current.terms.list.map((terms) => stateOf(current, terms))
}

/** One feature, in the plan or not. 404 customer_not_found, feature_not_found. */
export async function readFeatureAccess(
  metering: Metering,
  context: Context,
  customerId: string,
  code: string,
): Promise<FeatureAnswer> {
  const current = await readCurrent(metering, context, customerId)
  const terms = current?.terms.byCode.get(code)
  if (current && terms) {
    const state = stateOf(current, terms)
    const { running } = current
    const reason = denialOf(terms, state.access, running.plan.consumptionModel, overdraftCapOf(running))
    return { ...state, reason }
  }
  const feature = await metering.terms.feature(context.org.id, context.org.version, code)
  if (!feature) throw new Problem('feature_not_found', `There is no feature with the code ${code}.`)
  return { feature, access: null, reason: current ? 'feature_not_in_plan' : 'no_active_subscription' }
}

type Current = {
  readonly running: Running
  readonly window: WindowPlan
  readonly terms: Awaited<ReturnType<Metering['terms']['terms']>>
}

async function readCurrent(metering: Metering, context: Context, customerId: string): Promise<Current | null> {
  const { org, now } = context
  const access = await readCurrentAccess(metering, context, customerId)
  if (!access.customer) throw unknownCustomer(customerId)
  const running = access.subscription
  const placement = running && currentPlacement(running, now)
  if (!running || !placement) return null
  const terms = await metering.terms.terms(org.id, access.version, running, placement.window, now)
  return { running, window: placement.window, terms }
}

function stateOf({ running, window, terms: { list } }: Current, terms: FeatureTerms): FeatureState {
  const circumstances = { model: running.plan.consumptionModel, status: running.status, windowKind: window.kind }
  const possession = {
    used: (featureId: string) => usedIn(running, featureId, window.number),
    held: (featureId: string) => heldIn(running, featureId, window),
    account: running.account ?? emptyAccount,
    capacity: (one: FeatureTerms) => capacityNow({ running, window, terms: one, features: list }),
    overdraftCap: overdraftCapOf(running),
  }
  return { feature: terms, access: accessIn(terms, circumstances, possession) }
}
