import assert from 'node:assert/strict'
import type { Db, Tx } from '#database/transaction.ts'
import { parseQuantity, type Quantity, quantityToText } from '#money/quantity.ts'

/** What setting a total did. The event of the same id holds the difference. */
export type UsageAdjustmentRecord = {
  readonly eventId: string
  readonly customerId: string
  readonly subscriptionId: string
  readonly featureId: string
  readonly windowNumber: number
  /** The window's total from then on. */
  readonly value: Quantity
  readonly previousValue: Quantity
  readonly reason: string | null
  readonly ownKey: string | null
  readonly createdAt: Temporal.Instant
}

/** Call it in the transaction that recorded the event. */
export async function insertAdjustment(tx: Tx, orgId: string, adjustment: UsageAdjustmentRecord): Promise<void> {
  await tx
    .insertInto('usage_adjustment')
    .values({
      org_id: orgId,
      event_id: adjustment.eventId,
      customer_id: adjustment.customerId,
      subscription_id: adjustment.subscriptionId,
      feature_id: adjustment.featureId,
      window_number: adjustment.windowNumber,
      value: quantityToText(adjustment.value),
      previous_value: quantityToText(adjustment.previousValue),
      reason: adjustment.reason,
      own_key: adjustment.ownKey,
      created_at: adjustment.createdAt,
    })
    .execute()
}

/** The adjustment that was made under an idempotencyKey. */
export async function findAdjustmentByKey(
  db: Db,
  orgId: string,
  ownKey: string,
): Promise<UsageAdjustmentRecord | undefined> {
  const row = await db
    .selectFrom('usage_adjustment')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('own_key', '=', ownKey)
    .executeTakeFirst()
  if (!row) return undefined
  return {
    eventId: row.event_id,
    customerId: row.customer_id,
    subscriptionId: row.subscription_id,
    featureId: row.feature_id,
    windowNumber: row.window_number,
    value: quantityOf(row.value),
    previousValue: quantityOf(row.previous_value),
    reason: row.reason,
    ownKey: row.own_key,
    createdAt: row.created_at,
  }
}

function quantityOf(text: string): Quantity {
  const quantity = parseQuantity(text)
  assert(quantity !== undefined, `an adjustment holds ${text}`)
  return quantity
}
