import * as z from 'zod'
import { livemode, reference, webAddress } from '#http/fields.contract.ts'
import { operation } from '#http/operation.ts'

const id = z.object({ id: reference })

export const ReactivatedSubscription = z
  .object({
    id: z.string(),
    retryInitiated: z.boolean().meta({ description: 'True: what was due is paid, or nothing was.' }),
    object: z.literal('subscription'),
    livemode,
  })
  .meta({ id: 'ReactivatedSubscription' })

export const reactivateSubscriptionOperation = operation({
  id: 'Subscriptions.reactivate',
  method: 'POST',
  path: '/subscriptions/{id}/reactivate',
  kind: 'staged',
  summary: 'Make a past_due or canceled subscription active again by charging the stored payment method.',
  params: id,
  data: ReactivatedSubscription,
  problems: [
    'subscription_not_found',
    'invalid_subscription_status',
    'subscription_has_open_dispute',
    'already_has_active_subscription',
    'plan_unavailable',
    'no_payment_method',
    'charge_failed',
    'charge_in_progress',
    'missing_regional_price',
  ],
})

export const RecoveryLink = z
  .object({ url: z.string(), token: z.string(), object: z.literal('subscription'), livemode })
  .meta({ id: 'RecoveryLink', description: 'Where a customer pays an outstanding invoice with another card.' })

export const createRecoveryLinkOperation = operation({
  id: 'Subscriptions.createRecoveryLink',
  method: 'POST',
  path: '/subscriptions/{id}/recovery-link',
  kind: 'write',
  status: 201,
  summary: 'A signed link to a page where the customer pays the outstanding invoice. Good while it is outstanding.',
  params: id,
  data: RecoveryLink,
  problems: ['subscription_not_found', 'no_outstanding_invoice'],
})

export const PaymentMethodUpdateCheckout = z
  .object({ checkoutUrl: z.string(), object: z.literal('subscription'), livemode })
  .meta({ id: 'PaymentMethodUpdateCheckout', description: 'A checkout that stores another card and charges nothing.' })

export const updatePaymentMethodOperation = operation({
  id: 'Subscriptions.updatePaymentMethod',
  method: 'POST',
  path: '/subscriptions/{id}/payment-method/update',
  kind: 'write',
  status: 201,
  summary: 'Open a checkout in which the customer replaces the stored payment method; nothing is charged there.',
  params: id,
  body: z.object({ successUrl: webAddress.optional() }),
  data: PaymentMethodUpdateCheckout,
  problems: ['subscription_not_found', 'subscription_not_active', 'charge_in_progress'],
})

export const TransactionRetry = z
  .object({
    id: z.string().meta({ description: 'The new transaction: trying again makes another one.' }),
    status: z.literal('processing'),
    object: z.literal('transaction'),
    livemode,
  })
  .meta({ id: 'TransactionRetry' })

export const retryTransactionOperation = operation({
  id: 'Transactions.retry',
  method: 'POST',
  path: '/transactions/{id}/retry',
  kind: 'staged',
  summary: 'Try a failed renewal again with the stored payment method. Uses up the next automatic retry.',
  params: id,
  data: TransactionRetry,
  problems: [
    'transaction_not_found',
    'invalid_subscription_status',
    'no_payment_method',
    'charge_failed',
    'charge_in_progress',
  ],
})
