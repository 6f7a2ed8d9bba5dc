import type * as z from 'zod'
import { publicCustomerId } from '#customers/customer.ts'
import { findCustomersById } from '#customers/customers.store.ts'
import type { Db } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import { findPaymentAttempts } from '#payments/attempts.store.ts'
import type { Payment } from '#payments/payment.ts'
import type { Payment as ApiPayment } from '#payments/payments.contract.ts'
import { toApiPayment } from '#payments/payments.view.ts'

/** Payments as the API shows them, with what is under way for each. */
export async function showPayments(
  db: Db,
  context: Context,
  payments: readonly Payment[],
): Promise<z.output<typeof ApiPayment>[]> {
  const { org } = context
  const ids = payments.map(({ id }) => id)
  const attempts = await findPaymentAttempts(db, org.id, ids)
  const owners = payments.flatMap(({ customerId }) => (customerId === null ? [] : [customerId]))
  const customers = await findCustomersById(db, org.id, owners)
  return payments.map((payment) => {
    const customer = customers.get(payment.customerId ?? '')
    return toApiPayment(payment, context, customer ? publicCustomerId(customer) : null, attempts.get(payment.id))
  })
}

/** One payment as the API shows it. */
export async function showPayment(db: Db, context: Context, payment: Payment): Promise<z.output<typeof ApiPayment>> {
  const [shown] = await showPayments(db, context, [payment])
  return shown as z.output<typeof ApiPayment>
}

/** The name that everybody else knows a customer by. */
export async function publicIdOf(db: Db, orgId: string, customerId: string | null): Promise<string | null> {
  if (customerId === null) return null
  const customer = (await findCustomersById(db, orgId, [customerId])).get(customerId)
  return customer ? publicCustomerId(customer) : customerId
}
