import type { Db } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import { findSettings } from '#organisations/settings.store.ts'
import { Problem } from '#problem.ts'
import type { ContractFacts } from '#subscriptions/actions/read-contract.ts'
import { mayWithdraw, refundOf } from '#subscriptions/withdrawal.ts'

/** How a contract stands for its customer. `settled`: nothing of it runs or can be given back any more. */
export type ContractStanding = 'open' | 'withdrawn' | 'over' | 'settled' | 'none'

/** Whether a contract can be withdrawn from now. */
export function standingOf(
  facts: ContractFacts,
  { isEnabled, now }: { readonly isEnabled: boolean; readonly now: Temporal.Instant },
): ContractStanding {
  if (facts.withdrawal) return 'withdrawn'
  const { kind } = mayWithdraw(facts.contract, now)
  if (!isEnabled || kind === 'none') return 'none'
  if (kind === 'over') return 'over'
  const runs = facts.kind === 'subscription' && facts.subscription.status !== 'canceled'
  const { charges, byHand } = refundOf(facts.charges, facts.invoices)
  return runs || charges.length > 0 || byHand > 0n ? 'open' : 'settled'
}

/** A contract that is not open for its customer is refused: 409 invalid_subscription_status. */
export async function refuseUnlessOpen(db: Db, { org, now }: Context, facts: ContractFacts): Promise<void> {
  const { withdrawalEnabled: isEnabled } = await findSettings(db, org.id)
  if (standingOf(facts, { isEnabled, now }) === 'open') return
  throw new Problem('invalid_subscription_status', 'This contract cannot be withdrawn from (any more).')
}
