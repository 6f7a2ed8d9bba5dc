import { publicCustomerId } from '#customers/customer.ts'
import { lockCustomer } from '#customers/customers.store.ts'
import type { Db, Tx } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import { listConnections } from '#payments/connections.store.ts'
import { isExpired, isStored, type PaymentMethod } from '#payments/payment-method.ts'
import { listMethods, makeDefault } from '#payments/payment-methods.store.ts'
import { Problem } from '#problem.ts'
import { recordEvent } from '#webhooks/outbox.ts'

/**
 * Cards that a customer stored before the one that is charged, newest first, each once: those that their provider has stored and that are
 * good still, at a connection that takes charges.
 */
export async function usableMethods(db: Db, { org, today }: Context, customerId: string): Promise<PaymentMethod[]> {
  const open = new Set((await listConnections(db, org.id)).map(({ id }) => id))
  const seen = new Set<string>()
  const usable: PaymentMethod[] = []
  for (const method of await listMethods(db, org.id, customerId)) {
    if (!isStored(method)) continue
    const card = [method.brand, method.last4, method.expYear, method.expMonth].join(' ')
    const isTaken = method.connectionId === null || open.has(method.connectionId)
    if (!method.isDefault && isTaken && !seen.has(card) && !isExpired(method, today)) usable.push(method)
    seen.add(card)
  }
  return usable
}

/** Charges a card from now on that was stored before, `payment_method.updated`. 409 no_payment_method where it cannot be charged any more. */
export async function useMethod(
  tx: Tx,
  context: Context,
  { customerId, methodId }: { readonly customerId: string; readonly methodId: string },
): Promise<void> {
  const { org, today } = context
  const customer = await lockCustomer(tx, org.id, customerId)
  const method = (await usableMethods(tx, context, customerId)).find(({ id }) => id === methodId)
  if (!customer || !method) {
    throw new Problem(
      'no_payment_method',
      'This card is not stored any more, or cannot be charged. Choose another one.',
    )
  }
  await makeDefault(tx, org.id, method, today)
  const { brand, last4, expMonth, expYear } = method
  await recordEvent(tx, context, 'payment_method.updated', customer.id, {
    customerId: publicCustomerId(customer),
    card: { brand, last4, expMonth, expYear },
  })
}
