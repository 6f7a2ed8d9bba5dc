import { scopeOf } from '#billing/actions/kept-rows.ts'
import type { PastReading } from '#billing/actions/read-past.ts'
import { type ClosedRecord, type PastRows, rangeOf } from '#billing/actions/read-past.ts'
import { LedgerReplay, type ReplayRules } from '#billing/simulation/ledger-replay.ts'
import { type PlanDraft, termsUnder } from '#billing/simulation/plan-draft.ts'
import type { Plan } from '#catalogue/plan.ts'
import type { Tx } from '#database/transaction.ts'
import type { Held } from '#metering/ledger-movements.ts'
import { ledgerEntries, ledgerOpenings, type PlacedEntry } from '#metering/past-usage.store.ts'
import { mostOverdraft } from '#metering/spend-cap.ts'
import { currency } from '#money/currency.ts'
import type { Rate } from '#money/rate.ts'

/** What the account of a window came to under a draft. */
export type LedgerOutcome = { readonly overdraft: Rate; readonly refused: number }

const entriesPerPage = 10_000
const nothing: Held = { planCredits: 0n, purchasedCredits: 0n, balance: 0n }

/** Plays the ledgers of some subscriptions again. By subscription id and window number; empty on metered plans. */
export async function replayLedgers(
  tx: Tx,
  orgId: string,
  plan: Plan,
  all: readonly { readonly rows: PastRows; readonly draft: PlanDraft; readonly reading: PastReading }[],
): Promise<Map<string, Map<number, LedgerOutcome>>> {
  if (plan.consumptionModel === 'metered' || all.length === 0) return new Map()
  const ids = all.map(({ rows }) => rows.subscription.id)
  const openings = Map.groupBy(await ledgerOpenings(tx, orgId, ids), ({ subscriptionId }) => subscriptionId)
  const players = new Map(
    all.map(({ rows, draft, reading }) => {
      const { id } = rows.subscription
      const begins = (openings.get(id) ?? []).map(({ windowNumber, firstEntry }) => ({ windowNumber, firstEntry }))
      return [id, new Player(rows, begins, (window) => rulesOf(plan, rows, window, draft, reading))]
    }),
  )
  const ranges = all.map(({ rows }) => rangeOf(rows))
  let after = { subscriptionId: '', number: 0n }
  for (;;) {
    const page = await ledgerEntries(tx, orgId, ranges, after, entriesPerPage)
    for (const one of page) players.get(one.subscriptionId)?.take(one)
    const last = page.at(-1)
    if (!last || page.length < entriesPerPage) break
    after = { subscriptionId: last.subscriptionId, number: last.number }
  }
  return new Map([...players].map(([id, player]) => [id, player.finish()]))
}

type Begin = { readonly windowNumber: number; readonly firstEntry: bigint }

/** Goes through the windows of one account with its entries. Usage ahead of its window drew on the account as it stood. */
class Player {
  readonly #rows: PastRows
  readonly #begins: readonly Begin[]
  readonly #rulesOf: (window: ClosedRecord) => ReplayRules
  readonly #outcomes = new Map<number, LedgerOutcome>()
  #index = -1
  #current: LedgerReplay | null = null
  #carried: Held | null = null
  #really: Held = nothing

  constructor(rows: PastRows, begins: readonly Begin[], rulesOfWindow: (window: ClosedRecord) => ReplayRules) {
    this.#rows = rows
    this.#begins = begins
    this.#rulesOf = rulesOfWindow
  }

  take({ number, windowNumber, entry }: PlacedEntry): void {
    const place = this.#placeOf(number, windowNumber)
    this.#goTo(place)
    if (this.#rows.windows[this.#index]?.number === place) this.#current?.take(entry)
    this.#really = entry.after
  }

  finish(): Map<number, LedgerOutcome> {
    this.#goTo(Number.POSITIVE_INFINITY)
    return this.#outcomes
  }

  // The window that was open then. Use ahead of its own window drew before the next one was opened, which then moved something.
  #placeOf(number: bigint, windowNumber: number): number {
    const begun = this.#begins.findLast(({ firstEntry }) => firstEntry <= number)?.windowNumber ?? 0
    const next = this.#begins.find(({ firstEntry }) => firstEntry > number)?.windowNumber ?? Number.POSITIVE_INFINITY
    return Math.max(begun, Math.min(windowNumber, next - 1))
  }

  /** Ends the windows before one, those without any entry too, and begins it. */
  #goTo(windowNumber: number): void {
    const { windows } = this.#rows
    for (;;) {
      const next = windows[this.#index + 1]
      if (!next || next.number > windowNumber) {
        if (!next && windowNumber === Number.POSITIVE_INFINITY) this.#endCurrent()
        return
      }
      const before = windows[this.#index]
      this.#endCurrent()
      if (!before || before.number !== next.number - 1) this.#carried = null
      this.#index += 1
      this.#current = new LedgerReplay(this.#rulesOf(next), this.#carried, this.#really)
    }
  }

  #endCurrent(): void {
    const window = this.#rows.windows[this.#index]
    if (!this.#current || !window) return
    const { held, overdraft, refused } = this.#current.end()
    this.#carried = held
    this.#current = null
    this.#outcomes.set(window.number, { overdraft: withinCap(overdraft, this.#rows, window), refused })
  }
}

function rulesOf(
  plan: Plan,
  { subscription }: PastRows,
  window: ClosedRecord,
  draft: PlanDraft,
  reading: PastReading,
): ReplayRules {
  const price = draft.prices.get(subscription.billingInterval ?? 'monthly')
  const blocks = (draft.blockOnExhaustion ?? plan.blockOnExhaustion) || window.kind !== 'paid'
  const terms = termsUnder(reading.terms.in(scopeOf(window)), draft)
  return {
    model: plan.consumptionModel,
    credits: plan.consumptionModel === 'credits' ? (price?.includedCredits ?? null) : null,
    balance: plan.consumptionModel === 'balance' ? (price?.includedBalance ?? null) : null,
    isRefilled: window.kind !== 'trial' || window.startsOn.equals(window.periodStart),
    blocks: blocks ? (draft.blockOnExhaustion ? 'drafted' : 'as_it_was') : 'never',
    changed: new Map(
      [...draft.features.keys()].map((id) => [id, terms.find(({ featureId }) => featureId === id) ?? null]),
    ),
  }
}

function withinCap(overdraft: Rate, { caps, subscription }: PastRows, window: ClosedRecord): Rate {
  let most = overdraft
  for (const { featureId, amount, sinceWindow } of caps) {
    if (featureId !== null || sinceWindow >= window.number) continue
    const deepest = mostOverdraft(amount, currency(subscription.currency))
    if (deepest < most) most = deepest
  }
  return most
}
