import { sql } from 'kysely'
import type { Tx } from '#database/transaction.ts'

/**
 * To which day (exclusive) the bases of a subscription's add-ons were billed, by add-on id, where that is after a day. What was
 * given up or withdrawn does not count.
 */
export async function addonsBilledBeyond(
  tx: Tx,
  orgId: string,
  subscriptionId: string,
  day: Temporal.PlainDate,
): Promise<readonly BilledAddon[]> {
  const { rows } = await sql<{ addon_id: string; window_number: number; ends_on: string }>`
    select l.basis ->> 'addonId' as addon_id, l.window_number, l.ends_on::text as ends_on
    from invoice i
    join invoice_line l on l.org_id = i.org_id and l.invoice_id = i.id
    where i.org_id = ${orgId} and i.subscription_id = ${subscriptionId} and i.status in ('paid', 'outstanding')
      and l.line_type = 'addon_base' and l.ends_on > ${day.toString()}::date`.execute(tx)
  return rows.map(({ addon_id, window_number, ends_on }) => ({
    addonId: addon_id,
    windowNumber: window_number,
    until: Temporal.PlainDate.from(ends_on),
  }))
}

export type BilledAddon = {
  readonly addonId: string
  readonly windowNumber: number
  readonly until: Temporal.PlainDate
}
