import type { Tx } from '#database/transaction.ts'
import { enterMovements, lockAccount } from '#metering/ledger-accounts.store.ts'
import type { Context } from '#organisations/org.ts'
import { recordEvent } from '#webhooks/outbox.ts'

/** A subscription that ends: plan credits and balance go to zero, purchased credits wait for its reactivation. */
export async function emptyLedger(
  tx: Tx,
  context: Context,
  subscriptionId: string,
  customer: { readonly id: string; readonly publicId: string },
): Promise<void> {
  const { org, now } = context
  const account = await lockAccount(tx, org.id, subscriptionId)
  if (!account) return
  const { planCredits, balance } = account
  await enterMovements(tx, org.id, account, [{ kind: 'cancellation', planCredits: -planCredits, balance: -balance }], {
    at: now,
    changes: { mayOverdraw: false, grantedCredits: 0n, grantedBalance: 0n, lastRefill: 0n, reserved: 0n },
  })
  if (planCredits === 0n) return
  await recordEvent(tx, context, 'credits.expired', customer.id, {
    subscriptionId,
    customerId: customer.publicId,
    expiredCredits: Number(planCredits),
  })
}
