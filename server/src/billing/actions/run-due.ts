import { endWindow } from '#billing/actions/end-window.ts'
import { type Db, inTransaction, type Tx } from '#database/transaction.ts'
import type { Context, Org } from '#organisations/org.ts'
import { performAttempt } from '#payments/actions/perform-attempt.ts'
import type { Attempt } from '#payments/attempt.ts'
import { findStartedCollections } from '#payments/attempts.store.ts'
import type { PaymentServices } from '#payments/services.ts'
import { lockSubscription, type SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'

/** Begins a draft whose day has come: subscriptions lie to the right of billing, so the composition root hands it in. */
export type StartDraft = (tx: Tx, context: Context, draft: SubscriptionRecord) => Promise<void>

export type BillingServices = PaymentServices & { readonly startDraft: StartDraft }

export type RunReport = { readonly steps: number; readonly failed: boolean }

/** Steps one subscription may take in one run: far more than a clock can move, so that a bug cannot run for ever. */
const mostSteps = 1000

/**
 * Runs every step of a subscription that is due up to a moment, in order, each in a transaction of its own with "now" = the
 * instant it was due (billing.md, Renewal). Charges are performed between the steps, as a decline ends them. May run
 * anywhere, any number of times, at the same time: the row decides what is left to do.
 */
export async function runDue(
  services: BillingServices,
  org: Org,
  subscriptionId: string,
  until: Temporal.Instant,
): Promise<RunReport> {
  for (let steps = 0; steps < mostSteps; steps++) {
    if (!(await finishCollections(services, org, subscriptionId))) return { steps, failed: true }
    const step = await inTransaction(services.db, (tx) => takeStep(tx, services, org, subscriptionId, until))
    if (step === null) return { steps, failed: false }
    if (step.attempt) await performAttempt(services, step.context, step.attempt)
  }
  throw new Error(`subscription ${subscriptionId} still has steps due after ${mostSteps}`)
}

// What a crash left behind comes first: whether the next period is billed depends on how this charge ends. The time it
// counts with is that of the step that began it. False while the provider does not answer.
async function finishCollections(services: BillingServices, org: Org, subscriptionId: string): Promise<boolean> {
  const started = await findStartedCollections(services.db, org.id, subscriptionId)
  for (const attempt of started) {
    const ended = await performAttempt(services, services.contextFor(org, attempt.createdAt), attempt)
    if (ended.state === 'started') return false
  }
  return true
}

type Step = { readonly context: Context; readonly attempt: Attempt | null }

async function takeStep(
  tx: Tx,
  services: BillingServices,
  org: Org,
  subscriptionId: string,
  until: Temporal.Instant,
): Promise<Step | null> {
  const subscription = await lockSubscription(tx, org.id, subscriptionId)
  if (!subscription?.dueAt || Temporal.Instant.compare(subscription.dueAt, until) > 0) return null
  if (await isBeingCollected(tx, org.id, subscription)) return null
  const context = services.contextFor(org, subscription.dueAt)
  if (subscription.status === 'draft') {
    await services.startDraft(tx, context, subscription)
    return { context, attempt: null }
  }
  return { context, attempt: await endWindow(tx, context, subscription) }
}

// Somebody else began a charge between our look and our lock: they, or the next run, go on from there.
async function isBeingCollected(db: Db, orgId: string, subscription: SubscriptionRecord): Promise<boolean> {
  return (await findStartedCollections(db, orgId, subscription.id)).length > 0
}
