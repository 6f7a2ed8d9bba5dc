import { inTransaction, type Tx } from '#database/transaction.ts'
import type { Context, Org } from '#organisations/org.ts'
import { payoutsBegunAt } from '#payments/actions/payout-provider.ts'
import { balanceOf, type MerchantBalance } from '#payments/payout.ts'
import {
  balanceFacts,
  findDefaultBankAccount,
  hasBecomeAvailable,
  lockPayoutAccount,
  markTold,
  unsentPayouts,
} from '#payments/payouts.store.ts'
import { type ProviderName, ProviderUnreachable } from '#payments/provider.ts'
import { noteEvent } from '#payments/provider-events.store.ts'
import type { PaymentServices } from '#payments/services.ts'
import { organisationNow } from '#time/clock.ts'
import { recordEvent } from '#webhooks/outbox.ts'

/** Tells of money of the built-in processor that became available by the passing of time since the last telling. */
export async function tellSettled(services: PaymentServices, org: Org): Promise<void> {
  const context = contextOf(services, org)
  await inTransaction(services.db, async (tx) => {
    const account = await lockPayoutAccount(tx, org.id)
    if (!account || !(await hasBecomeAvailable(tx, org.id, account.toldUntil, context.now))) return
    await markTold(tx, org.id, context.now)
    const { available } = balanceOf(await balanceFacts(tx, org.id, 'usd', context.now))
    await recordAvailable(tx, context, available, 'usd')
  })
}

/**
 * Tells of money that a provider says became available, once for each of its notifications. False: it did not say how much,
 * and has to tell it again.
 */
export async function tellAvailable(
  services: PaymentServices,
  org: Org,
  notification: { readonly provider: ProviderName; readonly id: string; readonly type: string },
): Promise<boolean> {
  const bank = await findDefaultBankAccount(services.db, org.id)
  const payouts = await payoutsBegunAt(services, org.id)
  if (!bank || !payouts?.balance) return true
  const balance = await known(payouts.balance(bank.currency))
  if (!balance) return false
  const context = contextOf(services, org)
  await inTransaction(services.db, async (tx) => {
    if (!(await noteEvent(tx, org.id, notification, services.machineNow()))) return
    const available = balance.available - (await unsentPayouts(tx, org.id, bank.currency))
    await recordAvailable(tx, context, available, bank.currency)
  })
  return true
}

async function known(asked: Promise<MerchantBalance>): Promise<MerchantBalance | undefined> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof ProviderUnreachable) return undefined
    throw error
  }
}

async function recordAvailable(tx: Tx, context: Context, available: bigint, currency: string): Promise<void> {
  if (available <= 0n) return
  await recordEvent(tx, context, 'payout.available', null, { availableAmount: Number(available), currency })
}

function contextOf(services: PaymentServices, org: Org): Context {
  return services.contextFor(org, organisationNow(org.simulatedTime, services.machineNow()))
}
