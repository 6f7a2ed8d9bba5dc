import { sql } from 'kysely'
import type { Db, Tx } from '#database/transaction.ts'
import { addonChecks } from '#verification/addon-checks.store.ts'
import type { Check, Finding, Result } from '#verification/check.ts'
import { invoiceChecks } from '#verification/invoice-checks.store.ts'
import { ledgerChecks } from '#verification/ledger-checks.store.ts'
import { meteringChecks } from '#verification/metering-checks.store.ts'
import { paymentChecks } from '#verification/payment-checks.store.ts'
import { subscriptionChecks } from '#verification/subscription-checks.store.ts'
import { webhookChecks } from '#verification/webhook-checks.store.ts'

export const allChecks: readonly Check[] = [
  ...subscriptionChecks,
  ...meteringChecks,
  ...ledgerChecks,
  ...invoiceChecks,
  ...paymentChecks,
  ...addonChecks,
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
  for (const check of allChecks) {
    const result = await run(tx, check)
    onResult(result)
    results.push(result)
  }
  return results
}

type Row = { readonly org_id: string; readonly subject: string; readonly found: string; readonly breaches: bigint }

async function run(tx: Tx, { name, holds, counted, findings }: Check): Promise<Result> {
  const { rows: counts } = await sql<{ count: bigint }>`${sql.raw(counted)}`.execute(tx)
  const { rows } = await sql<Row>`
    select breach.*, count(*) over () as breaches from (${sql.raw(findings)}) breach
    order by org_id, subject limit ${shownAtMost}`.execute(tx)
  return {
    name,
    holds,
    looked: counts[0]?.count ?? 0n,
    breaches: rows[0]?.breaches ?? 0n,
    findings: rows.map(findingOf),
  }
}

function findingOf({ org_id, subject, found }: Row): Finding {
  return { orgId: org_id, subject, found }
}
