import type * as z from 'zod'
import { type Db, inTransaction } from '#database/transaction.ts'
import { findShownSubscription } from '#hosted/actions/describe-portal.ts'
import type { PortalHistory } from '#hosted/portal.contract.ts'
import type { PortalSession } from '#hosted/portal-sessions.store.ts'
import { type AccountEntry, findAccounts, listEntries } from '#metering/ledger-accounts.store.ts'
import type { Context } from '#organisations/org.ts'
import { utcDay } from '#time/period.ts'

export type PortalHistoryView = z.output<typeof PortalHistory>

const linesAtOnce = 30

/**
 * What came into the customer's credits or balance and what went out of it, newest first: usage of a day in one line. `before`: the
 * number of an entry that older ones are asked for by.
 */
export function describePortalHistory(
  db: Db,
  context: Context,
  session: Pick<PortalSession, 'customerId'>,
  before: bigint | null,
): Promise<PortalHistoryView> {
  const { org } = context
  return inTransaction(
    db,
    async (tx) => {
      const about = { object: 'portal_history', livemode: org.livemode } as const
      const subscription = await findShownSubscription(tx, context, session.customerId)
      const account = subscription && (await findAccounts(tx, org.id, [subscription.id])).get(subscription.id)
      if (!subscription || !account || account.model === 'metered')
        return { ...about, model: null, currency: null, entries: [], olderThan: null }
      const page = await listEntries(tx, org.id, subscription.id, { before, limit: linesAtOnce })
      const { model } = account
      const oldest = page.at(-1)?.first ?? 1n
      return {
        ...about,
        model,
        currency: subscription.currency,
        entries: page.map((entry) => toShown(entry, model)),
        olderThan: oldest > 1n ? oldest : null,
      }
    },
    { isolation: 'repeatable read', readOnly: true },
  )
}

function toShown(entry: AccountEntry, model: 'credits' | 'balance'): PortalHistoryView['entries'][number] {
  const { kind, occurredAt, credits, balance, creditsAfter, balanceAfter } = entry
  const isCredits = model === 'credits'
  return {
    on: utcDay(occurredAt),
    kind,
    change: isCredits ? credits : balance,
    after: isCredits ? creditsAfter : balanceAfter,
  }
}
