import assert from 'node:assert/strict'
import type { Feature } from '#catalogue/feature.ts'
import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import { findFeaturesByCode } from '#catalogue/features.store.ts'
import { publicCustomerId } from '#customers/customer.ts'
import type { Tx } from '#database/transaction.ts'
import { newId } from '#id.ts'
import { type Holder, lockHolder } from '#metering/actions/find-holder.ts'
import { refuseMoreWhilePaying, refuseWhileChanging } from '#metering/actions/refuse-while-changing.ts'
import { tellState } from '#metering/actions/tell-state.ts'
import {
  findHeldEventByKey,
  type HeldCountRecord,
  type HeldEventRecord,
  lockHeld,
  writeHeldEvent,
} from '#metering/held.store.ts'
import {
  decideGivingBack,
  decideHeld,
  type HeldChange,
  type HeldDecision,
  type HeldType,
  heldPeriod,
  includedUnits,
  markIn,
  reachesIncluded,
} from '#metering/held.ts'
import { largestBill, mostUnits } from '#metering/spend-cap.ts'
import { notInPlan, refuseDisabled } from '#metering/usage-decision.ts'
import { currency } from '#money/currency.ts'
import { units } from '#money/quantity.ts'
import type { Context } from '#organisations/org.ts'
import { invalidField, Problem } from '#problem.ts'
import { windowsPerPeriod } from '#time/interval.ts'
import { recordEvent } from '#webhooks/outbox.ts'

export type HeldRequest = {
  /** Public or own id. */
  readonly customerId: string
  readonly type: HeldType
  /** By feature code; all of them are carried out, or none. */
  readonly changes: ReadonlyMap<string, HeldChange>
  /** The request's own idempotencyKey, for a single change. */
  readonly ownKey: string | null
}

/** A recorded change with the names it is shown under. */
export type HeldChanged = {
  readonly event: HeldEventRecord
  readonly customerId: string
  readonly featureCode: string
}

/**
 * Changes how many seats or units of quota a customer holds, at once (metering.md, Seats and Quota). A request that repeats an
 * idempotencyKey is answered with the change recorded under it. Refusals in this order: 404 customer_not_found, 409 duplicate,
 * 404 feature_not_found, 404 no_active_subscription, 403 feature_not_in_plan and 403 feature_disabled (what is held of it
 * can be given back), those of decideHeld, 409 charge_in_progress while the plan is changed or, for more, paid for.
 */
export async function changeHeld(tx: Tx, context: Context, request: HeldRequest): Promise<HeldChanged[]> {
  const { org } = context
  const holder = await lockHolder(tx, context, request.customerId)
  const features = await featuresOf(tx, org.id, request)
  const repeated = await findRepeated(tx, org.id, holder, features, request)
  if (repeated) return [repeated]
  await refuseWhileChanging(tx, org, subscriptionOf(holder).id)
  const counts = await lockHeld(
    tx,
    org.id,
    subscriptionOf(holder).id,
    [...features.values()].map(({ id }) => id),
  )
  const decided = [...features.values()].map((feature) => ({
    feature,
    ...decide(holder, feature, counts.get(feature.id), request.changes.get(feature.code)),
  }))
  if (decided.some(({ decision: { previous, current } }) => current > previous)) {
    await refuseMoreWhilePaying(tx, org, subscriptionOf(holder).id)
  }
  // Locks in one order everywhere: that of the features.
  const written = new Map<string, HeldEventRecord>()
  for (const one of decided.toSorted((a, b) => (a.feature.id < b.feature.id ? -1 : 1))) {
    const { id, code } = one.feature
    written.set(code, await write(tx, context, holder, counts.get(id), one, request.ownKey))
  }
  for (const one of decided) await tell(tx, context, holder, one)
  return decided.map(({ feature }) => {
    const event = written.get(feature.code)
    assert(event, `${feature.code} was written`)
    return { event, customerId: publicCustomerId(holder.customer), featureCode: feature.code }
  })
}

// In the order of the request.
async function featuresOf(tx: Tx, orgId: string, { changes, type }: HeldRequest): Promise<Map<string, Feature>> {
  const found = await findFeaturesByCode(tx, orgId, [...changes.keys()])
  const features = new Map<string, Feature>()
  for (const code of changes.keys()) {
    const feature = found.get(code)
    if (feature?.type !== type) {
      throw new Problem('feature_not_found', `There is no ${type} feature with the code ${code}.`)
    }
    features.set(code, feature)
  }
  return features
}

async function findRepeated(
  tx: Tx,
  orgId: string,
  { customer, subscription }: Holder,
  features: ReadonlyMap<string, Feature>,
  { changes, ownKey }: HeldRequest,
): Promise<HeldChanged | undefined> {
  const event = ownKey === null ? undefined : await findHeldEventByKey(tx, orgId, ownKey)
  if (!event) return undefined
  const [code, change] = [...changes][0] ?? []
  const isSame =
    event.subscriptionId === subscription?.id &&
    event.featureId === features.get(code ?? '')?.id &&
    event.action === change?.action &&
    event.count === change.count
  if (!isSame || code === undefined) throw keyUsed(ownKey)
  return { event, customerId: publicCustomerId(customer), featureCode: code }
}

