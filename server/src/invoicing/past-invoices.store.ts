import { fromRow } from '#database/records.ts'
import type { Db } from '#database/transaction.ts'
import type { InvoiceType } from '#invoicing/invoice-draft.ts'
import type { InvoiceRecord } from '#invoicing/invoices.store.ts'

/** What bills the windows and periods of subscriptions. */
const billing: readonly InvoiceType[] = ['recurring', 'overage', 'plan_change', 'reactivation']

/** The invoices of the periods and windows of some subscriptions that were issued at or after a moment, by subscription id. */
export async function invoicesSince(
  db: Db,
  orgId: string,
  subscriptionIds: readonly string[],
  since: Temporal.Instant,
): Promise<Map<string, InvoiceRecord[]>> {
  const rows = await db
    .selectFrom('invoice')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('subscription_id', 'in', [...subscriptionIds])
    .where('issued_at', '>=', since)
    .where('type', 'in', billing)
    .orderBy('id')
    .execute()
  return Map.groupBy(rows.map(fromRow), ({ subscriptionId }) => subscriptionId ?? '')
}
