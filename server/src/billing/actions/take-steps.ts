import { announceEnds } from '#billing/actions/announce-ends.ts'
import { awaitCheckout } from '#billing/actions/await-checkout.ts'
import { endAccess } from '#billing/actions/end-access.ts'
import { lastBill } from '#billing/actions/end-subscription.ts'
import { endWindows } from '#billing/actions/end-window.ts'
import { type Due, gatherDue } from '#billing/actions/gather-due.ts'
import { retryRenewals } from '#billing/actions/retry-renewals.ts'
import { type Owed, settleBills } from '#billing/actions/settle-bills.ts'
import type { Catalogue } from '#billing/catalogue.ts'
import { isReminderDue } from '#billing/next-due.ts'
import type { Tx } from '#database/transaction.ts'
import { lockMetering } from '#metering/counters.store.ts'
import type { Context } from '#organisations/org.ts'
import type { Attempt } from '#payments/attempt.ts'
import { findStartedCollections } from '#payments/attempt-lists.store.ts'
import { findRefunding } from '#payments/refunds.store.ts'
import type { PaymentServices } from '#payments/services.ts'
import { findChanging } from '#subscriptions/plan-changes.store.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'
import { isBefore } from '#time/period.ts'

/** Begins a draft whose day has come: subscriptions lie to the right of billing, so the composition root hands it in. */
export type StartDraft = (tx: Tx, context: Context, draft: SubscriptionRecord) => Promise<void>

export type BillingServices = PaymentServices & {
  readonly startDraft: StartDraft
  /** Tells whoever runs billing of a subscription that could not be billed. */
  readonly onBillingFailure: (subscriptionId: string, error: unknown) => void
}

/** The charges to perform after the commit, and which of them are tries of a declined renewal. */
export type StepsTaken = {
  readonly attempts: readonly Attempt[]
  readonly retries: ReadonlySet<string>
  /** Slots of dunning that were used up, also those of customers without a card. */
  readonly slotsUsed: number
  /** Subscriptions that went on without a bill, because no answer could have shown it. */
  readonly tooLarge: readonly string[]
}

/**
 * Takes one step of each of some locked subscriptions, all due at `context.now` (billing.md, Renewal), and gives the charges to
 * perform once they are committed. A subscription with a charge under way is left as it is: whether its next period is billed
 * depends on how that ends.
 */
export async function takeSteps(
  tx: Tx,
  { startDraft }: Pick<BillingServices, 'startDraft'>,
  context: Context,
  subscriptions: readonly SubscriptionRecord[],
  catalogue: Catalogue,
): Promise<StepsTaken> {
  const free = await withoutCharges(tx, context, subscriptions)
  for (const draft of free.filter(({ status }) => status === 'draft')) await startDraft(tx, context, draft)
  const running = free.filter(({ status }) => status !== 'draft')
  if (running.length === 0) return { attempts: [], retries: new Set(), slotsUsed: 0, tooLarge: [] }
  const found = await gatherDue(tx, context.org.id, running)
  const { declined = [], announced = [], ended: dues = [] } = Object.groupBy(found, (due) => stepOf(due, context))
  const { attempts: retried, slotsUsed } = await retryRenewals(tx, context, declined)
  const retries = new Set(retried.map(({ id }) => id))
  await announceEnds(tx, context, announced, catalogue)
  if (dues.length === 0) return { attempts: retried, retries, slotsUsed, tooLarge: [] }
  const [ending, going] = [dues.filter((due) => isEnding(due, context)), dues.filter((due) => !isEnding(due, context))]
  await lockMetering(
    tx,
    context.org.id,
    dues.map(({ subscription }) => subscription.id),
  )
  const { owed, checkouts } = await endWindows(tx, context, going, catalogue)
  const last: Owed[] = []
  for (const due of ending) {
    const bill = await lastBill(tx, context, due, catalogue)
    if (bill) last.push(bill)
  }
  // From here on everybody else who issues in this organisation waits for the commit.
  const { attempts, tooLarge } = await settleBills(tx, context, [...owed, ...last])
  for (const checkout of checkouts) await awaitCheckout(tx, context, checkout)
  for (const { subscription, customer } of ending) {
    await endAccess(tx, context, subscription, customer, subscription.cancelReason)
  }
  return { attempts: [...retried, ...attempts], retries, slotsUsed, tooLarge }
}

/** What is due at a subscription: another try of its renewal, the announcement of an end, or the end of its window. */
function stepOf({ subscription }: Due, { now }: Context): 'declined' | 'announced' | 'ended' {
  if (subscription.status === 'past_due') return 'declined'
  return isReminderDue(subscription, now) ? 'announced' : 'ended'
}

// Asked under the locks: whoever held them before may have begun a charge.
async function withoutCharges(
  tx: Tx,
  { org }: Context,
  subscriptions: readonly SubscriptionRecord[],
): Promise<SubscriptionRecord[]> {
  if (subscriptions.length === 0) return []
  const ids = subscriptions.map(({ id }) => id)
  const charged = new Set((await findStartedCollections(tx, org.id, ids)).map((attempt) => attempt.subscriptionId))
  const refunding = await findRefunding(tx, org.id, ids)
  const changing = await findChanging(tx, org.id, ids)
  return subscriptions.filter(({ id }) => !charged.has(id) && !refunding.has(id) && !changing.has(id))
}

function isEnding({ subscription: { cancelEffectiveOn } }: Due, { today }: Context): boolean {
  return cancelEffectiveOn !== null && !isBefore(today, cancelEffectiveOn)
}
