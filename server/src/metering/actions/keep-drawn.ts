import type { Tx } from '#database/transaction.ts'
import { overdraftOf } from '#metering/balance.ts'
import { enterMovements, lockAccount } from '#metering/ledger-accounts.store.ts'
import type { Rate } from '#money/rate.ts'
import type { Context } from '#organisations/org.ts'

const reason = 'Used while a change of plan was being paid'

/**
 * Makes an account short of what was billed, not more: what was drawn since belongs to the window that follows, and is given
 * back for now. Returns it, rate scale; 0 on plans without a balance. Call it before the window is closed.
 */
export async function setDrawnAside(
  tx: Tx,
  { org, now }: Context,
  subscriptionId: string,
  billed: Rate,
): Promise<Rate> {
  const account = await lockAccount(tx, org.id, subscriptionId)
  if (account?.model !== 'balance') return 0n
  const drawn = overdraftOf(account.balance) - billed
  if (drawn === 0n) return 0n
  await enterMovements(tx, org.id, account, [{ kind: 'adjustment', balance: drawn, reason }], { at: now })
  return drawn
}

/** Takes what was set aside out of the window that has begun since, as far as it has it. */
export async function drawAgain(tx: Tx, { org, now }: Context, subscriptionId: string, drawn: Rate): Promise<void> {
  if (drawn === 0n) return
  const account = await lockAccount(tx, org.id, subscriptionId)
  if (!account) return
  const balance = drawn > account.balance ? -account.balance : -drawn
  await enterMovements(tx, org.id, account, [{ kind: 'adjustment', balance, reason }], { at: now })
}
