import assert from 'node:assert/strict'
import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import { balanceCost, deepestOverdraft } from '#metering/balance.ts'
import { creditCost } from '#metering/credits.ts'
import type { Quantity } from '#money/quantity.ts'
import type { Rate } from '#money/rate.ts'

/** What a subscription holds: credits are counts, balances rate scale. */
export type Account = {
  readonly planCredits: bigint
  readonly purchasedCredits: bigint
  readonly balance: Rate
  /** Whether the balance may go below zero in the running window. */
  readonly mayOverdraw: boolean
  /** What the running window was given. */
  readonly grantedCredits: bigint
  readonly grantedBalance: Rate
}

export const emptyAccount: Account = {
  planCredits: 0n,
  purchasedCredits: 0n,
  balance: 0n,
  mayOverdraw: false,
  grantedCredits: 0n,
  grantedBalance: 0n,
}

/** The models that draw on an account. */
export type LedgerModel = 'credits' | 'balance'

/** What a usage draws, in the model's unit. */
export function costOf(model: LedgerModel, terms: FeatureTerms, value: Quantity): bigint {
  if (model === 'balance') return balanceCost(value, terms.overageUnitPrice)
  assert(terms.creditsPerUnit !== null, `${terms.code} has a price in credits`)
  return creditCost(value, terms.creditsPerUnit)
}

/** What usage costs at least that costs anything: one rate unit. */
export const leastCost = 1n

/** What the account holds in the model's unit. */
export function heldIn(model: LedgerModel, account: Account): bigint {
  return model === 'credits' ? account.planCredits + account.purchasedCredits : account.balance
}

/** What little of it is counted from: the credits that the window was given, or the balance after it last rose. */
export function fullOf(
  model: LedgerModel,
  account: { readonly grantedCredits: bigint; readonly lastRefill: Rate },
): bigint {
  return model === 'credits' ? account.grantedCredits : account.lastRefill
}

/**
 * Whether a cost is accepted: never beyond the credits, beyond the balance only where the plan sells an overdraft, and that
 * only as deep as a spend cap allows. What costs nothing is accepted always.
 */
export function covers(model: LedgerModel, account: Account, cost: bigint, overdraftCap: Rate | null = null): boolean {
  const deepest = overdraftCap === null || cost === 0n ? deepestOverdraft : overdraftCap
  const edge = model === 'balance' && account.mayOverdraw ? -deepest : 0n
  return heldIn(model, account) - cost >= edge
}

/** An account as if what reservations hold of it were used: credits of the plan first, and none below zero. */
export function unreserved(model: LedgerModel, account: Account, reserved: bigint): Account {
  if (reserved === 0n) return account
  if (model === 'balance') return { ...account, balance: account.balance - reserved }
  const { planCredits, purchasedCredits } = account
  const fromPlan = smaller(reserved, planCredits)
  const fromPurchased = smaller(reserved - fromPlan, purchasedCredits)
  return { ...account, planCredits: planCredits - fromPlan, purchasedCredits: purchasedCredits - fromPurchased }
}

const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b)
