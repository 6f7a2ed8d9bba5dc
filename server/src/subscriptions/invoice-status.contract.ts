import * as z from 'zod'
import { livemode, reference, time } from '#http/fields.contract.ts'
import { operation } from '#http/operation.ts'
import { invoiceStatuses } from '#invoicing/invoice-draft.ts'

export const InvoiceStatus = z
  .object({
    id: z.string(),
    status: z.enum(invoiceStatuses),
    updatedAt: time,
    object: z.literal('invoice'),
    livemode,
  })
  .meta({ id: 'InvoiceStatus' })

export const setInvoiceStatusOperation = operation({
  id: 'Invoices.updateStatus',
  method: 'PUT',
  path: '/invoices/{id}/status',
  kind: 'write',
  summary: 'Record that an outstanding invoice was paid elsewhere, or void it.',
  description:
    'Paid has the effects of a payment, without a transaction. Void gives back the customer credit it used; voiding the invoice of a checkout ends the subscription that waits for it.',
  params: z.object({ id: reference }),
  body: z.object({ status: z.enum(['paid', 'void']) }),
  data: InvoiceStatus,
  problems: ['invoice_not_found', 'invalid_subscription_status', 'charge_in_progress'],
})
