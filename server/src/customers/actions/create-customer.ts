import { type CustomerRecord, isPublicCustomerId, type NewCustomer } from '#customers/customer.ts'
import { named } from '#customers/customer-changes.ts'
import { insertCustomer, resolveCustomer } from '#customers/customers.store.ts'
import { toCustomerEvent } from '#customers/customers.view.ts'
import { refuseWrongTaxNumber } from '#customers/tax-number.ts'
import type { Tx } from '#database/transaction.ts'
import { newId } from '#id.ts'
import type { Context } from '#organisations/org.ts'
import { invalidField, Problem } from '#problem.ts'
import { recordEvent } from '#webhooks/outbox.ts'

export type CreatedCustomer = { readonly customer: CustomerRecord; readonly isNew: boolean }

/**
 * Writes a customer, or returns the one who has this id already, unchanged. Two that create the same customer at once both
 * get the one that was written. Refuses before it writes anything.
 */
export async function createCustomer(tx: Tx, context: Context, input: NewCustomer): Promise<CreatedCustomer> {
  const { ownId } = input
  const known = ownId === null ? undefined : await resolveCustomer(tx, context.org.id, ownId)
  if (known) return existing(known, input)
  if (ownId !== null && isPublicCustomerId(ownId)) {
    throw invalidField('id', 'Ids of this form are given by Halley, and no customer has this one. Choose another.')
  }
  refuseAddressOf(undefined, input)
  refuseWrongTaxNumber(input.address?.country ?? null, input.taxDocument)
  return insertOrFind(tx, context, input)
}

async function insertOrFind(tx: Tx, context: Context, input: NewCustomer): Promise<CreatedCustomer> {
  const customer = newCustomer(input, context.now)
  // Ends at the first round unless the customer in the way gives up the id between the two statements.
  for (;;) {
    if (await insertCustomer(tx, context.org.id, customer)) break
    const other = await resolveCustomer(tx, context.org.id, customer.externalId ?? customer.id)
    if (other) return existing(other, input)
  }
  await recordEvent(tx, context, 'customer.created', customer.id, toCustomerEvent(customer))
  return { customer, isNew: true }
}

function newCustomer({ ownId, address, addressId: _, ...fields }: NewCustomer, now: Temporal.Instant): CustomerRecord {
  return named({
    ...fields,
    id: newId('cus'),
    externalId: ownId,
    documentType: null,
    address: address && { id: newId('addr'), ...address },
    createdAt: now,
    updatedAt: now,
  })
}

function existing(customer: CustomerRecord, input: NewCustomer): CreatedCustomer {
  refuseAddressOf(customer, input)
  return { customer, isNew: false }
}

function refuseAddressOf(customer: CustomerRecord | undefined, { addressId }: NewCustomer): void {
  if (addressId === null || addressId === customer?.address?.id) return
  throw new Problem('not_found', `This customer has no address ${addressId}.`, { param: 'addressId' })
}
