import { sql } from 'kysely'
import type { Db, Tx } from '#database/transaction.ts'
import { addonChecks } from '#verification/addon-checks.store.ts'
import type { Check, Finding, Result } from '#verification/check.ts'
import { invoiceChecks } from '#verification/invoice-checks.store.ts'
import { ledgerChecks } from '#verification/ledger-checks.store.ts'
import { meteringChecks } from '#verification/metering-checks.store.ts'
import { paymentChecks } from '#verification/payment-checks.store.ts'
import { subscriptionChecks } from '#verification/subscription-checks.store.ts'
import { toldChecks } from '#verification/told-checks.store.ts'
import { webhookChecks } from '#verification/webhook-checks.store.ts'

export const allChecks: readonly Check[] = [
  ...subscriptionChecks,
  ...meteringChecks,
  ...ledgerChecks,
  ...invoiceChecks,
  ...paymentChecks,
  ...addonChecks,
  ...toldChecks,
  ...webhookChecks,
]

/** How many breaches of one check are shown. */
const shownAtMost = 20

/**
 * Recomputes on a live database what must always hold, as of one moment: nothing that happens meanwhile disturbs it, and it
 * writes nothing. `onResult` is told after each check.
 */
export async function verify(db: Db, onResult: (result: Result) => void = () => undefined): Promise<readonly Result[]> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (tx) => {
      await sql`set local statement_timeout = 0`.execute(tx)
      return runChecks(tx, onResult)
    })
}

/** The same inside a transaction, which sees what that has written. */
export async function runChecks(tx: Tx, onResult: (result: Result) => void): Promise<readonly Result[]> {
  const results: Result[] = []
  const looked = await countAll(tx)
  for (const check of allChecks) {
    const result = { ...(await run(tx, check)), looked: looked.get(check.counted) ?? 0n }
    onResult(result)
    results.push(result)
  }
  return results
}

// In one statement: on small books it is the number of statements that takes the time.
async function countAll(tx: Tx): Promise<ReadonlyMap<string, bigint>> {
  const counted = [...new Set(allChecks.map((check) => check.counted))]
  const arms = counted.map((count, place) => `select ${place} as place, (${count}) as count`)
  const { rows } = await sql<{ place: number; count: bigint }>`${sql.raw(arms.join(' union all '))}`.execute(tx)
  return new Map(rows.map(({ place, count }) => [counted[place] ?? '', count]))
}

type Row = { readonly org_id: string; readonly subject: string; readonly found: string; readonly breaches: bigint }

async function run(tx: Tx, { name, holds, findings }: Check): Promise<Omit<Result, 'looked'>> {
  const { rows } = await sql<Row>`
    select breach.*, count(*) over () as breaches from (${sql.raw(findings)}) breach
    order by org_id, subject limit ${shownAtMost}`.execute(tx)
  return { name, holds, breaches: rows[0]?.breaches ?? 0n, findings: rows.map(findingOf) }
}

function findingOf({ org_id, subject, found }: Row): Finding {
  return { orgId: org_id, subject, found }
}
