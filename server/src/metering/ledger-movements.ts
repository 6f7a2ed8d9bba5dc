import type { ConsumptionModel } from '#catalogue/plan.ts'
import { mayOverdraw, overdraftOf } from '#metering/balance.ts'
import { mostHeld } from '#metering/most-held.ts'
import type { Rate } from '#money/rate.ts'
import type { WindowPlan } from '#subscriptions/schedule.ts'

/** What an account holds: credits are counts, the balance rate scale. */
export type Held = { readonly planCredits: bigint; readonly purchasedCredits: bigint; readonly balance: Rate }

export type MovementKind =
  | 'grant'
  | 'reset'
  | 'expiry'
  | 'purchase'
  | 'top_up'
  | 'adjustment'
  | 'overdraft_billed'
  | 'cancellation'
  | 'refund'

/** A signed change of what is held; a pot that is not named stays. */
export type Movement = Partial<Held> & {
  readonly kind: MovementKind
  readonly reason?: string | null
  readonly invoiceId?: string | null
}

export type LedgerEntry = Held & {
  readonly kind: MovementKind
  readonly reason: string | null
  readonly invoiceId: string | null
  readonly after: Held
}

/** Carries movements out one after the other. Movements of nothing leave no entry. */
export function move(
  before: Held,
  movements: readonly Movement[],
): { readonly held: Held; readonly entries: readonly LedgerEntry[] } {
  let held: Held = {
    planCredits: before.planCredits,
    purchasedCredits: before.purchasedCredits,
    balance: before.balance,
  }
  const entries: LedgerEntry[] = []
  for (const { kind, planCredits = 0n, purchasedCredits = 0n, balance = 0n, reason, invoiceId } of movements) {
    if (planCredits === 0n && purchasedCredits === 0n && balance === 0n) continue
    held = {
      planCredits: held.planCredits + planCredits,
      purchasedCredits: held.purchasedCredits + purchasedCredits,
      balance: held.balance + balance,
    }
    const [why, invoice] = [reason ?? null, invoiceId ?? null]
    entries.push({ kind, planCredits, purchasedCredits, balance, reason: why, invoiceId: invoice, after: held })
  }
  return { held, entries }
}

/** What a plan puts into each window: `credits` a count, `balance` rate scale. */
export type Funding = {
  readonly model: ConsumptionModel
  readonly blockOnExhaustion: boolean
  readonly credits: bigint
  readonly balance: Rate
}

/** What the beginning of a window does to an account. */
export type Refill = {
  readonly movements: readonly Movement[]
  readonly expired: bigint
  readonly granted: bigint
  readonly mayOverdraw: boolean
}

/**
 * The beginning of a window (metering.md, Credits and balance ledgers): unused plan credits expire and become what the plan
 * includes, the balance becomes what it includes. A trial is given once: its later windows keep what is left (null).
 */
export function refillFor(held: Held, funding: Funding, window: WindowPlan, isFirstEver: boolean): Refill | null {
  if (window.kind === 'trial' && !window.startsOn.equals(window.periodStart)) return null
  // Purchased credits stay beside them, and their sum has to be told.
  const room = mostHeld - held.purchasedCredits
  const credits = funding.credits < room ? funding.credits : room
  const movements: Movement[] = [
    { kind: 'expiry', planCredits: -held.planCredits },
    { kind: isFirstEver ? 'grant' : 'reset', planCredits: credits, balance: funding.balance - held.balance },
  ]
  return {
    movements,
    expired: held.planCredits,
    granted: credits,
    mayOverdraw: funding.model === 'balance' && mayOverdraw(funding, window.kind),
  }
}

/** What the end of a window bills: the balance is lifted to zero, the invoice says what it was short of. */
export function overdraftMovement(balance: Rate): Movement {
  return { kind: 'overdraft_billed', balance: overdraftOf(balance) }
}
