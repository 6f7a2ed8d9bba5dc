import { dropAwaited } from '#billing/actions/drop-awaited-change.ts'
import type { Tx } from '#database/transaction.ts'
import { type CheckoutRecord, endCheckout, findOpenCheckouts, insertCheckout } from '#hosted/checkouts.store.ts'
import { findInvoicesOfSubscription, type InvoiceRecord } from '#invoicing/invoices.store.ts'
import type { Context } from '#organisations/org.ts'
import { isInFlight } from '#payments/attempt.ts'
import { findCheckoutAttempt } from '#payments/attempts.store.ts'
import { Problem } from '#problem.ts'
import { lockWithCustomer } from '#subscriptions/actions/cancel-subscription.ts'
import { todaysReactivation } from '#subscriptions/actions/price-reactivation.ts'
import { findOpenChange } from '#subscriptions/plan-changes.store.ts'
import { hasAccess } from '#subscriptions/subscription.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'

/**
 * What a customer may pay by a recovery link: the invoice that makes a canceled subscription active again, else the oldest
 * outstanding one.
 */
export async function findOwed(tx: Tx, { org }: Context, subscriptionId: string): Promise<InvoiceRecord | undefined> {
  const outstanding = await findInvoicesOfSubscription(tx, org.id, subscriptionId, 'outstanding')
  return outstanding.find(({ type }) => type === 'reactivation') ?? outstanding[0]
}

/**
 * The checkout behind a recovery link, opened when there is none: the same pages, the same declines, the same authentication.
 * Undefined when nothing is owed any more; `plan_unavailable` when all that is left would begin a plan anew that is not sold any more.
 */
export async function openRecovery(
  tx: Tx,
  context: Context,
  subscriptionId: string,
): Promise<CheckoutRecord | 'plan_unavailable' | undefined> {
  const { subscription, customer } = await lockWithCustomer(tx, context, subscriptionId)
  const outstanding = await findInvoicesOfSubscription(tx, context.org.id, subscriptionId, 'outstanding')
  const isOffered = outstanding.some(({ type }) => type === 'reactivation')
  const anew = isOffered ? await todaysReactivation(tx, context, subscription, customer) : undefined
  const invoice = anew ?? outstanding.find(({ type }) => type !== 'reactivation')
  if (!invoice) return isOffered ? 'plan_unavailable' : undefined
  const open = (await findOpenCheckouts(tx, context.org.id, [subscriptionId])).get(subscriptionId)
  if (open?.invoiceId === invoice.id) return open
  if (open) await replace(tx, context, subscription)
  return insertCheckout(
    tx,
    context.org.id,
    { kind: 'recovery', subscriptionId, invoiceId: invoice.id, successUrl: null },
    context.now,
  )
}

/**
 * A checkout that stores another card, or the first one of a free customer. One that is open already is given again when it leads to
 * the same address; one of a change of plan that waits for its payment is dropped with that change. 409 subscription_not_active
 * unless the customer has access.
 */
export async function openMethodUpdate(
  tx: Tx,
  context: Context,
  input: { readonly id: string; readonly successUrl: string | null },
): Promise<CheckoutRecord> {
  const { subscription, customer } = await lockWithCustomer(tx, context, input.id)
  if (!hasAccess(subscription.status)) {
    throw new Problem('subscription_not_active', `The subscription ${input.id} is ${subscription.status}.`)
  }
  const open = (await findOpenCheckouts(tx, context.org.id, [input.id])).get(input.id)
  if (open?.kind === 'method_update' && open.successUrl === input.successUrl) return open
  const change = open?.kind === 'plan_change' ? await findOpenChange(tx, context.org.id, input.id) : undefined
  if (change) await dropAwaited(tx, context, change, customer)
  else if (open) await replace(tx, context, subscription)
  const checkout = {
    kind: 'method_update',
    subscriptionId: input.id,
    invoiceId: null,
    successUrl: input.successUrl,
  } as const
  return insertCheckout(tx, context.org.id, checkout, context.now)
}

/**
 * The checkout behind the link of a mail about a card: what is owed where something is, and otherwise one that stores another
 * card. One that is open for that already is given again, whoever it was opened for. Undefined when no card is charged any more.
 */
export async function openCardUpdate(tx: Tx, context: Context, id: string): Promise<CheckoutRecord | undefined> {
  const { subscription } = await lockWithCustomer(tx, context, id)
  if (!hasAccess(subscription.status) || subscription.priceId === null) return undefined
  const owed = subscription.status === 'past_due' ? await openRecovery(tx, context, id) : undefined
  if (owed && owed !== 'plan_unavailable') return owed
  const open = (await findOpenCheckouts(tx, context.org.id, [id])).get(id)
  return open?.kind === 'method_update' ? open : openMethodUpdate(tx, context, { id, successUrl: null })
}

async function replace(tx: Tx, { org, now }: Context, { id }: SubscriptionRecord): Promise<void> {
  const open = (await findOpenCheckouts(tx, org.id, [id])).get(id)
  const attempt = open && (await findCheckoutAttempt(tx, org.id, open.id))
  if (attempt && isInFlight(attempt.state)) {
    throw new Problem('charge_in_progress', 'The customer is in a checkout at this moment. Try again in a minute.')
  }
  await endCheckout(tx, org.id, id, 'canceled', now)
}
