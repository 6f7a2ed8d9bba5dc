import * as z from 'zod'
import {
  amount,
  basisPoints,
  day,
  dayStart,
  livemode,
  metadata,
  pageQuery,
  quantity,
  reference,
  signedAmount,
  time,
} from '#http/fields.contract.ts'
import { operation } from '#http/operation.ts'
import { chargeTypes, invoiceStatuses, invoiceTypes, lineTypes } from '#invoicing/invoice-draft.ts'
import { rateSources } from '#tax/tax-rate.ts'
import { taxTreatments } from '#tax/treatment.ts'

const InvoiceLine = z
  .object({
    lineType: z.enum(lineTypes),
    featureName: z.string().nullable(),
    description: z.string(),
    quantity,
    unitAmount: signedAmount.meta({
      description: 'Rate scale (10000 = 1.00) on usage, seats, quota and balance overage lines; minor units elsewhere.',
    }),
    amount: signedAmount.meta({ description: 'Minor units; negative for discounts and credits.' }),
    includedAmount: quantity.nullable(),
    usedAmount: quantity.nullable(),
    overageAmount: quantity.nullable(),
    discountType: z.string().nullable(),
    discountValue: basisPoints
      .nullable()
      .meta({ description: 'Basis points of a percentage, minor units of an amount.' }),
    discountName: z.string().nullable(),
    chargeType: z.enum(chargeTypes),
    taxAmount: amount.meta({ description: 'Tax on this line, minor units. An addition.' }),
  })
  .meta({ id: 'InvoiceLineItem' })

const InvoiceTax = z
  .object({
    name: z.string(),
    percentage: z.number().meta({ description: 'With at most four decimals: 9.975.' }),
    country: z.string(),
    region: z.string().nullable().meta({ description: 'Second half of the ISO 3166-2 code, where it is a region’s.' }),
    taxableAmount: amount.meta({ description: 'What it is on, after discounts and customer credit. Minor units.' }),
    amount: amount.meta({ description: 'Rounded on each line. Minor units.' }),
    rateSource: z.enum(rateSources).nullable().meta({
      description:
        'Where the rate is from: the data set that ships, your own rates, or the payment provider’s tax service. Null on invoices of before that was kept.',
    }),
    rateAsOf: day.nullable().meta({
      description:
        'Since which UTC day a rate of a table holds, null where it always did; of a provider, the day it was asked on.',
    }),
  })
  .meta({ id: 'InvoiceTax' })

/** An invoice. A finalised one never changes: prices, names, tax and addresses are copied into it. */
export const Invoice = z
  .object({
    id: z.string(),
    customerId: z.string(),
    subscriptionId: z.string().nullable(),
    invoiceNumber: z.string(),
    status: z.enum(invoiceStatuses),
    invoiceType: z.enum(invoiceTypes),
    currency: z.string(),
    subtotal: signedAmount,
    discountAmount: amount,
    creditApplied: amount.optional(),
    taxAmount: signedAmount,
    total: signedAmount.meta({ description: 'subtotal − discountAmount − creditApplied + taxAmount, in minor units.' }),
    periodStart: dayStart,
    periodEnd: dayStart,
    issueDate: time,
    dueDate: time,
    planName: z.string().nullable().optional(),
    memo: z.string().nullable(),
    poNumber: z.string().nullable().optional(),
    reference: z.string().nullable().optional(),
    metadata,
    createdAt: time,
    updatedAt: time,
    lineItems: z.array(InvoiceLine).optional(),
    object: z.literal('invoice'),
    livemode,
    taxTreatment: z.enum(taxTreatments).nullable().meta({
      description:
        'What was decided about tax; null where nothing could be taxed. `reverse_charge`: the customer accounts for it; `not_registered`: the seller charges none there; `not_taxed`: the provider’s tax service says that nothing is due. An addition.',
    }),
    taxInSellerCurrency: z
      .object({
        currency: z.string(),
        exchangeRate: z.number().meta({ description: 'Units of it for one unit of the invoice’s currency.' }),
        amount: signedAmount,
      })
      .nullable()
      .meta({
        description:
          'The tax in the currency of the seller’s country where the invoice is in another one, as on its document; by the exchange rates of the plan when the invoice became final; a correction has the rate of the invoice it corrects, a credit note with an amount of 0. Null without tax or rate. An addition.',
      }),
    fileHashes: z.array(z.string()).meta({
      description:
        'SHA-256 of each PDF of it that was downloaded or mailed since it is final, the first ones first: another state or another version of Halley makes another file. An addition.',
    }),
    taxes: z.array(InvoiceTax).meta({ description: 'Each tax of the invoice; together taxAmount. An addition.' }),
  })
  .meta({ id: 'Invoice' })

