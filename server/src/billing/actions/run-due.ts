import { giveUpChange } from '#billing/actions/give-up-change.ts'
import { type BillingServices, takeSteps } from '#billing/actions/take-steps.ts'
import { billTooLarge } from '#billing/bill-too-large.ts'
import { Catalogue } from '#billing/catalogue.ts'
import { inTransaction, type Tx } from '#database/transaction.ts'
import type { Context, Org } from '#organisations/org.ts'
import { performAttempt } from '#payments/actions/perform-attempt.ts'
import type { Attempt } from '#payments/attempt.ts'
import { findStartedCollections } from '#payments/attempt-lists.store.ts'
import { findChanging } from '#subscriptions/plan-changes.store.ts'
import { lockSubscription, type SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'

/** Steps one subscription may take in one run: far more than a clock can move, so that a bug cannot run for ever. */
const mostSteps = 1000

/**
 * Runs every step of one subscription that is due up to a moment, in order, each in a transaction of its own with "now" = the
 * instant it was due. Charges are performed between the steps. False when it could not finish: the provider does not answer
 * about a charge. A change of plan whose customer has not answered their bank is given up where something is due.
 */
export async function runDue(
  services: BillingServices,
  org: Org,
  subscriptionId: string,
  until: Temporal.Instant,
): Promise<boolean> {
  for (let steps = 0; steps < mostSteps; steps++) {
    if (!(await finishCollections(services, org, subscriptionId))) return false
    const step = await inTransaction(services.db, (tx) => takeStep(tx, services, org, subscriptionId, until))
    // Somebody else may have taken the last step while the lock was waited for: its charge comes to its end as well.
    if (!step) return finishCollections(services, org, subscriptionId)
    if (step === 'changing') {
      // What has its time does not wait for a customer to answer their bank.
      if (!(await giveUpChange(services, services.contextFor(org, until), subscriptionId))) return false
      continue
    }
    for (const id of step.tooLarge) services.onBillingFailure(id, billTooLarge(id))
    for (const attempt of step.attempts) await performAttempt(services, step.context, attempt)
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

type Step = {
  readonly context: Context
  readonly attempts: readonly Attempt[]
  readonly tooLarge: readonly string[]
}

async function takeStep(
  tx: Tx,
  services: BillingServices,
  org: Org,
  subscriptionId: string,
  until: Temporal.Instant,
): Promise<Step | 'changing' | null> {
  const subscription = await lockSubscription(tx, org.id, subscriptionId)
  if (!subscription || !isDue(subscription, until)) return null
  if ((await findChanging(tx, org.id, [subscriptionId])).size > 0) return 'changing'
  const context = services.contextFor(org, subscription.dueAt)
  const { attempts, tooLarge } = await takeSteps(tx, services, context, [subscription], new Catalogue(org.id))
  return { context, attempts, tooLarge }
}

// Charges that nobody finished, or that somebody is just performing: asking again moves no money twice. The time they count
// with is that of the step that began them.
async function finishCollections(services: BillingServices, org: Org, subscriptionId: string): Promise<boolean> {
  for (const attempt of await findStartedCollections(services.db, org.id, [subscriptionId])) {
    const ended = await performAttempt(services, services.contextFor(org, attempt.createdAt), attempt)
    if (ended.state === 'started') return false
  }
  return true
}
