import { findCustomersById } from '#customers/customers.store.ts'
import { isPossibleTaxNumber } from '#customers/tax-number.ts'
import type { Db } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import type { Taxpayer } from '#tax/actions/decide-taxes.ts'

/** What a customer typed that tax depends on; what is undefined is as it is known. */
export type TypedTaxFacts = {
  readonly country?: string | undefined
  readonly state?: string | null | undefined
  readonly postalCode?: string | null | undefined
  readonly taxDocument?: string | null | undefined
}

/**
 * Who is taxed: what is known of a customer with what was typed; null when nothing was typed that tax depends on. The address is
 * one: where a country was typed, nothing of the known one holds. A number that cannot be one counts as none.
 */
export async function typedTaxpayer(
  db: Db,
  { org }: Context,
  customerId: string | null,
  { country, state, postalCode, taxDocument }: TypedTaxFacts,
): Promise<Taxpayer | null> {
  if (country === undefined && taxDocument === undefined) return null
  const known = customerId === null ? undefined : (await findCustomersById(db, org.id, [customerId])).get(customerId)
  const address =
    country === undefined
      ? (known?.address ?? null)
      : { country, state: state ?? null, region: null, postalCode: postalCode ?? '' }
  const document = taxDocument === undefined ? (known?.taxDocument ?? null) : taxDocument
  return {
    address,
    taxDocument: isPossibleTaxNumber(address?.country ?? null, document) ? document : null,
    taxExemption: known?.taxExemption ?? null,
  }
}