export const listInvoicesOperation = operation({
  id: 'Invoices.list',
  method: 'GET',
  path: '/invoices',
  kind: 'read',
  summary: 'List invoices, newest first.',
  query: z.object({
    customerId: reference.optional(),
    status: z.enum(invoiceStatuses).optional(),
    subscriptionId: reference.optional(),
    ...pageQuery,
  }),
  data: z.array(Invoice),
  list: true,
})

export const getInvoiceOperation = operation({
  id: 'Invoices.get',
  method: 'GET',
  path: '/invoices/{id}',
  kind: 'read',
  summary: 'Read one invoice with its lines.',
  params: z.object({ id: reference }),
  data: Invoice,
  problems: ['invoice_not_found'],
})

/** An adjustment that was just issued. */
export const CreatedInvoice = z
  .object({
    id: z.string(),
    customerId: z.string(),
    invoiceNumber: z.string(),
    status: z.enum(invoiceStatuses),
    invoiceType: z.enum(invoiceTypes),
    currency: z.string(),
    subtotal: signedAmount,
    taxAmount: signedAmount,
    total: signedAmount,
    issueDate: time,
    dueDate: time,
    memo: z.string().nullable(),
    metadata,
    createdAt: time,
    updatedAt: time,
    object: z.literal('invoice'),
    livemode,
  })
  .meta({ id: 'CreatedInvoice' })

export const createAdjustmentOperation = operation({
  id: 'Invoices.createAdjustment',
  method: 'POST',
  path: '/invoices',
  kind: 'write',
  status: 201,
  summary: 'Issue an adjustment: a correction that adds to what a customer owes, or takes from it.',
  description:
    'A positive amount is outstanding and not charged by itself. A negative one is paid at once and becomes customer credit, which the next invoices use.',
  body: z.object({
    customerId: reference,
    amount: signedAmount
      .refine((minor) => minor !== 0n, { error: 'Must not be 0.' })
      .meta({ description: 'Minor units of the live subscription’s currency, else of USD; without tax.' }),
    description: z.string().trim().min(1, { error: 'Must not be empty.' }).max(1000, {
      error: 'Must be at most 1000 characters.',
    }),
    invoiceId: reference.optional().meta({
      description:
        'An addition: the invoice of the customer that it corrects. Its number is the `reference`, also on the document.',
    }),
    poNumber: z.string().trim().min(1).max(100).optional().meta({
      description:
        'An addition: a purchase order for this invoice, shown on it and its document. Left out, it is the customer’s `poNumber`.',
    }),
    metadata: metadata.optional(),
  }),
  data: CreatedInvoice,
  problems: ['customer_not_found', 'invoice_not_found'],
})

export const InvoiceDownload = z
  .object({
    url: z.url().meta({ description: 'Opens the PDF for whoever has it, without a key.' }),
    expiresAt: time.meta({ description: 'In real time: 7 days after it was asked for.' }),
    object: z.literal('invoice'),
    livemode,
  })
  .meta({ id: 'InvoiceDownload' })

export const getInvoiceDownloadOperation = operation({
  id: 'Invoices.getDownloadUrl',
  method: 'GET',
  path: '/invoices/{id}/download',
  kind: 'read',
  summary: "Make a link to an invoice's PDF that is good for 7 days.",
  params: z.object({ id: reference }),
  data: InvoiceDownload,
  problems: ['invoice_not_found'],
})

export const SentInvoice = z
  .object({
    sent: z.boolean(),
    sentAt: time,
    object: z.literal('invoice'),
    livemode,
  })
  .meta({ id: 'SentInvoice' })

export const sendInvoiceOperation = operation({
  id: 'Invoices.send',
  method: 'POST',
  path: '/invoices/{id}/send',
  kind: 'write',
  summary: 'E-mail an invoice with its PDF to the customer.',
  description: 'Sent whatever mails are switched off in the settings. A void invoice is not sent: 409.',
  params: z.object({ id: reference }),
  data: SentInvoice,
  problems: ['invoice_not_found', 'invalid_subscription_status'],
})
