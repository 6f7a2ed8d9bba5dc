import * as z from 'zod'
import { amount, currencyCode, livemode, pageQuery, reference, time } from '#http/fields.contract.ts'
import { operation } from '#http/operation.ts'
import { providerNames } from '#payments/provider.ts'
import { transactionStatuses } from '#payments/transaction-status.ts'

const status = z.enum(transactionStatuses, { error: `Must be one of ${transactionStatuses.join(', ')}.` })

export const Transaction = z
  .object({
    id: z.string().meta({ description: 'Public id, starts with `txn_`.' }),
    invoiceId: z.string().nullable(),
    grossAmount: amount
      .nullable()
      .meta({ description: 'What was charged in US cents; null when it was not charged in USD.' }),
    subtotal: amount.nullable().meta({ description: 'The gross amount without tax, in US cents; null with it.' }),
    taxAmount: amount.nullable().meta({ description: 'The tax in the gross amount, in US cents; null with it.' }),
    presentmentAmount: amount
      .nullable()
      .meta({ description: 'What was charged, in minor units of `currency`; null when that is USD.' }),
    currency: currencyCode,
    provider: z.enum(providerNames),
    status,
    customerEmail: z.string().nullable(),
    customerName: z.string().nullable(),
    paidAt: time.nullable(),
    createdAt: time,
    updatedAt: time,
    availableAt: time.nullable().optional(),
    object: z.literal('transaction'),
    livemode,
    failureCode: z
      .string()
      .nullable()
      .meta({ description: 'Why it failed, such as `card_declined`; null when it did not.' }),
    failureMessage: z.string().nullable(),
  })
  .meta({ id: 'Transaction', description: 'One attempt to charge a customer. Trying again makes another transaction.' })

export const listTransactionsOperation = operation({
  id: 'Transactions.list',
  method: 'GET',
  path: '/transactions',
  kind: 'read',
  summary: 'List transactions, newest first.',
  query: z.object({
    status: status.optional(),
    customerEmail: z
      .string()
      .trim()
      .min(1, { error: 'Must not be empty.' })
      .max(320, { error: 'Must be at most 320 characters.' })
      .optional()
      .meta({ description: 'The whole address; case does not matter.' }),
    ...pageQuery,
  }),
  data: z.array(Transaction),
  list: true,
})

export const getTransactionOperation = operation({
  id: 'Transactions.get',
  method: 'GET',
  path: '/transactions/{id}',
  kind: 'read',
  summary: 'Read one transaction.',
  params: z.object({ id: reference }),
  data: Transaction,
  problems: ['transaction_not_found'],
})

export const TransactionRefund = z
  .object({ id: z.string(), status: z.literal('refunded'), object: z.literal('transaction'), livemode })
  .meta({ id: 'TransactionRefund' })

export const refundTransactionOperation = operation({
  id: 'Transactions.refund',
  method: 'POST',
  path: '/transactions/{id}/refund',
  kind: 'staged',
  summary: 'Give a succeeded transaction back, all of it.',
  description:
    'A refund of what paid a period (recurring, plan_change and reactivation invoices) cancels the subscription at once. Credits and balance that were bought are taken back as far as they remain. The invoice stays paid.',
  params: z.object({ id: reference }),
  data: TransactionRefund,
  problems: [
    'transaction_not_found',
    'duplicate',
    'charge_in_progress',
    'invalid_subscription_status',
    'provider_unsupported',
    'payment_failed',
  ],
})
