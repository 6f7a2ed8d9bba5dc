import assert from 'node:assert/strict'
import type { Feature } from '#catalogue/feature.ts'
import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import { findFeaturesByCode } from '#catalogue/features.store.ts'
import { publicCustomerId } from '#customers/customer.ts'
import type { Tx } from '#database/transaction.ts'
import { newId } from '#id.ts'
import { type Holder, lockHolder } from '#metering/actions/find-holder.ts'
import { refuseWhileChanging } from '#metering/actions/refuse-while-changing.ts'
import { tellState } from '#metering/actions/tell-state.ts'
import {
  findHeldEventByKey,
  type HeldCountRecord,
  type HeldEventRecord,
  lockHeld,
  writeHeldEvent,
} from '#metering/held.store.ts'
import {
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
 * 404 feature_not_found, 404 no_active_subscription, 403 feature_not_in_plan, 403 feature_disabled, then those of decideHeld.
 */
export async function changeHeld(tx: Tx, context: Context, request: HeldRequest): Promise<HeldChanged[]> {
  const { org } = context
  const holder = await lockHolder(tx, context, request.customerId)
  const features = await featuresOf(tx, org.id, request)
  const repeated = await findRepeated(tx, org.id, holder, features, request)
  if (repeated) return [repeated]
  await refuseWhileChanging(tx, org, subscriptionOf(holder).id)
  const known = [...features.values()].map((feature) => ({ feature, terms: termsOf(holder, feature) }))
  const counts = await lockHeld(
    tx,
    org.id,
    subscriptionOf(holder).id,
    [...features.values()].map(({ id }) => id),
  )
  const decided = known.map(({ feature, terms }) => ({
    terms,
    feature,
    ...decide(holder, terms, counts.get(feature.id), request.changes.get(feature.code)),
  }))
  // Locks in one order everywhere: that of the features.
  const written = new Map<string, HeldEventRecord>()
  for (const { feature, ...one } of decided.toSorted((a, b) => (a.feature.id < b.feature.id ? -1 : 1))) {
    written.set(feature.code, await write(tx, context, holder, counts.get(feature.id), one, request.ownKey))
  }
  for (const { terms, decision } of decided) await tell(tx, context, holder, terms, decision)
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

function termsOf(holder: Holder, feature: Feature): FeatureTerms {
  subscriptionOf(holder)
  const terms = holder.terms.find(({ featureId }) => featureId === feature.id)
  if (!terms) throw notInPlan(feature.code)
  const refusal = refuseDisabled(terms)
  if (refusal) throw refusal
  return terms
}

type Decided = { readonly change: HeldChange; readonly decision: HeldDecision }

function decide(
  holder: Holder,
  terms: FeatureTerms,
  count: HeldCountRecord | undefined,
  change: HeldChange | undefined,
): Decided {
  const { window, circumstances } = holder
  assert(change && window && circumstances, 'a holder with a subscription is in a window')
  const held = count
    ? { current: count.current, mark: markIn(count, heldPeriod(window).start) }
    : { current: 0n, mark: 0n }
  const decision = decideHeld(terms, circumstances, held, change)
  refuseAbsurd(holder, terms, decision)
  return { change, decision }
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
  { terms, change, decision }: Decided & { readonly terms: FeatureTerms },
  ownKey: string | null,
): Promise<HeldEventRecord> {
  const { window } = holder
  assert(window, 'a holder with a subscription is in a window')
  const event = {
    id: newId(terms.type === 'seats' ? 'sev' : 'qev'),
    subscriptionId: subscriptionOf(holder).id,
    featureId: terms.featureId,
    number: (before?.changes ?? 0n) + 1n,
    action: change.action,
    count: change.count,
    previous: decision.previous,
    current: decision.current,
    // Never before the window that is open, nor before the change before: clocks of two machines may differ.
    countsOn: latest(today, window.startsOn, before?.changedOn ?? today),
    ownKey,
    createdAt: now,
  }
  const { mark, step } = decision
  const periodStart = heldPeriod(window).start
  try {
    await writeHeldEvent(tx, org.id, { ...event, mark, periodStart, windowNumber: window.number, step })
  } catch (error) {
    if ((error as { constraint?: string }).constraint === 'held_event_own_key') throw keyUsed(ownKey)
    throw error
  }
  return { ...event, orgId: org.id }
}

function latest(...days: readonly [Temporal.PlainDate, ...Temporal.PlainDate[]]): Temporal.PlainDate {
  return days.reduce((a, b) => (Temporal.PlainDate.compare(a, b) >= 0 ? a : b))
}

async function tell(
  tx: Tx,
  context: Context,
  holder: Holder,
  terms: FeatureTerms,
  decision: HeldDecision,
): Promise<void> {
  if (terms.type !== 'seats' || decision.current === decision.previous) return
  const about = {
    customerId: publicCustomerId(holder.customer),
    subscriptionId: subscriptionOf(holder).id,
    featureCode: terms.code,
  }
  await tellState(tx, context, holder.customer.id, 'seats_updated')
  await recordEvent(tx, context, 'seats.updated', holder.customer.id, {
    ...about,
    previousSeats: Number(decision.previous),
    currentSeats: Number(decision.current),
  })
  if (!reachesIncluded(terms, decision)) return
  await recordEvent(tx, context, 'seats.limit_reached', holder.customer.id, {
    ...about,
    currentSeats: Number(decision.current),
    includedSeats: Number(terms.includedAmount / 1_000_000n),
  })
}
