import { resolveCustomer } from '#customers/customers.store.ts'
import { type Route, route } from '#http/operation.ts'
import { cancelPayment } from '#payments/actions/cancel-payment.ts'
import { chargeCustomer } from '#payments/actions/charge-customer.ts'
import { createPaymentLink } from '#payments/actions/create-payment-link.ts'
import { showPayment, showPayments } from '#payments/actions/show-payments.ts'
import {
  cancelPaymentOperation,
  chargePaymentOperation,
  createPaymentOperation,
  getPaymentOperation,
  listPaymentsOperation,
} from '#payments/payments.contract.ts'
import { findPayment, listPayments } from '#payments/payments.store.ts'
import type { PaymentServices } from '#payments/services.ts'
import { Problem } from '#problem.ts'

const list = route(listPaymentsOperation, async (db, context, { query }) => {
  const { org } = context
  const { limit, cursor, customerId } = query
  const customer = customerId === undefined ? undefined : await resolveCustomer(db, org.id, customerId)
  if (customerId !== undefined && !customer) return { items: [], next: null }
  const found = await listPayments(db, org.id, { customerId: customer?.id }, limit + 1, cursor)
  const page = found.slice(0, limit)
  return {
    items: await showPayments(db, context, page),
    next: found.length > limit ? (page.at(-1)?.id ?? null) : null,
  }
})

const get = route(getPaymentOperation, async (db, context, { params }) => {
  const payment = await findPayment(db, context.org.id, params.id)
  if (!payment) throw new Problem('payment_not_found', `There is no payment ${params.id}.`)
  return showPayment(db, context, payment)
})

const create = route(createPaymentOperation, async (tx, context, { body }) =>
  showPayment(tx, context, await createPaymentLink(tx, context, body)),
)

const cancel = route(cancelPaymentOperation, async (tx, context, { params }) =>
  showPayment(tx, context, await cancelPayment(tx, context, params.id)),
)

const charge = (services: PaymentServices) =>
  route(chargePaymentOperation, async (_, context, { body }) =>
    showPayment(services.db, context, await chargeCustomer(services, context, body)),
  )

export const paymentRoutes = (services: PaymentServices): Route[] => [list, create, charge(services), get, cancel]
