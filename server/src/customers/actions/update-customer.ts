import { type CustomerRecord, customerNotFound, isPublicCustomerId } from '#customers/customer.ts'
import { applyChanges, type CustomerChanges } from '#customers/customer-changes.ts'
import { lockCustomer, saveCustomer } from '#customers/customers.store.ts'
import { toCustomerEvent } from '#customers/customers.view.ts'
import { refuseWrongTaxNumber } from '#customers/tax-number.ts'
import type { Tx } from '#database/transaction.ts'
import { newId } from '#id.ts'
import { moveEpoch } from '#metering/counters.store.ts'
import type { Context } from '#organisations/org.ts'
import { invalidField } from '#problem.ts'
import { findLiveSubscription, lockSubscription, updateAccess } from '#subscriptions/subscriptions.store.ts'
import { recordEvent } from '#webhooks/outbox.ts'

export type CustomerUpdate = {
  /** Public id or own id. */
  readonly reference: string
  readonly changes: CustomerChanges
}

/** Changes a customer and tells of it; changes that change nothing write nothing. */
export async function updateCustomer(
  tx: Tx,
  context: Context,
  { reference, changes }: CustomerUpdate,
): Promise<CustomerRecord> {
  const customer = await lockCustomer(tx, context.org.id, reference)
  if (!customer) throw customerNotFound(reference, 'id')
  if (changes.externalId !== undefined && isPublicCustomerId(changes.externalId)) {
    throw invalidField('externalId', 'Ids of this form are given by Halley. Choose another.')
  }
  const changed = applyChanges(customer, changes, context.now, () => newId('addr'))
  if (changed === customer) return customer
  // A number that was kept before its country was known, or for another one, stays until it is given anew.
  if (changes.taxDocument !== undefined) refuseWrongTaxNumber(changed.address?.country ?? null, changed.taxDocument)
  await saveCustomer(tx, context.org.id, changed)
  if (changed.externalId !== customer.externalId) await forgetOldIdentity(tx, context.org.id, customer.id)
  await recordEvent(tx, context, 'customer.updated', customer.id, toCustomerEvent(changed))
  return changed
}

// Metering remembers a live subscription by its customer's ids; a new epoch makes it read anew before it counts again.
async function forgetOldIdentity(tx: Tx, orgId: string, customerId: string): Promise<void> {
  const live = await findLiveSubscription(tx, orgId, customerId)
  if (!live || !(await lockSubscription(tx, orgId, live.id))) return
  const { epoch } = await updateAccess(tx, orgId, live.id, {})
  await moveEpoch(tx, orgId, live.id, epoch)
}
