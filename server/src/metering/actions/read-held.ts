import assert from 'node:assert/strict'
import type { Feature } from '#catalogue/feature.ts'
import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import { findFeatureByCode } from '#catalogue/features.store.ts'
import type { Db } from '#database/transaction.ts'
import { findHolder, type Holder } from '#metering/actions/find-holder.ts'
import { accessTo, type CountedAccess } from '#metering/feature-access.ts'
import { findHeld, type HeldCountRecord } from '#metering/held.store.ts'
import { type HeldType, heldPeriod, markIn } from '#metering/held.ts'
import { notInPlan, withoutSubscription } from '#metering/usage-decision.ts'
import { units } from '#money/quantity.ts'
import type { Context } from '#organisations/org.ts'
import { Problem } from '#problem.ts'

/** What a customer holds of one feature of their plan; `changedAt` is null when that never changed. */
export type HeldState = {
  readonly code: string
  readonly access: CountedAccess
  readonly changedAt: Temporal.Instant | null
}

/** Every seats or quota feature of the customer's plan, in the plan's order. 404 customer_not_found, no_active_subscription. */
export async function readAllHeld(
  db: Db,
  context: Context,
  asked: { readonly customerId: string; readonly type: HeldType },
): Promise<HeldState[]> {
  const holder = await findHolder(db, context, asked.customerId)
  if (!holder.subscription) throw withoutSubscription(asked.customerId)
  const held = await findHeld(db, context.org.id, holder.subscription.id)
  return holder.terms.filter(({ type }) => type === asked.type).map((terms) => stateOf(holder, terms, held))
}

/**
 * One of them, also one that came along from another plan and is still held. Also 404 feature_not_found, 403
 * feature_not_in_plan.
 */
export async function readHeld(
  db: Db,
  context: Context,
  asked: { readonly customerId: string; readonly type: HeldType; readonly featureCode: string },
): Promise<HeldState> {
  const { customerId, type, featureCode } = asked
  const holder = await findHolder(db, context, customerId)
  const terms = holder.terms.find((one) => one.code === featureCode && one.type === type)
  if (holder.subscription && terms) {
    return stateOf(holder, terms, await findHeld(db, context.org.id, holder.subscription.id))
  }
  const feature = await findFeatureByCode(db, context.org.id, featureCode)
  if (feature?.type !== type) {
    throw new Problem('feature_not_found', `There is no ${type} feature with the code ${featureCode}.`)
  }
  if (!holder.subscription) throw withoutSubscription(customerId)
  const held = await findHeld(db, context.org.id, holder.subscription.id)
  if ((held.get(feature.id)?.current ?? 0n) === 0n) throw notInPlan(featureCode)
  return stateOf(holder, idle(feature), held)
}

/** The terms of a feature that the plan does not give: nothing of it is included, and none is sold. */
function idle({ id: featureId, code, name, type, unitName }: Feature): FeatureTerms {
  return {
    featureId,
    code,
    name,
    type,
    unitName,
    enabled: false,
    includedAmount: 0n,
    unlimited: false,
    overageEnabled: false,
    overageUnitPrice: 0n,
    creditsPerUnit: null,
    pricingMode: 'fixed',
    margin: null,
  }
}

function stateOf(
  { window, circumstances }: Holder,
  terms: Holder['terms'][number],
  held: ReadonlyMap<string, HeldCountRecord>,
): HeldState {
  assert(window && circumstances, 'a holder with a subscription is in a window')
  const count = held.get(terms.featureId)
  const mark = count ? markIn(count, heldPeriod(window).start) : 0n
  const access = accessTo(terms, circumstances, units(count?.current ?? 0n), units(mark))
  assert(access.type !== 'boolean', 'what is held is counted')
  return { code: terms.code, access, changedAt: count?.changedAt ?? null }
}
