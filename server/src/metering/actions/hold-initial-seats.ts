import { loadPlanTerms, revisionInForce } from '#catalogue/feature-terms.store.ts'
import { findFeaturesByCode } from '#catalogue/features.store.ts'
import type { ConsumptionModel } from '#catalogue/plan.ts'
import type { Region } from '#catalogue/region.ts'
import type { Db, Tx } from '#database/transaction.ts'
import { newId } from '#id.ts'
import { findHeld, writeHeldEvent } from '#metering/held.store.ts'
import { decideHeld } from '#metering/held.ts'
import { notInPlan, refuseDisabled } from '#metering/usage-decision.ts'
import type { Context } from '#organisations/org.ts'
import { Problem } from '#problem.ts'
import type { WindowKind } from '#subscriptions/schedule.ts'

export type InitialSeats = {
  readonly subscriptionId: string
  readonly planId: string
  readonly region: Region
  readonly model: ConsumptionModel
  /** What the first window will be for. */
  readonly windowKind: WindowKind
  /** Counts by feature code. */
  readonly seats: Readonly<Record<string, number>>
}

/**
 * Sets what a new subscription holds from its first day, checked like `PUT /seats` (metering.md, Seats): nothing of it is a
 * change of the first period, so nothing of it is trued up. Refusals as in changeHeld.
 */
export async function holdInitialSeats(tx: Tx, { org, now, today }: Context, initial: InitialSeats): Promise<void> {
  const codes = Object.keys(initial.seats)
  if (codes.length === 0) return
  const features = await findFeaturesByCode(tx, org.id, codes)
  const sinceRevision = await revisionInForce(tx, org.id, now)
  const terms = await loadPlanTerms(tx, org.id, initial.planId, { sinceRevision, region: initial.region })
  const status = initial.windowKind === 'trial' ? 'trialing' : 'active'
  const circumstances = { model: initial.model, status, windowKind: initial.windowKind } as const
  for (const [code, count] of Object.entries(initial.seats).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const feature = features.get(code)
    if (feature?.type !== 'seats') {
      throw new Problem('feature_not_found', `There is no seats feature with the code ${code}.`, {
        param: 'initialSeats',
      })
    }
    const own = terms.find(({ featureId }) => featureId === feature.id)
    const refusal = own ? refuseDisabled(own) : notInPlan(code)
    if (!own || refusal) throw refusal
    const change = { action: 'set', count: BigInt(count) } as const
    const { current } = decideHeld(own, circumstances, { current: 0n, mark: 0n }, change)
    await writeHeldEvent(tx, org.id, {
      id: newId('sev'),
      subscriptionId: initial.subscriptionId,
      featureId: feature.id,
      number: 1n,
      action: 'initial',
      count: current,
      previous: 0n,
      current,
      countsOn: today,
      ownKey: null,
      createdAt: now,
      mark: current,
      periodStart: today,
      windowNumber: 1,
      step: null,
    })
  }
}

/** Whether a subscription holds these seats and no others: a second request for them wants the same. */
export async function holdsSeats(
  db: Db,
  orgId: string,
  subscriptionId: string,
  seats: Readonly<Record<string, number>>,
): Promise<boolean> {
  const held = await findHeld(db, orgId, subscriptionId)
  const features = await findFeaturesByCode(db, orgId, Object.keys(seats))
  const wanted = Object.entries(seats).filter(([, count]) => count > 0)
  const holding = [...held.values()].filter(({ current }) => current > 0n)
  const isHeld = ([code, count]: readonly [string, number]) =>
    held.get(features.get(code)?.id ?? '')?.current === BigInt(count)
  return wanted.length === holding.length && wanted.every(isHeld)
}
