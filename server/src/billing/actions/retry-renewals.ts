import assert from 'node:assert/strict'
import { type Collection, collect } from '#billing/actions/collect.ts'
import type { Due } from '#billing/actions/gather-due.ts'
import { nextDue } from '#billing/next-due.ts'
import type { Tx } from '#database/transaction.ts'
import { findInvoices } from '#invoicing/invoices.store.ts'
import type { Context } from '#organisations/org.ts'
import type { Attempt } from '#payments/attempt.ts'
import { findBeingPaid } from '#payments/attempt-lists.store.ts'
import { updateSubscription } from '#subscriptions/subscriptions.store.ts'

export type Retried = { readonly attempts: readonly Attempt[]; readonly slotsUsed: number }

/**
 * Tries declined renewals again, by the calendar or because somebody asks: each try uses up the next slot, with its record and
 * before its outcome, so that no crash tries once more than there are slots. Gives the charges to perform after the commit, and
 * how many slots were used up: customers without a card are not charged, and failed.
 */
export async function retryRenewals(tx: Tx, context: Context, dues: readonly Due[]): Promise<Retried> {
  if (dues.length === 0) return { attempts: [], slotsUsed: 0 }
  const { org, now } = context
  const declined = dues.flatMap(({ subscription }) => subscription.declinedInvoiceId ?? [])
  const invoices = await findInvoices(tx, org.id, declined)
  const beingPaid = await findBeingPaid(tx, org.id, declined)
  const collections: Collection[] = []
  for (const { subscription, customer, method } of dues) {
    if (beingPaid.has(subscription.declinedInvoiceId ?? '')) {
      // The customer is in a checkout, perhaps at their bank: nothing is tried beside it, and no slot is used up.
      await updateSubscription(tx, org.id, subscription.id, { dueAt: lookAgainAt(context) })
      continue
    }
    const invoice = invoices.get(subscription.declinedInvoiceId ?? '')
    assert(invoice?.status === 'outstanding', `${subscription.id} is past due for an outstanding invoice`)
    const retries = subscription.retries + 1
    const dueAt = nextDue({ ...subscription, retries }, now)
    const tried = await updateSubscription(tx, org.id, subscription.id, { retries, dueAt, updatedAt: now })
    collections.push({ invoice, subscription: tried, customer, method, purpose: 'renewal', isEnd: false })
  }
  return { attempts: await collect(tx, context, collections), slotsUsed: collections.length }
}

// In an hour; where a test clock has jumped ahead, when it stands: hours that passed in no time need not be looked through.
function lookAgainAt({ org, now }: Context): Temporal.Instant {
  const inAnHour = now.add({ hours: 1 })
  const { simulatedTime } = org
  return simulatedTime && Temporal.Instant.compare(simulatedTime, inAnHour) > 0 ? simulatedTime : inAnHour
}
