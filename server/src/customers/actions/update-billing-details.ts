import { updateCustomer } from '#customers/actions/update-customer.ts'
import type { Address, CustomerRecord } from '#customers/customer.ts'
import type { Tx } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'

/** What a customer types on a hosted page; a field that is left out stays as it is. */
export type BillingDetails = {
  readonly email?: string | undefined
  readonly fullName?: string | null | undefined
  readonly address?: Address | undefined
  readonly taxDocument?: string | null | undefined
  readonly poNumber?: string | null | undefined
}

/** Keeps what the customer typed at a checkout or in the portal. Locks the customer. */
export async function updateBillingDetails(
  tx: Tx,
  context: Context,
  customerId: string,
  details: BillingDetails,
): Promise<CustomerRecord> {
  const { email, fullName, address, taxDocument, poNumber } = details
  const changes = { email, fullName, address, taxDocument, poNumber }
  return updateCustomer(tx, context, { reference: customerId, changes })
}
