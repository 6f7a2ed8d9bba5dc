import assert from 'node:assert/strict'
import type { Feature } from '#catalogue/feature.ts'
import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import { findFeatureByCode } from '#catalogue/features.store.ts'
import { type CustomerRecord, publicCustomerId } from '#customers/customer.ts'
import type { Tx } from '#database/transaction.ts'
import { newId } from '#id.ts'
import { type Holder, lockHolder } from '#metering/actions/find-holder.ts'
import { recordEventsIn } from '#metering/actions/record-events.ts'
import { capacityUnderLock } from '#metering/actions/record-within-cap.ts'
import { type Capacity, usageCapacity } from '#metering/capacity.ts'
import { lockTotal } from '#metering/counters.store.ts'
import { watchOf } from '#metering/quota-watch.ts'
import { KeyTakenMeanwhile } from '#metering/record-events.store.ts'
import { capsInForce, type SpendCaps } from '#metering/spend-cap.ts'
import { lockCaps } from '#metering/spend-caps.store.ts'
import { findAdjustmentByKey, insertAdjustment, type UsageAdjustmentRecord } from '#metering/usage-adjustments.store.ts'
import {
  type CappedOffer,
  ceilingOf,
  notInPlan,
  refuseBeyond,
  refuseDisabled,
  refusePricing,
  soldElsewhere,
  unknownUsageFeature,
  withoutSubscription,
} from '#metering/usage-decision.ts'
import type { AppliedCap, Candidate, Outcome } from '#metering/usage-event.ts'
import { findEarlier, openMissingCounter } from '#metering/usage-events.store.ts'
import type { Quantity } from '#money/quantity.ts'
import type { Context } from '#organisations/org.ts'
import { findOrg } from '#organisations/sides.store.ts'
import { invalidField, Problem } from '#problem.ts'
import { isUsageListenedTo } from '#webhooks/endpoints.store.ts'

/** A total as it is asked for. */
export type SetUsageInput = {
  /** Public or own id. */
  readonly customerId: string
  readonly feature: string
  /** Millionths of a unit. */
  readonly value: Quantity
  readonly idempotencyKey: string | null
  readonly reason: string | null
}

/** What was set, with the names it is shown under. */
export type UsageSet = {
  readonly adjustment: UsageAdjustmentRecord
  readonly customerId: string
  readonly feature: string
}

// A change of the catalogue can overtake the reading of the terms, hardly more often.
const mostRounds = 10

/**
 * Makes what the current window counted exactly `value`, by an event of the difference (metering.md, PUT /usage). `recordedAt`
 * is machine time. The counter is locked from its reading to the event, so usage that is reported at the same time comes before
 * or after. A repeat of an idempotencyKey is answered with what the first did. Refusals in this order: 404 customer_not_found,
 * 409 duplicate, 404 feature_not_found, 404 no_active_subscription, 403 feature_not_in_plan, 403 feature_disabled, 422 on plans
 * that are not metered, 400 pricing_mode_mismatch, 402 included_limit_reached for a rise beyond the limit.
 */
export async function setUsage(
  tx: Tx,
  context: Context,
  input: SetUsageInput,
  recordedAt: Temporal.Instant,
): Promise<UsageSet> {
  for (let round = 0; round < mostRounds; round++) {
    const org = await findOrg(tx, context.org.id)
    assert(org, 'the side of a request exists')
    const holder = await lockHolder(tx, context, input.customerId)
    const feature = await findFeatureByCode(tx, org.id, input.feature)
    const names = { customerId: publicCustomerId(holder.customer), feature: input.feature }
    const repeated = await findRepeated(tx, context, input, holder.customer, feature)
    if (repeated) return { adjustment: repeated, ...names }
    const terms = termsOf(holder, feature, input)
    const isTold = await isUsageListenedTo(tx, org.id)
    const { version } = org
    const adjustment = await adjust(tx, context, { input, holder, terms, version, isTold, recordedAt })
    if (adjustment) return { adjustment, ...names }
  }
  throw new Error(`the catalogue changes faster than the usage of ${input.customerId} can be set`)
}

async function findRepeated(
  tx: Tx,
  { org }: Context,
  { idempotencyKey, value }: SetUsageInput,
  customer: CustomerRecord,
  feature: Feature | undefined,
): Promise<UsageAdjustmentRecord | undefined> {
  if (idempotencyKey === null) return undefined
  const made = await findAdjustmentByKey(tx, org.id, idempotencyKey)
  if (made) {
    const isSame = made.customerId === customer.id && made.featureId === feature?.id && made.value === value
    if (!isSame) throw keyUsed(idempotencyKey)
    return made
  }
  const [event] = await findEarlier(tx, org.id, { body: idempotencyKey, request: null })
  if (event) throw keyUsed(idempotencyKey)
  return undefined
}

function keyUsed(idempotencyKey: string | null): Problem {
  return new Problem('duplicate', `The idempotencyKey ${idempotencyKey} was used for other usage.`, {
    param: 'idempotencyKey',
  })
}

