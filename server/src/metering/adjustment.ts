import { takeCredits } from '#metering/credits.ts'
import { type Account, heldIn, type LedgerModel } from '#metering/ledger.ts'
import type { Movement } from '#metering/ledger-movements.ts'
import { mostHeld } from '#metering/most-held.ts'
import type { Rate } from '#money/rate.ts'

/** Whether an account would hold more than can be told with what is bought for it. */
export function wouldHoldTooMuch(model: LedgerModel, account: Account, bought: bigint): boolean {
  return heldIn(model, account) + bought > mostHeld
}

export type Adjustment =
  | { readonly kind: 'move'; readonly movement: Movement; readonly held: bigint }
  | { readonly kind: 'refused'; readonly code: 'insufficient_credits' | 'insufficient_balance' | 'too_much' }

/**
 * A manual correction (metering.md, Credits and balance ledgers): credits that are given are purchased ones, so that no reset
 * takes them; those that are taken come from the plan's first. A balance falls below zero only where the plan allows it, and no
 * deeper than a spend cap does. What reservations hold cannot be taken: it counts as used.
 */
export function decideAdjustment(
  model: LedgerModel,
  account: Account & { readonly reserved: bigint },
  amount: bigint,
  reason: string | null,
  overdraftCap: Rate | null = null,
): Adjustment {
  const held = heldIn(model, account) + amount
  if (held > mostHeld || held < -mostHeld) return { kind: 'refused', code: 'too_much' }
  if (model === 'balance') {
    const deepest = account.mayOverdraw ? (overdraftCap ?? mostHeld) : 0n
    if (amount < 0n && held - account.reserved < -deepest) return { kind: 'refused', code: 'insufficient_balance' }
    return { kind: 'move', movement: { kind: 'adjustment', balance: amount, reason }, held }
  }
  if (amount > 0n) return { kind: 'move', movement: { kind: 'adjustment', purchasedCredits: amount, reason }, held }
  const taken = takeCredits({ plan: account.planCredits, purchased: account.purchasedCredits }, -amount)
  if (!taken || held < account.reserved) return { kind: 'refused', code: 'insufficient_credits' }
  const movement = { kind: 'adjustment', planCredits: -taken.plan, purchasedCredits: -taken.purchased, reason } as const
  return { kind: 'move', movement, held }
}
