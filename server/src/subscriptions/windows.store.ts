import type { Selectable } from 'kysely'
import { fromRow, type RecordOf } from '#database/records.ts'
import type { SubscriptionWindowTable } from '#database/tables.generated.ts'
import type { Db, Tx } from '#database/transaction.ts'
import type { WindowPlan } from '#subscriptions/schedule.ts'

export type WindowRecord = RecordOf<Selectable<SubscriptionWindowTable>>

/** Opens a window. A subscription has at most one open window, whatever runs twice. */
export async function openWindow(
  tx: Tx,
  orgId: string,
  window: {
    subscriptionId: string
    planId: string
    plan: WindowPlan
    termsRevision: bigint
    openedAt: Temporal.Instant
  },
): Promise<void> {
  await tx
    .insertInto('subscription_window')
    .values({
      org_id: orgId,
      subscription_id: window.subscriptionId,
      number: window.plan.number,
      kind: window.plan.kind,
      plan_id: window.planId,
      starts_on: window.plan.startsOn,
      ends_on: window.plan.endsOn,
      period_start: window.plan.periodStart,
      period_end: window.plan.periodEnd,
      terms_revision: window.termsRevision,
      opened_at: window.openedAt,
    })
    .execute()
}

/** Closes the open window and gives it; undefined when there is none: whoever closes a window is the only one. */
export async function closeOpenWindow(
  tx: Tx,
  orgId: string,
  subscriptionId: string,
  closedAt: Temporal.Instant,
): Promise<WindowRecord | undefined> {
  const row = await tx
    .updateTable('subscription_window')
    .set({ closed_at: closedAt })
    .where('org_id', '=', orgId)
    .where('subscription_id', '=', subscriptionId)
    .where('closed_at', 'is', null)
    .returningAll()
    .executeTakeFirst()
  return row && fromRow(row)
}

/** The subscription's open window, if it has begun. */
export async function findOpenWindow(db: Db, orgId: string, subscriptionId: string): Promise<WindowRecord | undefined> {
  const row = await db
    .selectFrom('subscription_window')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('subscription_id', '=', subscriptionId)
    .where('closed_at', 'is', null)
    .executeTakeFirst()
  return row && fromRow(row)
}

/** Windows that were opened, from one number to another, in their order. */
export async function findWindows(
  db: Db,
  orgId: string,
  subscriptionId: string,
  numbers: { readonly from: number; readonly to: number },
): Promise<WindowRecord[]> {
  const rows = await db
    .selectFrom('subscription_window')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('subscription_id', '=', subscriptionId)
    .where('number', '>=', numbers.from)
    .where('number', '<=', numbers.to)
    .orderBy('number')
    .execute()
  return rows.map(fromRow)
}

/** The window as the schedule counts it. */
export function windowPlanOf(record: WindowRecord): WindowPlan {
  const { number, kind, startsOn, endsOn, periodStart, periodEnd } = record
  return { number, kind, startsOn, endsOn, periodStart, periodEnd }
}