function termsOf(holder: Holder, feature: Feature | undefined, input: SetUsageInput): FeatureTerms {
  if (feature?.type !== 'usage') throw unknownUsageFeature(input.feature)
  if (!holder.subscription) throw withoutSubscription(input.customerId)
  const terms = holder.terms.find(({ featureId }) => featureId === feature.id)
  if (!terms) throw notInPlan(input.feature)
  const refusal = refuseDisabled(terms) ?? refuseLedger(holder) ?? refusePricing(terms, false)
  if (refusal) throw refusal
  return terms
}

function refuseLedger({ circumstances }: Holder): Problem | undefined {
  if (!circumstances || circumstances.model === 'metered') return undefined
  return invalidField(
    'feature',
    `Usage is set on metered plans only: this customer's plan draws on ${circumstances.model}.`,
  )
}

type Setting = {
  readonly input: SetUsageInput
  readonly holder: Holder
  readonly terms: FeatureTerms
  readonly version: bigint
  readonly isTold: boolean
  readonly recordedAt: Temporal.Instant
}

/** Records the difference; undefined when the catalogue changed since the terms were read. */
async function adjust(tx: Tx, context: Context, setting: Setting): Promise<UsageAdjustmentRecord | undefined> {
  const { input, holder, terms, recordedAt } = setting
  const { subscription, window } = holder
  assert(subscription && window, 'a holder with a subscription is in a window')
  const counter = { subscriptionId: subscription.id, featureId: terms.featureId, windowNumber: window.number }
  const caps = capsInForce(await lockCaps(tx, context.org.id, subscription.id))
  const previous = await openAndLock(tx, context.org.id, { ...counter, epoch: subscription.epoch })
  const difference = input.value - previous
  // What is taken back always fits.
  const capacity =
    difference > 0n
      ? await capacityUnderLock(tx, context.org.id, offerOf(setting, caps))
      : ({ kind: 'unlimited' } as const)
  const candidate = candidateOf(context, setting, difference, ceilingOf(capacity))
  const [outcome] = await record(tx, context.org.id, candidate, recordedAt)
  switch (outcome?.kind) {
    case 'recorded': {
      const adjustment = {
        ...counter,
        eventId: candidate.event.id,
        customerId: holder.customer.id,
        value: input.value,
        previousValue: previous,
        reason: input.reason,
        ownKey: input.idempotencyKey,
        createdAt: context.now,
      }
      await insertAdjustment(tx, context.org.id, adjustment)
      return adjustment
    }
    case 'refused':
      throw refuseBeyond(
        input.feature,
        {
          ...candidate,
          spendCap: capOf(capacity, subscription),
          unpricedIn: holder.circumstances && soldElsewhere(terms, holder.circumstances, subscription.currency),
        },
        outcome,
        difference,
      )
    case 'duplicate':
      throw keyUsed(input.idempotencyKey)
    case 'stale':
      return undefined
    default:
      throw new Error(`setting usage ended in ${outcome?.kind}`)
  }
}

async function openAndLock(
  tx: Tx,
  orgId: string,
  counter: Pick<Candidate, 'subscriptionId' | 'featureId' | 'windowNumber' | 'epoch'>,
): Promise<Quantity> {
  const total = await lockTotal(tx, orgId, counter)
  if (total !== undefined) return total
  await openMissingCounter(tx, orgId, counter)
  const opened = await lockTotal(tx, orgId, counter)
  assert(opened !== undefined, 'the counter of a locked subscription can be opened')
  return opened
}

function offerOf({ holder, terms }: Setting, caps: SpendCaps): CappedOffer {
  const { subscription, window, circumstances } = holder
  assert(subscription && window && circumstances, 'a holder with a subscription is in a window')
  const { id, planId, status, currency } = subscription
  const plan = { id: planId, consumptionModel: circumstances.model }
  return { running: { subscriptionId: id, plan, status, currency, caps }, window, terms, features: holder.terms }
}

function capOf(capacity: Capacity, { currency }: { readonly currency: string }): AppliedCap | null {
  return capacity.kind === 'capped' ? { amount: capacity.cap, currency, shared: null } : null
}

function candidateOf(
  context: Context,
  { input, holder, terms, version, isTold }: Setting,
  difference: Quantity,
  ceiling: Quantity | null,
): Candidate {
  const { customer, subscription, window, circumstances } = holder
  assert(subscription && window && circumstances, 'a holder with a subscription is in a window')
  const customerId = publicCustomerId(customer)
  return {
    event: {
      id: newId('evt'),
      customerId,
      feature: input.feature,
      value: difference,
      idempotencyKey: input.idempotencyKey,
      timestamp: context.now,
      properties: [],
      createdAt: context.now,
    },
    customerId: customer.id,
    subscriptionId: subscription.id,
    featureId: terms.featureId,
    windowNumber: window.number,
    isLate: false,
    ceiling,
    draw: null,
    quota: watchOf(usageCapacity(terms, circumstances), window),
    tokens: null,
    version,
    epoch: subscription.epoch,
    isTold,
    request: null,
  }
}

async function record(
  tx: Tx,
  orgId: string,
  candidate: Candidate,
  recordedAt: Temporal.Instant,
): Promise<readonly Outcome[]> {
  try {
    return await recordEventsIn(tx, orgId, [candidate], recordedAt)
  } catch (error) {
    // Other usage took the key within this moment; nothing was written.
    if (error instanceof KeyTakenMeanwhile) throw keyUsed(candidate.event.idempotencyKey)
    throw error
  }
}
