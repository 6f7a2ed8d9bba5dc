import { runDue } from '#billing/actions/run-due.ts'
import type { BillingServices } from '#billing/actions/take-steps.ts'
import { inTransaction } from '#database/transaction.ts'
import { type Route, route } from '#http/operation.ts'
import { performAttempt } from '#payments/actions/perform-attempt.ts'
import { findAttempt } from '#payments/attempts.store.ts'
import { Problem } from '#problem.ts'
import { findOwed, openMethodUpdate } from '#subscriptions/actions/open-recovery.ts'
import { declined, reactivateSubscription } from '#subscriptions/actions/reactivate-subscription.ts'
import { beginTransactionRetry } from '#subscriptions/actions/retry-renewal.ts'
import {
  createRecoveryLinkOperation,
  reactivateSubscriptionOperation,
  retryTransactionOperation,
  updatePaymentMethodOperation,
} from '#subscriptions/recovery.contract.ts'
import { findSubscription } from '#subscriptions/subscriptions.store.ts'

const recoveryLink = route(createRecoveryLinkOperation, async (tx, context, { params }) => {
  const { org, links } = context
  if (!(await findSubscription(tx, org.id, params.id))) {
    throw new Problem('subscription_not_found', `There is no subscription ${params.id}.`)
  }
  if (!(await findOwed(tx, context, params.id))) {
    throw new Problem('no_outstanding_invoice', `Nothing is owed for the subscription ${params.id}.`)
  }
  const url = links.recovery(org.id, params.id)
  return { url, token: url.split('/').at(-1) ?? '', object: 'subscription' as const, livemode: org.livemode }
})

const updateMethod = route(updatePaymentMethodOperation, async (tx, context, { params, body }) => {
  const { org, links } = context
  const checkout = await openMethodUpdate(tx, context, { id: params.id, successUrl: body.successUrl ?? null })
  return { checkoutUrl: links.checkout(org.id, checkout.id), object: 'subscription' as const, livemode: org.livemode }
})

const reactivate = (services: BillingServices) =>
  route(reactivateSubscriptionOperation, async (db, context, { params }) => {
    await reactivateSubscription(services, db, context, params.id)
    return { id: params.id, retryInitiated: true, object: 'subscription' as const, livemode: context.org.livemode }
  })

const retry = (services: BillingServices) =>
  route(retryTransactionOperation, async (db, context, { params }) => {
    const failed = await findAttempt(db, context.org.id, params.id)
    // What is due of its own comes first: one try at a time.
    if (failed?.subscriptionId) await runDue(services, context.org, failed.subscriptionId, context.now)
    const attempt = await inTransaction(db, (tx) => beginTransactionRetry(tx, context, params.id))
    const ended = await performAttempt(services, context, attempt)
    if (ended.state === 'failed') throw declined(context, ended)
    const object = 'transaction' as const
    return { id: ended.id, status: 'processing' as const, object, livemode: context.org.livemode }
  })

export const recoveryRoutes = (services: BillingServices): Route[] => [
  recoveryLink,
  updateMethod,
  reactivate(services),
  retry(services),
]
