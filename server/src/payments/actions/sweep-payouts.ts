import assert from 'node:assert/strict'
import { inTransaction } from '#database/transaction.ts'
import type { Org } from '#organisations/org.ts'
import { findOrg } from '#organisations/sides.store.ts'
import { lookAtPayout } from '#payments/actions/review-payout.ts'
import { tellSettled } from '#payments/actions/tell-available.ts'
import { listPayoutSides, takeDuePayouts } from '#payments/payouts.store.ts'
import type { PaymentServices } from '#payments/services.ts'

/** Asks how payouts stand that are under way, and tells of money that became available. May run anywhere, at any time. */
export async function sweepPayouts(services: PaymentServices, limit: number): Promise<number> {
  const due = await inTransaction(services.db, (tx) => takeDuePayouts(tx, services.machineNow(), limit))
  for (const payout of due) await lookAtPayout(services, await sideOf(services, payout.orgId), payout)
  for (const orgId of await listPayoutSides(services.db, 'commet'))
    await tellSettled(services, await sideOf(services, orgId))
  return due.length
}

async function sideOf({ db }: PaymentServices, orgId: string): Promise<Org> {
  const org = await findOrg(db, orgId)
  assert(org, 'what belongs to a side has its organisation')
  return org
}
