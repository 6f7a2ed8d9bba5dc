import type { Tx } from '#database/transaction.ts'
import { heldIn } from '#metering/ledger.ts'
import { type AccountRecord, addReservedFunds } from '#metering/ledger-accounts.store.ts'
import { keepHolds } from '#metering/reservation.ts'
import { findOpenHolds, keepHeldFunds } from '#metering/reservations.store.ts'

/**
 * What reservations hold of an account never exceeds what is there: a window that begins with less than they held leaves the
 * oldest of them what there is, and one under another model leaves them nothing. They all stay open. The account is locked.
 */
export async function keepReserved(
  tx: Tx,
  orgId: string,
  account: AccountRecord,
  isOtherModel: boolean,
): Promise<void> {
  if (account.reserved === 0n || (account.mayOverdraw && !isOtherModel)) return
  const room = isOtherModel || account.model === 'metered' ? 0n : heldIn(account.model, account)
  const holds = await findOpenHolds(tx, orgId, account.subscriptionId)
  for (const { id, heldFunds, kept } of keepHolds(holds, room)) {
    await keepHeldFunds(tx, orgId, id, kept)
    await addReservedFunds(tx, orgId, account.subscriptionId, kept - heldFunds)
  }
}
