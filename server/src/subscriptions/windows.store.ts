import type { Selectable } from 'kysely'
import { fromRow, type RecordOf } from '#database/records.ts'
import type { SubscriptionWindowTable } from '#database/tables.generated.ts'
import type { Db, Tx } from '#database/transaction.ts'
import type { WindowPlan } from '#subscriptions/schedule.ts'

export type WindowRecord = RecordOf<Selectable<SubscriptionWindowTable>>

export type NewWindow = {
  readonly subscriptionId: string
  readonly planId: string
  readonly plan: WindowPlan
  readonly termsRevision: bigint
  readonly openedAt: Temporal.Instant
}

/** Opens a window of each of several subscriptions. A subscription has at most one open window, whatever runs twice. */
export async function insertWindows(tx: Tx, orgId: string, windows: readonly NewWindow[]): Promise<void> {
  const rows = windows.map((window) => rowOf(orgId, window))
  await tx.insertInto('subscription_window').values(rows).execute()
}

function rowOf(orgId: string, { subscriptionId, planId, plan, termsRevision, openedAt }: NewWindow) {
  return {
    org_id: orgId,
    subscription_id: subscriptionId,
    number: plan.number,
    kind: plan.kind,
    plan_id: planId,
    starts_on: plan.startsOn,
    ends_on: plan.endsOn,
    period_start: plan.periodStart,
    period_end: plan.periodEnd,
    terms_revision: termsRevision,
    opened_at: openedAt,
  }
}

/** Writes windows that were over before anybody opened them. */
export async function insertClosedWindows(
  tx: Tx,
  orgId: string,
  windows: readonly NewWindow[],
  closed: { readonly at: Temporal.Instant; readonly revision: bigint },
): Promise<void> {
  if (windows.length === 0) return
  const rows = windows.map((window) => ({
    ...rowOf(orgId, window),
    closed_at: closed.at,
    closed_revision: closed.revision,
  }))
  await tx.insertInto('subscription_window').values(rows).execute()
}

/**
 * Closes the open windows of several subscriptions, with the last revision their terms had seen, and gives them by subscription
 * id; missing where there is none: whoever closes a window is the only one.
 */
export async function closeOpenWindows(
  tx: Tx,
  orgId: string,
  subscriptionIds: readonly string[],
  closed: { readonly at: Temporal.Instant; readonly revision: bigint },
): Promise<Map<string, WindowRecord>> {
  const rows = await tx
    .updateTable('subscription_window')
    .set({ closed_at: closed.at, closed_revision: closed.revision })
    .where('org_id', '=', orgId)
    .where('subscription_id', 'in', [...subscriptionIds])
    .where('closed_at', 'is', null)
    .returningAll()
    .execute()
  return new Map(rows.map((row) => [row.subscription_id, fromRow(row)]))
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
