import assert from 'node:assert/strict'
import { inTransaction } from '#database/transaction.ts'
import type { Org } from '#organisations/org.ts'
import { findOrg } from '#organisations/sides.store.ts'
import { payoutProvider } from '#payments/actions/payout-provider.ts'
import { send } from '#payments/actions/request-payout.ts'
import { settlePayout } from '#payments/actions/settle-payout.ts'
import { balanceOf } from '#payments/payout.ts'
import {
  balanceFacts,
  hasBecomeAvailable,
  listPayoutSides,
  lockPayoutAccount,
  markTold,
  takeDuePayouts,
} from '#payments/payouts.store.ts'
import type { PaymentServices } from '#payments/services.ts'
import { Problem } from '#problem.ts'
import { organisationNow } from '#time/clock.ts'
import { recordEvent } from '#webhooks/outbox.ts'

/** Asks how payouts stand that are under way, and tells of money that became available. May run anywhere, at any time. */
export async function sweepPayouts(services: PaymentServices, limit: number): Promise<number> {
  const due = await inTransaction(services.db, (tx) => takeDuePayouts(tx, services.machineNow(), limit))
  for (const payout of due) {
    const org = await findOrg(services.db, payout.orgId)
    assert(org, 'a payout has an organisation')
    const payouts = await stillThere(services, org)
    const result = payouts ? await send(services, payouts, payout) : 'unknown'
    if (result === 'unknown') continue
    const context = contextOf(services, org)
    await inTransaction(services.db, (tx) => settlePayout(tx, context, payout, result))
  }
  for (const orgId of await listPayoutSides(services.db)) await tellAvailable(services, orgId)
  return due.length
}

async function stillThere(services: PaymentServices, org: Org) {
  try {
    return (await payoutProvider(services, org)).payouts
  } catch (error) {
    if (error instanceof Problem) return undefined
    throw error
  }
}

async function tellAvailable(services: PaymentServices, orgId: string): Promise<void> {
  const org = await findOrg(services.db, orgId)
  assert(org, 'a payout account has an organisation')
  const context = contextOf(services, org)
  await inTransaction(services.db, async (tx) => {
    const account = await lockPayoutAccount(tx, orgId)
    if (!account || !(await hasBecomeAvailable(tx, orgId, account.toldUntil, context.now))) return
    await markTold(tx, orgId, context.now)
    const { available } = balanceOf(await balanceFacts(tx, orgId, 'usd', context.now))
    const told = { availableAmount: Number(available), currency: 'usd' }
    if (available > 0n) await recordEvent(tx, context, 'payout.available', null, told)
  })
}

function contextOf(services: PaymentServices, org: Org) {
  return services.contextFor(org, organisationNow(org.simulatedTime, services.machineNow()))
}
