import { runDue } from '#billing/actions/run-due.ts'
import type { BillingServices } from '#billing/actions/take-steps.ts'
import { billTooLarge } from '#billing/bill-too-large.ts'
import { publicCustomerId, resolveCustomer } from '#customers/customers.store.ts'
import { inTransaction } from '#database/transaction.ts'
import { Answer, type Route, route } from '#http/operation.ts'
import { performAttempt } from '#payments/actions/perform-attempt.ts'
import { Problem } from '#problem.ts'
import { cancelSubscription } from '#subscriptions/actions/cancel-subscription.ts'
import { createSubscription } from '#subscriptions/actions/create-subscription.ts'
import { showSubscription, showSubscriptions } from '#subscriptions/actions/show-subscriptions.ts'
import { uncancelSubscription } from '#subscriptions/actions/uncancel-subscription.ts'
import {
  cancelSubscriptionOperation,
  createSubscriptionOperation,
  getActiveSubscriptionOperation,
  getSubscriptionOperation,
  listSubscriptionsOperation,
  uncancelSubscriptionOperation,
} from '#subscriptions/subscriptions.contract.ts'
import { findLiveSubscription, findSubscription, listSubscriptions } from '#subscriptions/subscriptions.store.ts'
import { toApiCanceled, toApiUncanceled } from '#subscriptions/subscriptions.view.ts'

// The list has no limit parameter: everything up to this many, then pages.
const listLimit = 1000

const list = route(listSubscriptionsOperation, async (db, context, { query }) => {
  const { org } = context
  const customer = query.customerId === undefined ? undefined : await resolveCustomer(db, org.id, query.customerId)
  if (query.customerId !== undefined && !customer) return { items: [], next: null }
  const filter = { customerId: customer?.id, status: query.status, after: query.cursor }
  const found = await listSubscriptions(db, org.id, filter, listLimit + 1)
  const page = found.slice(0, listLimit)
  return {
    items: await showSubscriptions(db, context, page),
    next: found.length > listLimit ? (page.at(-1)?.id ?? null) : null,
  }
})

const get = route(getSubscriptionOperation, async (db, context, { params }) => {
  const subscription = await findSubscription(db, context.org.id, params.id)
  if (!subscription) throw new Problem('subscription_not_found', `There is no subscription ${params.id}.`)
  return showSubscription(db, context, subscription)
})

const getActive = route(getActiveSubscriptionOperation, async (db, context, { query }) => {
  const customer = await resolveCustomer(db, context.org.id, query.customerId)
  if (!customer)
    throw new Problem('customer_not_found', `There is no customer ${query.customerId}.`, { param: 'customerId' })
  const live = await findLiveSubscription(db, context.org.id, customer.id)
  return live ? showSubscription(db, context, live) : null
})

const create = route(createSubscriptionOperation, async (tx, context, { body }) => {
  const { subscription, isNew } = await createSubscription(tx, context, body)
  return new Answer(await showSubscription(tx, context, subscription), isNew ? 201 : 200)
})

const uncancel = route(uncancelSubscriptionOperation, async (tx, context, { params }) => {
  const { subscription, customer } = await uncancelSubscription(tx, context, params.id)
  return toApiUncanceled(subscription, publicCustomerId(customer), context.org.livemode)
})

const cancel = (services: BillingServices) =>
  route(cancelSubscriptionOperation, async (db, context, { params, body }) => {
    const input = { id: params.id, reason: body.reason ?? null, immediate: body.immediate === true }
    // Windows that ended before are billed as what they were.
    await runDue(services, context.org, params.id, context.now)
    const { canceled, attempt, isTooLarge } = await inTransaction(db, async (tx) => {
      const { subscription, customer, ...last } = await cancelSubscription(tx, context, input)
      const shown = toApiCanceled(subscription, publicCustomerId(customer), context.org.livemode)
      // The last charge changes nothing in the answer: who repeats the request gets it whatever died since.
      await context.idempotency?.keep?.(tx, shown)
      return { canceled: shown, ...last }
    })
    if (isTooLarge) services.onBillingFailure(params.id, billTooLarge(params.id))
    if (attempt) await performAttempt(services, context, attempt)
    return canceled
  })

export const subscriptionRoutes = (services: BillingServices): Route[] => [
  list,
  get,
  getActive,
  create,
  cancel(services),
  uncancel,
]
