import { sql } from 'kysely'
import type { Tx } from '#database/transaction.ts'
import { newId } from '#id.ts'
import { type Quantity, quantityToText } from '#money/quantity.ts'

export type UsageMove = {
  readonly subscriptionId: string
  readonly customerId: string
  /** From one window to another; both numbers of the subscription. */
  readonly from: number
  readonly to: number
  /** The subscription's epoch now. */
  readonly epoch: bigint
  /** Signed quantities by feature id, none of them 0. */
  readonly quantities: ReadonlyMap<string, Quantity>
}

/**
 * Moves usage from one window to another by a pair of events for each feature, one that takes it out and one that puts it in: the
 * events of each window stay what its counter says. Called behind the locks of both windows' counters; the first may be closed.
 */
export async function moveUsage(tx: Tx, orgId: string, move: UsageMove, now: Temporal.Instant): Promise<void> {
  const features = [...move.quantities].sort(([a], [b]) => (a < b ? -1 : 1))
  if (features.length === 0) return
  const ids = features.map(([id]) => id)
  const quantities = features.map(([, quantity]) => quantityToText(quantity))
  const [outs, ins] = [features.map(() => newId('evt')), features.map(() => newId('evt'))]
  await sql`
    with moved as (
      select * from unnest(${ids}::text[], ${quantities}::numeric[], ${outs}::text[], ${ins}::text[])
        as moved (feature_id, quantity, out_id, in_id)
    ), pairs as (
      select feature_id, out_id as id, ${move.from}::int as window_number, -quantity as quantity from moved
      union all
      select feature_id, in_id, ${move.to}::int, quantity from moved
    ), recorded as (
      insert into usage_event (org_id, id, recorded_at, subscription_id, customer_id, feature_id, window_number, quantity, ts,
        created_at)
      select ${orgId}, id, date_trunc('milliseconds', now()), ${move.subscriptionId}, ${move.customerId}, feature_id,
        window_number, quantity, ${now}::timestamptz, ${now}::timestamptz
      from pairs
    ), taken as (
      update usage_counter counter set total = total - moved.quantity, events = events + 1
      from moved
      where counter.org_id = ${orgId} and counter.subscription_id = ${move.subscriptionId}
        and counter.feature_id = moved.feature_id and counter.window_number = ${move.from}::int
    )
    insert into usage_counter (org_id, subscription_id, feature_id, window_number, total, events, epoch)
    select ${orgId}, ${move.subscriptionId}, feature_id, ${move.to}::int, quantity, 1, ${move.epoch}::bigint
    from moved order by feature_id
    on conflict (org_id, subscription_id, feature_id, window_number)
    do update set total = usage_counter.total + excluded.total, events = usage_counter.events + 1`.execute(tx)
}
