import { inTransaction } from '#database/transaction.ts'
import type { Org } from '#organisations/org.ts'
import { payoutsBegunAt } from '#payments/actions/payout-provider.ts'
import { send } from '#payments/actions/request-payout.ts'
import { settlePayout } from '#payments/actions/settle-payout.ts'
import { findPayout, type Payout } from '#payments/payouts.store.ts'
import type { PaymentServices } from '#payments/services.ts'
import { organisationNow } from '#time/clock.ts'

/** Asks how a payout stands that the provider told something about. False: it did not answer, and has to tell it again. */
export async function reviewPayout(services: PaymentServices, org: Org, payoutId: string): Promise<boolean> {
  const payout = await findPayout(services.db, org.id, payoutId)
  return payout === undefined || lookAtPayout(services, org, payout)
}

/** Asks how a payout stands and writes it; false while nobody says. */
export async function lookAtPayout(services: PaymentServices, org: Org, payout: Payout): Promise<boolean> {
  const payouts = await payoutsBegunAt(services, org.id)
  const result = payouts ? await send(services, payouts, payout) : 'unknown'
  if (result === 'unknown') return false
  const context = services.contextFor(org, organisationNow(org.simulatedTime, services.machineNow()))
  await inTransaction(services.db, (tx) => settlePayout(tx, context, payout, result))
  return true
}
