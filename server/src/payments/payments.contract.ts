import * as z from 'zod'
import {
  amount,
  currencyCode,
  description,
  livemode,
  metadata,
  pageQuery,
  reference,
  time,
  webAddress,
} from '#http/fields.contract.ts'
import { operation } from '#http/operation.ts'
import { paymentKinds, paymentStatuses } from '#payments/payment.ts'
import { providerNames } from '#payments/provider.ts'

export const Payment = z
  .object({
    id: z.string().meta({ description: 'Public id, starts with `pay_`.' }),
    customerId: z
      .string()
      .nullable()
      .meta({ description: 'Null for a link until somebody has typed an e-mail address.' }),
    kind: z.enum(paymentKinds),
    status: z.enum(paymentStatuses),
    provider: z.enum(providerNames),
    amountSubtotal: amount,
    taxAmount: amount,
    amountTotal: amount,
    currency: currencyCode,
    description: z.string(),
    metadata: z.record(z.string(), z.unknown()).nullable(),
    url: z.string().nullable().meta({ description: 'Where a link is paid; null for a charge.' }),
    expiresAt: time.nullable(),
    createdAt: time,
    updatedAt: time,
    object: z.literal('payment'),
    livemode,
    invoiceId: z.string().nullable().meta({ description: 'The invoice it was paid with; null before.' }),
  })
  .meta({ id: 'Payment', description: 'A payment outside of any subscription’s calendar: a link, or one charge.' })

const asked = {
  amount: amount.meta({ description: 'Minor units, without tax; at least the currency’s minimum charge.' }),
  currency: currencyCode,
  description: description.trim().min(1, { error: 'Must not be empty.' }),
  metadata: metadata.optional(),
}

export const listPaymentsOperation = operation({
  id: 'Payments.list',
  method: 'GET',
  path: '/payments',
  kind: 'read',
  summary: 'List payment links and single charges, newest first.',
  query: z.object({ customerId: reference.optional(), ...pageQuery }),
  data: z.array(Payment),
  list: true,
})

export const createPaymentOperation = operation({
  id: 'Payments.create',
  method: 'POST',
  path: '/payments',
  kind: 'write',
  status: 201,
  summary: 'Make a link that is paid once.',
  description: 'Without a customer, one is made from the e-mail address that is typed on the page.',
  body: z.object({
    ...asked,
    customerId: reference.optional(),
    successUrl: webAddress.optional(),
    expiresAt: time
      .optional()
      .meta({ description: 'An addition: from then on the link takes no payment. Its status stays `pending`.' }),
  }),
  data: Payment,
  problems: ['customer_not_found'],
})

export const chargePaymentOperation = operation({
  id: 'Payments.charge',
  method: 'POST',
  path: '/payments/charge',
  kind: 'staged',
  status: 201,
  summary: 'Charge a customer’s stored card once.',
  description:
    'For customers with a subscription that is active, trialing or past due. A decline is 402 `payment_failed`; the failed payment stays on record.',
  body: z.object({ ...asked, customerId: reference }),
  data: Payment,
  problems: [
    'customer_not_found',
    'subscription_required',
    'no_payment_method',
    'payment_failed',
    'charge_in_progress',
    'provider_unsupported',
  ],
})

export const getPaymentOperation = operation({
  id: 'Payments.get',
  method: 'GET',
  path: '/payments/{id}',
  kind: 'read',
  summary: 'Read one payment.',
  params: z.object({ id: reference }),
  data: Payment,
  problems: ['payment_not_found'],
})

export const cancelPaymentOperation = operation({
  id: 'Payments.cancel',
  method: 'POST',
  path: '/payments/{id}/cancel',
  kind: 'write',
  summary: 'Cancel a link that is still pending; canceled already, it stays so.',
  params: z.object({ id: reference }),
  data: Payment,
  problems: ['payment_not_found', 'payment_not_cancelable'],
})
