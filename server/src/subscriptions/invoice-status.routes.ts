import { type Route, route } from '#http/operation.ts'
import { setInvoiceStatus } from '#subscriptions/actions/set-invoice-status.ts'
import { setInvoiceStatusOperation } from '#subscriptions/invoice-status.contract.ts'

/** What is told about an invoice from outside; it may begin, recover or end a subscription. */
export const invoiceStatusRoutes: Route[] = [
  route(setInvoiceStatusOperation, async (tx, context, { params, body }) => {
    const { id, status, updatedAt } = await setInvoiceStatus(tx, context, { id: params.id, status: body.status })
    return { id, status, updatedAt, object: 'invoice', livemode: context.org.livemode }
  }),
]
