import type { Tx } from '#database/transaction.ts'
import { overdraftOf } from '#metering/balance.ts'
import { enterMovements, lockAccount } from '#metering/ledger-accounts.store.ts'
import { overdraftMovement } from '#metering/ledger-movements.ts'
import type { Rate } from '#money/rate.ts'
import type { Context } from '#organisations/org.ts'

/** What an account leaves to bill when its window ends. */
export type ClosedLedger = { readonly overdraft: Rate }

/**
 * Takes the overdraft of a window that ends out of the account, for its bill. Null on metered plans. The caller holds the
 * subscription's lock and has not locked its counters yet.
 */
export async function closeLedger(tx: Tx, { org, now }: Context, subscriptionId: string): Promise<ClosedLedger | null> {
  const account = await lockAccount(tx, org.id, subscriptionId)
  if (!account || account.model === 'metered') return null
  const overdraft = overdraftOf(account.balance)
  if (overdraft > 0n) {
    await enterMovements(tx, org.id, account, [overdraftMovement(account.balance)], { at: now })
  }
  return { overdraft }
}
