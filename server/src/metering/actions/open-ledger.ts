import { publicCustomerId } from '#customers/customer.ts'
import { findCustomersById } from '#customers/customers.store.ts'
import type { Tx } from '#database/transaction.ts'
import { keepReserved } from '#metering/actions/keep-reserved.ts'
import { enterMovements, insertAccount, lockAccount } from '#metering/ledger-accounts.store.ts'
import { type Funding, refillFor } from '#metering/ledger-movements.ts'
import type { Context } from '#organisations/org.ts'
import type { WindowPlan } from '#subscriptions/schedule.ts'
import { recordEvent } from '#webhooks/outbox.ts'

export type Opened = {
  readonly id: string
  readonly customerId: string
  readonly epoch: bigint
}

/**
 * Gives a window that begins what its plan includes: `credits.expired` for what was unused, `credits.granted` for what is
 * new. Purchased credits stay, whatever the plan, and reservations hold no more than there is. Nothing is opened for plans that
 * never draw on an account. The caller holds the subscription's lock and has not locked its counters yet.
 */
export async function openLedger(
  tx: Tx,
  context: Context,
  subscription: Opened,
  window: WindowPlan,
  funding: Funding,
): Promise<void> {
  const { org, now } = context
  const existing = await lockAccount(tx, org.id, subscription.id)
  if (!existing && funding.model === 'metered') return
  const place = { model: funding.model, windowNumber: window.number, epoch: subscription.epoch }
  const account = existing ?? (await insertAccount(tx, org.id, { subscriptionId: subscription.id, ...place }))
  const refill = refillFor(account, funding, window, account.entries === 0n)
  if (!refill) {
    await enterMovements(tx, org.id, account, [], { at: now, changes: place })
    return
  }
  const opened = await enterMovements(tx, org.id, account, refill.movements, {
    at: now,
    changes: {
      ...place,
      mayOverdraw: refill.mayOverdraw,
      grantedCredits: funding.credits,
      grantedBalance: funding.balance,
      lastRefill: funding.balance,
      lowTold: false,
      mailed: 0,
    },
  })
  await keepReserved(tx, org.id, opened, account.model !== funding.model)
  await tell(tx, context, subscription, refill)
}

async function tell(
  tx: Tx,
  context: Context,
  { id, customerId }: Opened,
  { expired, granted }: { readonly expired: bigint; readonly granted: bigint },
): Promise<void> {
  if (expired === 0n && granted === 0n) return
  const customer = (await findCustomersById(tx, context.org.id, [customerId])).get(customerId)
  const about = { subscriptionId: id, customerId: customer ? publicCustomerId(customer) : customerId }
  if (expired > 0n) {
    await recordEvent(tx, context, 'credits.expired', customerId, { ...about, expiredCredits: Number(expired) })
  }
  if (granted > 0n) {
    const grant = { credits: Number(granted), reason: 'period_reset' }
    await recordEvent(tx, context, 'credits.granted', customerId, { ...about, ...grant })
  }
}
