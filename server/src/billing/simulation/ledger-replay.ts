import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import type { ConsumptionModel } from '#catalogue/plan.ts'
import { costOf } from '#metering/ledger.ts'
import type { Held } from '#metering/ledger-movements.ts'
import type { PastEntry } from '#metering/past-usage.ts'
import { percentOfUp } from '#money/basis-points.ts'
import { exchangeUp } from '#money/exchange.ts'
import type { Rate } from '#money/rate.ts'

/** The rules of one window under a draft. */
export type ReplayRules = {
  readonly model: ConsumptionModel
  /** What the window begins with; null: what it was given. */
  readonly credits: bigint | null
  readonly balance: Rate | null
  /** False in the later windows of a trial, which keep what is left. */
  readonly isRefilled: boolean
  /** Whether usage beyond the balance is refused: because the draft says so, or as the plan does, which let pass what it let pass. */
  readonly blocks: 'drafted' | 'as_it_was' | 'never'
  /** The terms of the features that the draft names, null where it switches them off; the others cost what they cost. */
  readonly changed: ReadonlyMap<string, FeatureTerms | null>
}

export type Replayed = {
  readonly held: Held
  /** What the balance was short of at the end, rate scale. */
  readonly overdraft: Rate
  /** Uses that would not have been accepted. They cost nothing. */
  readonly refused: number
}

/** The entries of one window of an account, played again in their order under other rules. */
export class LedgerReplay {
  readonly #rules: ReplayRules
  #held: Held
  #refused = 0
  #isOpened = false
  readonly #carried: Held | null
  readonly #really: Held

  /** `carried`: what the window before left under the draft; null: what was really there. `really`: what it left in fact. */
  constructor(rules: ReplayRules, carried: Held | null, really: Held) {
    this.#rules = rules
    this.#carried = carried
    this.#really = really
    this.#held = carried ?? really
  }

  take(entry: PastEntry): void {
    if (isOpening(entry)) {
      this.#open(entry.after, entry.after)
      return
    }
    if (!this.#isOpened) this.#open(before(entry), before(entry))
    switch (entry.kind) {
      case 'consumption':
        this.#consume(entry)
        return
      case 'grant':
      case 'reset':
        this.#raise(entry)
        return
      case 'adjustment':
      case 'purchase':
      case 'top_up':
      case 'refund':
        this.#add(entry)
        return
      case 'expiry':
      case 'overdraft_billed':
      case 'cancellation':
        return
      default:
        entry.kind satisfies never
    }
  }

  /** The end of the window. A window without any entry was given just what was left of the one before. */
  end(): Replayed {
    if (!this.#isOpened) this.#open(this.#really, this.#really)
    const { balance } = this.#held
    const overdraft = balance < 0n ? -balance : 0n
    return { held: { ...this.#held, balance: balance + overdraft }, overdraft, refused: this.#refused }
  }

  // An opening has up to two entries: what expires and what is granted. The last one says what the window begins with.
  #open(given: Held, really: Held): void {
    const { credits, balance, isRefilled } = this.#rules
    this.#isOpened = true
    const purchasedCredits = (this.#carried ?? really).purchasedCredits
    if (!isRefilled) {
      this.#held = this.#carried ?? really
      return
    }
    this.#held = { planCredits: credits ?? given.planCredits, balance: balance ?? given.balance, purchasedCredits }
  }

  #consume(entry: PastEntry): void {
    const cost = this.#costOf(entry)
    if (cost === null) {
      this.#refused += 1
      return
    }
    const { planCredits, purchasedCredits, balance } = this.#held
    if (this.#rules.model === 'balance') {
      if (cost > 0n && cost > balance && this.#isBlocked(entry)) this.#refused += 1
      else this.#held = { ...this.#held, balance: balance - cost }
      return
    }
    if (cost > planCredits + purchasedCredits) {
      this.#refused += 1
      return
    }
    const fromPlan = cost < planCredits ? cost : planCredits
    this.#held = {
      ...this.#held,
      planCredits: planCredits - fromPlan,
      purchasedCredits: purchasedCredits - (cost - fromPlan),
    }
  }

  #isBlocked({ after }: PastEntry): boolean {
    const { blocks } = this.#rules
    return blocks === 'drafted' || (blocks === 'as_it_was' && after.balance >= 0n)
  }

  #costOf({ use, planCredits, purchasedCredits, balance }: PastEntry): bigint | null {
    const { model, changed } = this.#rules
    const recorded = -(planCredits + purchasedCredits + balance)
    const terms = use ? changed.get(use.featureId) : undefined
    if (terms === null) return null
    if (!use || !terms || model === 'metered') return recorded
    if (terms.pricingMode === 'fixed') return costOf(model, terms, use.quantity)
    if (!use.tokens) return recorded
    const { subtotal, exchangeRate } = use.tokens
    const dollars = subtotal + percentOfUp(subtotal, terms.margin ?? 0n)
    return exchangeRate === null ? dollars : exchangeUp(dollars, exchangeRate)
  }

  // The plan came to include more in mid-window: the draft says itself what it includes.
  #raise({ planCredits, balance }: PastEntry): void {
    const { credits, balance: drafted } = this.#rules
    this.#held = {
      ...this.#held,
      planCredits: this.#held.planCredits + (credits === null ? planCredits : 0n),
      balance: this.#held.balance + (drafted === null ? balance : 0n),
    }
  }

  // What is taken from credits by hand is the plan's first, as far as there is any.
  #add(entry: PastEntry): void {
    const planCredits = this.#held.planCredits + entry.planCredits
    const purchasedCredits =
      this.#held.purchasedCredits + entry.purchasedCredits + (planCredits < 0n ? planCredits : 0n)
    this.#held = {
      planCredits: planCredits < 0n ? 0n : planCredits,
      purchasedCredits: purchasedCredits < 0n ? 0n : purchasedCredits,
      balance: this.#held.balance + entry.balance,
    }
  }
}

/** Whether an entry belongs to the beginning of a window. */
export function isOpening({ kind, reason }: Pick<PastEntry, 'kind' | 'reason'>): boolean {
  return kind === 'expiry' || kind === 'reset' || (kind === 'grant' && reason !== raisedReason)
}

/** The reason of a grant because the plan includes more now (metering/raised-funds.store.ts). */
const raisedReason = 'included_raised'

function before({ after, planCredits, purchasedCredits, balance }: PastEntry): Held {
  return {
    planCredits: after.planCredits - planCredits,
    purchasedCredits: after.purchasedCredits - purchasedCredits,
    balance: after.balance - balance,
  }
}
