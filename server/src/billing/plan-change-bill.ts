import assert from 'node:assert/strict'
import { type ChargedBase, unusedBase, unusedLine } from '#billing/charges/unused-time.ts'
import { type Base, baseLines, type ClosedWindow, overageLines } from '#billing/window-bill.ts'
import type { DraftLine } from '#invoicing/invoice-draft.ts'
import type { Currency } from '#money/currency.ts'
import type { WindowPlan } from '#subscriptions/schedule.ts'

/** Everything that a change to a paid plan is priced from, which takes effect at once. */
export type PlanChangeFacts = {
  readonly currency: Currency
  readonly today: Temporal.PlainDate
  /** The running window as it would be billed if it were closed now, at its old terms. */
  readonly closed: ClosedWindow
  /** The base of the running period; null where none was charged: in a trial and on a free plan. */
  readonly charged: ChargedBase | null
  /** The window that begins today, and the new plan's base at its full price. */
  readonly next: WindowPlan
  readonly base: Omit<Base, 'discount'>
  /** Increases of the period that ends at old prices, and what is held beyond the new plan's included in advance. */
  readonly trueUps: readonly DraftLine[]
  readonly advances: readonly DraftLine[]
  /** Lines that were too small to charge before. */
  readonly waiting: readonly DraftLine[]
}

/** Minor units; all of them 0 or more. */
export type PlanChangeBill = {
  readonly lines: readonly DraftLine[]
  /** Everything that is charged, before the credit. */
  readonly charge: bigint
  /** What the unused part of the running period is worth, and how much of it is left because less is charged. */
  readonly credit: bigint
  readonly kept: bigint
}

/** Prices a plan change that takes effect at once (subscriptions.md, Changing plan). A preview and the change itself ask here. */
export function billPlanChange(facts: PlanChangeFacts): PlanChangeBill {
  const { today, charged } = facts
  const base = baseLines({ ...facts.base, discount: null }, facts.next)
  const rest = [...facts.waiting, ...overageLines(facts.closed, facts.currency), ...facts.trueUps, ...facts.advances]
  const charge = sumOf([...base, ...rest])
  assert(charge >= 0n, 'what waits and what is charged is never less than nothing')
  const unused = charged && unusedBase(charged, today)
  if (!charged || !unused || unused.amount <= 0n) return { lines: [...base, ...rest], charge, credit: 0n, kept: 0n }
  const credit = unused.amount
  const used = credit < charge ? credit : charge
  const lines = used === 0n ? [...base, ...rest] : [...base, unusedLine(charged, unused, used, today), ...rest]
  return { lines, charge, credit, kept: credit - used }
}

function sumOf(lines: readonly DraftLine[]): bigint {
  return lines.reduce((sum, { amount }) => sum + amount, 0n)
}
