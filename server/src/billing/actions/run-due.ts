import { endWindow } from '#billing/actions/end-window.ts'
import { Catalogue } from '#billing/catalogue.ts'
import { inTransaction, type Tx } from '#database/transaction.ts'
import type { Context, Org } from '#organisations/org.ts'
import { performAttempt } from '#payments/actions/perform-attempt.ts'
import type { Attempt } from '#payments/attempt.ts'
import { findStartedCollections } from '#payments/attempts.store.ts'
import type { PaymentServices } from '#payments/services.ts'
import { lockSubscription, type SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'

/** Begins a draft whose day has come: subscriptions lie to the right of billing, so the composition root hands it in. */
export type StartDraft = (tx: Tx, context: Context, draft: SubscriptionRecord) => Promise<void>

export type BillingServices = PaymentServices & { readonly startDraft: StartDraft }

/** Steps one subscription may take in one run: far more than a clock can move, so that a bug cannot run for ever. */
const mostSteps = 1000

/** A step that was taken; the attempt is to be performed once it is committed. */
export type Step = { readonly context: Context; readonly attempt: Attempt | null }

/**
 * Takes the next due step of a locked subscription with "now" = the instant it was due (billing.md, Renewal). Null while a
 * charge of it is under way: whether the next period is billed depends on how that ends.
 */
export async function takeStep(
  tx: Tx,
  services: BillingServices,
  org: Org,
  subscription: SubscriptionRecord & { readonly dueAt: Temporal.Instant },
  catalogue: Catalogue,
): Promise<Step | null> {
  // Asked under the lock: whoever held it before may have begun a charge.
  if ((await findStartedCollections(tx, org.id, subscription.id)).length > 0) return null
  const context = services.contextFor(org, subscription.dueAt)
  if (subscription.status !== 'draft') {
    return { context, attempt: await endWindow(tx, context, subscription, catalogue) }
  }
  await services.startDraft(tx, context, subscription)
  return { context, attempt: null }
}

/**
 * Runs every step of one subscription that is due up to a moment, in order, each in a transaction of its own. Charges are
 * performed between the steps. False when it could not finish: the provider does not answer about a charge.
 */
export async function runDue(
  services: BillingServices,
  org: Org,
  subscriptionId: string,
  until: Temporal.Instant,
): Promise<boolean> {
  for (let steps = 0; steps < mostSteps; steps++) {
    if (!(await finishCollections(services, org, subscriptionId))) return false
    const step = await inTransaction(services.db, async (tx) => {
      const subscription = await lockSubscription(tx, org.id, subscriptionId)
      return subscription && isDue(subscription, until)
        ? ((await takeStep(tx, services, org, subscription, new Catalogue(org.id))) ?? 'again')
        : 'done'
    })
    if (step === 'done') return true
    if (step !== 'again' && step.attempt) await performAttempt(services, step.context, step.attempt)
  }
  throw new Error(`subscription ${subscriptionId} still has steps due after ${mostSteps}`)
}

/** Whether a step of the subscription is due at a moment. */
export function isDue<S extends Pick<SubscriptionRecord, 'dueAt'>>(
  subscription: S,
  at: Temporal.Instant,
): subscription is S & { readonly dueAt: Temporal.Instant } {
  return subscription.dueAt !== null && Temporal.Instant.compare(subscription.dueAt, at) <= 0
}

// Charges that nobody finished, or that somebody is just performing: asking again moves no money twice. The time they count
// with is that of the step that began them.
async function finishCollections(services: BillingServices, org: Org, subscriptionId: string): Promise<boolean> {
  for (const attempt of await findStartedCollections(services.db, org.id, subscriptionId)) {
    const ended = await performAttempt(services, services.contextFor(org, attempt.createdAt), attempt)
    if (ended.state === 'started') return false
  }
  return true
}
