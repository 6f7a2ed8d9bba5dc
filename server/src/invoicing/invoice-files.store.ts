import type { Db } from '#database/transaction.ts'

/** Notes that a PDF of an invoice was given out; one that was noted before stays as it is. */
export async function noteFile(db: Db, orgId: string, invoiceId: string, sha256: string): Promise<void> {
  await db
    .insertInto('invoice_file')
    .values({ org_id: orgId, invoice_id: invoiceId, sha256 })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** The SHA-256 of each PDF of some invoices that was given out, the first ones first, by invoice id. */
export async function filesOf(db: Db, orgId: string, invoiceIds: readonly string[]): Promise<Map<string, string[]>> {
  const byInvoice = new Map<string, string[]>(invoiceIds.map((id) => [id, []]))
  if (invoiceIds.length === 0) return byInvoice
  const rows = await db
    .selectFrom('invoice_file')
    .select(['invoice_id', 'sha256'])
    .where('org_id', '=', orgId)
    .where('invoice_id', 'in', [...invoiceIds])
    .orderBy('first_given_at')
    .orderBy('sha256')
    .execute()
  for (const { invoice_id, sha256 } of rows) byInvoice.get(invoice_id)?.push(sha256)
  return byInvoice
}
