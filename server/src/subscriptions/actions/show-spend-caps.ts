import { findFeaturesById } from '#catalogue/features.store.ts'
import type { Db } from '#database/transaction.ts'
import { findCaps, type SpendCapRecord } from '#metering/spend-caps.store.ts'
import type { Context } from '#organisations/org.ts'
import { Problem } from '#problem.ts'
import { findSubscription } from '#subscriptions/subscriptions.store.ts'

/** One cap with what each owner set, minor units; `amount` is the lower one, which is in force. */
export type ShownCap = {
  readonly featureCode: string | null
  readonly amount: bigint
  readonly merchant: bigint | null
  readonly customer: bigint | null
}

export type ShownCaps = {
  readonly subscriptionId: string
  readonly currency: string
  readonly caps: readonly ShownCap[]
}

/** The caps of a subscription: of all of it first, then by feature code. 404 subscription_not_found. */
export async function showSpendCaps(db: Db, { org }: Context, id: string): Promise<ShownCaps> {
  const subscription = await findSubscription(db, org.id, id)
  if (!subscription) throw new Problem('subscription_not_found', `There is no subscription ${id}.`)
  const records = await findCaps(db, org.id, [id])
  const featureIds = records.flatMap(({ featureId }) => featureId ?? [])
  const features = await findFeaturesById(db, org.id, featureIds)
  const byScope = [...Map.groupBy(records, ({ featureId }) => featureId)]
  const caps = byScope.flatMap(([featureId, set]) => {
    const featureCode = featureId === null ? null : features.get(featureId)?.code
    // The cap of a feature that was deleted limits nothing.
    return featureCode === undefined ? [] : [{ featureCode, ...amountsOf(set) }]
  })
  return { subscriptionId: id, currency: subscription.currency, caps: caps.toSorted(wholeFirst) }
}

function amountsOf(set: readonly SpendCapRecord[]) {
  const of = (owner: SpendCapRecord['owner']) => set.find((cap) => cap.owner === owner)?.amount ?? null
  const amount = set.map((cap) => cap.amount).reduce((a, b) => (a < b ? a : b))
  return { amount, merchant: of('merchant'), customer: of('customer') }
}

function wholeFirst(a: ShownCap, b: ShownCap): number {
  return (a.featureCode ?? '').localeCompare(b.featureCode ?? '')
}