function keyUsed(ownKey: string | null): Problem {
  return new Problem('duplicate', `The idempotencyKey ${ownKey} was used for another change.`, {
    param: 'idempotencyKey',
  })
}

function subscriptionOf(holder: Holder) {
  if (!holder.subscription) {
    throw new Problem(
      'no_active_subscription',
      `Customer ${publicCustomerId(holder.customer)} has no subscription that gives access.`,
    )
  }
  return holder.subscription
}

type Decided = {
  readonly change: HeldChange
  /** Null where the plan has the feature no more, or has switched it off. */
  readonly terms: FeatureTerms | null
  readonly decision: HeldDecision
}
type DecidedOf = Decided & { readonly feature: Feature }

function decide(
  holder: Holder,
  feature: Feature,
  count: HeldCountRecord | undefined,
  change: HeldChange | undefined,
): Decided {
  subscriptionOf(holder)
  const { window, circumstances } = holder
  assert(change && window && circumstances, 'a holder with a subscription is in a window')
  const held = count
    ? { current: count.current, mark: markIn(count, heldPeriod(window).start) }
    : { current: 0n, mark: 0n }
  const terms = holder.terms.find(({ featureId }) => featureId === feature.id)
  if (!terms?.enabled) {
    // What came along from another plan can be given back, or nobody could ever change to one that does not take it.
    const decision = decideGivingBack(feature, held, change)
    if (decision) return { change, terms: null, decision }
    throw (terms && refuseDisabled(terms)) ?? notInPlan(feature.code)
  }
  const decision = decideHeld(terms, circumstances, held, change)
  refuseAbsurd(holder, terms, decision)
  return { change, terms, decision }
}

// A count that no bill can say is a slip, like such usage: it would keep every renewal from being invoiced.
function refuseAbsurd(holder: Holder, terms: FeatureTerms, { current, previous }: HeldDecision): void {
  const { billingInterval, currency: code } = subscriptionOf(holder)
  if (current <= previous || billingInterval === null || terms.unlimited || !terms.overageEnabled) return
  const unitPrice = terms.overageUnitPrice * BigInt(windowsPerPeriod[billingInterval])
  const most = mostUnits(largestBill, unitPrice, currency(code))
  if (most === null || units(current - includedUnits(terms)) <= most) return
  const field = terms.type === 'seats' ? 'seats' : 'units'
  throw invalidField('count', `So many ${field} would bill more than ${largestBill} minor units at once.`)
}

async function write(
  tx: Tx,
  { org, now, today }: Context,
  holder: Holder,
  before: HeldCountRecord | undefined,
  { feature, change, decision }: DecidedOf,
  ownKey: string | null,
): Promise<HeldEventRecord> {
  const { window } = holder
  assert(window, 'a holder with a subscription is in a window')
  const event = {
    id: newId(feature.type === 'seats' ? 'sev' : 'qev'),
    subscriptionId: subscriptionOf(holder).id,
    featureId: feature.id,
    number: (before?.changes ?? 0n) + 1n,
    action: change.action,
    count: change.count,
    previous: decision.previous,
    current: decision.current,
    // Never before the window that is open, nor before the change before: clocks of two machines may differ.
    countsOn: latest(today, window.startsOn, before?.changedOn ?? today),
    windowNumber: window.number,
    ownKey,
    createdAt: now,
  }
  const { mark, step } = decision
  const periodStart = heldPeriod(window).start
  try {
    await writeHeldEvent(tx, org.id, { ...event, mark, periodStart, step })
  } catch (error) {
    if ((error as { constraint?: string }).constraint === 'held_event_own_key') throw keyUsed(ownKey)
    throw error
  }
  return { ...event, orgId: org.id }
}

function latest(...days: readonly [Temporal.PlainDate, ...Temporal.PlainDate[]]): Temporal.PlainDate {
  return days.reduce((a, b) => (Temporal.PlainDate.compare(a, b) >= 0 ? a : b))
}

async function tell(tx: Tx, context: Context, holder: Holder, { feature, terms, decision }: DecidedOf): Promise<void> {
  if (feature.type !== 'seats' || decision.current === decision.previous) return
  const about = {
    customerId: publicCustomerId(holder.customer),
    subscriptionId: subscriptionOf(holder).id,
    featureCode: feature.code,
  }
  await tellState(tx, context, holder.customer.id, 'seats_updated')
  await recordEvent(tx, context, 'seats.updated', holder.customer.id, {
    ...about,
    previousSeats: Number(decision.previous),
    currentSeats: Number(decision.current),
  })
  if (!terms || !reachesIncluded(terms, decision)) return
  await recordEvent(tx, context, 'seats.limit_reached', holder.customer.id, {
    ...about,
    currentSeats: Number(decision.current),
    includedSeats: Number(terms.includedAmount / 1_000_000n),
  })
}
