import type { Db, Tx } from '#database/transaction.ts'
import type { PlacedTax } from '#tax/tax-on-lines.ts'

/** Writes the taxes of some invoices, whose lines are written. */
export async function insertTaxes(
  tx: Tx,
  orgId: string,
  invoices: readonly { readonly invoiceId: string; readonly taxes: readonly PlacedTax[] }[],
): Promise<void> {
  const taxes = invoices.flatMap(({ invoiceId, taxes }) =>
    taxes.map((tax, index) => ({ ...tax, key: { org_id: orgId, invoice_id: invoiceId }, position: index + 1 })),
  )
  if (taxes.length === 0) return
  await tx
    .insertInto('invoice_tax')
    .values(
      taxes.map(({ key, position, name, rate, country, region, taxable, amount, origin }) => {
        const rate_source = origin?.source ?? null
        const rate_as_of = origin?.asOf ?? null
        return { ...key, position, name, rate, country, region, taxable, amount, rate_source, rate_as_of }
      }),
    )
    .execute()
  const onLines = taxes.flatMap(({ key, position, lines }) =>
    lines.map(({ line, taxable, amount }) => {
      return { ...key, tax_position: position, line_position: line + 1, taxable, amount }
    }),
  )
  if (onLines.length > 0) await tx.insertInto('invoice_line_tax').values(onLines).execute()
}

/** Removes the taxes of an invoice that is not final and is about to be priced anew. */
export async function deleteTaxes(tx: Tx, orgId: string, invoiceId: string): Promise<void> {
  await tx.deleteFrom('invoice_line_tax').where('org_id', '=', orgId).where('invoice_id', '=', invoiceId).execute()
  await tx.deleteFrom('invoice_tax').where('org_id', '=', orgId).where('invoice_id', '=', invoiceId).execute()
}

/** The taxes of some invoices, in their order, by invoice id. */
export async function taxesOf(db: Db, orgId: string, invoiceIds: readonly string[]): Promise<Map<string, PlacedTax[]>> {
  const byInvoice = new Map<string, PlacedTax[]>(invoiceIds.map((id) => [id, []]))
  if (invoiceIds.length === 0) return byInvoice
  const taxes = await db
    .selectFrom('invoice_tax')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('invoice_id', 'in', [...invoiceIds])
    .orderBy('invoice_id')
    .orderBy('position')
    .execute()
  if (taxes.length === 0) return byInvoice
  const onLines = await db
    .selectFrom('invoice_line_tax')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('invoice_id', 'in', [...invoiceIds])
    .orderBy('line_position')
    .execute()
  const byTax = Map.groupBy(onLines, ({ invoice_id, tax_position }) => `${invoice_id} ${tax_position}`)
  for (const { invoice_id, position, name, rate, country, region, taxable, amount, ...from } of taxes) {
    const origin = from.rate_source === null ? null : { source: from.rate_source, asOf: from.rate_as_of }
    const lines = (byTax.get(`${invoice_id} ${position}`) ?? []).map((on) => {
      return { line: on.line_position - 1, taxable: on.taxable, amount: on.amount }
    })
    byInvoice.get(invoice_id)?.push({ name, rate, country, region, taxable, amount, origin, lines })
  }
  return byInvoice
}
