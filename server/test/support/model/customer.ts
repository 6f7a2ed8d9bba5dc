import { Calendar, type Day, dayMs, type ModelInterval, textOf, windowsOf } from './calendar.ts'
import {
  type CatalogueChange,
  type CatalogueState,
  type ModelTerms,
  most,
  rounded,
  roundedUp,
  stateBefore,
  termsIn,
} from './terms.ts'

/** Features of every plan of the model: one that is used, three that are held. */
export const heldCodes = ['members', 'guests', 'sites'] as const
export type HeldCode = (typeof heldCodes)[number]
export const codes = ['calls', ...heldCodes] as const
export type Code = (typeof codes)[number]

export const unit = 1_000_000n

export type ModelPlan = {
  readonly model: 'metered' | 'credits' | 'balance'
  readonly interval: ModelInterval
  /** Minor units. */
  readonly base: bigint
  readonly blocks: boolean
  readonly includedCredits: bigint
  readonly includedBalance: bigint
  readonly features: Readonly<Record<Code, ModelTerms>>
}

/** 'done', or the code of the refusal. */
export type Outcome = string

type Line = { readonly text: string; readonly amount: bigint }
type Pots = { plan: bigint; purchased: bigint; balance: bigint }
type Step = { readonly day: Day; readonly window: number; readonly from: bigint; readonly to: bigint }
type Held = { current: bigint; mark: bigint; period: number; steps: Step[]; history: { day: Day; current: bigint }[] }

const oldestMs = 90 * dayMs

/**
 * A customer as the specification has them (metering.md, billing.md, catalogue.md), told a second time in the simplest way: in
 * memory, one thing after the other, by hand. Quantities are millionths, balances rate scale, invoices minor units.
 */
export class ModelCustomer {
  readonly plan: ModelPlan
  readonly calendar: Calendar
  readonly totals = new Map<number, { total: bigint; events: number }>()
  readonly pots: Pots = { plan: 0n, purchased: 0n, balance: 0n }
  /** What the ledger's entries of each kind add up to, all pots together. */
  readonly booked: Record<string, bigint> = {}
  readonly invoices: string[] = []
  now: number
  /** The window that billing has come to. */
  open = 0
  readonly #changes: Record<Code, CatalogueChange[]>
  readonly #held: Record<HeldCode, Held>
  /** What was recorded under a key: usage, or a total that was set. */
  readonly #keys = new Map<string, bigint | 'usage'>()
  #waiting: Line[] = []
  /** What the plan's price includes of credits or balance in a window, and the most that the running one was given of it. */
  #included: bigint
  #granted = 0n

  constructor(plan: ModelPlan, today: Day, now: number) {
    this.plan = plan
    this.now = now
    this.calendar = new Calendar(plan.interval, today)
    const start = { at: Number.NEGATIVE_INFINITY }
    const held = (): Held => ({ current: 0n, mark: 0n, period: 0, steps: [], history: [] })
    this.#changes = mapOf(codes, (code) => [{ ...start, state: plan.features[code] }])
    this.#held = mapOf(heldCodes, held)
    this.#included = plan.model === 'credits' ? plan.includedCredits : plan.includedBalance
    this.#refill()
    if (this.isPaid) this.#issue('recurring', [line('plan_base', 1n, plan.base)], 0)
  }

  get isPaid(): boolean {
    return this.plan.interval !== 'free'
  }

  get mayOverdraw(): boolean {
    return this.plan.model === 'balance' && this.isPaid && !this.plan.blocks
  }

  get today(): Day {
    return Math.floor(this.now / dayMs)
  }

  /** The window of now, which billing may not have come to. */
  get current(): number {
    return this.calendar.indexOf(this.today)
  }

  terms(code: Code, window: number): CatalogueState {
    const { calendar } = this
    const span = { start: calendar.start(window) * dayMs, end: calendar.start(window + 1) * dayMs }
    return termsIn(this.#changes[code], span, code === 'calls' && this.plan.model === 'balance')
  }

  change(code: Code, state: CatalogueState): void {
    this.#changes[code].push({ at: this.now, state })
  }

  lastState(code: Code): CatalogueState {
    return stateBefore(this.#changes[code], Number.POSITIVE_INFINITY)
  }

  used(window: number): bigint {
    return this.totals.get(window)?.total ?? 0n
  }

  track(value: bigint, { key, at }: { key?: string | undefined; at?: number | undefined }): Outcome {
    const ms = at ?? this.now
    if (ms < this.now - oldestMs) return 'validation_error'
    if (key !== undefined && this.#keys.has(key)) return 'duplicate'
    const window = this.#windowOf(ms)
    const terms = this.terms('calls', window)
    const refusal = this.#refusal(terms, window, value)
    if (refusal) return refusal
    if (key !== undefined) this.#keys.set(key, 'usage')
    this.#count(window, value)
    if (terms !== 'absent') this.#draw(this.cost(terms, value))
    return 'done'
  }

  /** Makes the total of the current window exactly this; a repeat under the same key changes nothing. */
  setTotal(value: bigint, key: string | undefined): Outcome {
    const before = key === undefined ? undefined : this.#keys.get(key)
    if (before !== undefined) return before === value ? 'done' : 'duplicate'
    const window = this.current
    const terms = this.terms('calls', window)
    if (terms === 'absent') return 'feature_not_in_plan'
    if (!terms.enabled) return 'feature_disabled'
    if (this.plan.model !== 'metered') return 'validation_error'
    const difference = value - this.used(window)
    const isIn = difference <= 0n || terms.unlimited || this.sells(terms) || value <= terms.included
    if (!isIn) return 'included_limit_reached'
    if (key !== undefined) this.#keys.set(key, value)
    this.#count(window, difference)
    return 'done'
  }

  #count(window: number, value: bigint): void {
    const { total, events } = this.totals.get(window) ?? { total: 0n, events: 0 }
    this.totals.set(window, { total: total + value, events: events + 1 })
  }

  // A window that is billed takes nothing more, nor does the time before access began: that counts now.
  #windowOf(ms: number): number {
    const window = this.calendar.indexOf(Math.floor(ms / dayMs))
    return window < this.open ? this.current : window
  }

  #refusal(terms: CatalogueState, window: number, value: bigint): Outcome | undefined {
    if (terms === 'absent') return 'feature_not_in_plan'
    if (!terms.enabled) return 'feature_disabled'
    if (this.plan.model === 'metered') {
      const isIn = terms.unlimited || this.sells(terms) || this.used(window) + value <= terms.included
      return isIn ? undefined : 'included_limit_reached'
    }
    if (this.covers(this.cost(terms, value))) return undefined
    return this.plan.model === 'credits' ? 'insufficient_credits' : 'insufficient_balance'
  }

  /** Whether units beyond the included ones are sold. */
  sells(terms: ModelTerms): boolean {
    return terms.overage && this.isPaid
  }

  cost(terms: ModelTerms, value: bigint): bigint {
    if (this.plan.model === 'metered') return 0n
    return roundedUp(value * (this.plan.model === 'credits' ? terms.credits : terms.price), unit)
  }

  covers(cost: bigint): boolean {
    return this.mayOverdraw || cost <= this.holds
  }

  get holds(): bigint {
    return this.plan.model === 'credits' ? this.pots.plan + this.pots.purchased : this.pots.balance
  }

  #draw(cost: bigint): void {
    this.#book('consumption', this.#take(cost))
  }

  #take(amount: bigint): Pots {
    if (this.plan.model !== 'credits') return { plan: 0n, purchased: 0n, balance: -amount }
    const plan = amount < this.pots.plan ? amount : this.pots.plan
    return { plan: -plan, purchased: plan - amount, balance: 0n }
  }

  #book(kind: string, moved: Pots): void {
    const sum = moved.plan + moved.purchased + moved.balance
    if (sum !== 0n) this.booked[kind] = (this.booked[kind] ?? 0n) + sum
    this.pots.plan += moved.plan
    this.pots.purchased += moved.purchased
    this.pots.balance += moved.balance
  }

  #refill(): void {
    const { pots } = this
    if (pots.plan > 0n) this.#book('expiry', { plan: -pots.plan, purchased: 0n, balance: 0n })
    this.#grant(this.open === 0 ? 'grant' : 'reset', this.#included - pots.balance)
    this.#granted = this.#included
  }

  #grant(kind: string, amount: bigint): void {
    if (this.plan.model === 'credits') this.#book(kind, { plan: amount, purchased: 0n, balance: 0n })
    if (this.plan.model === 'balance') this.#book(kind, { plan: 0n, purchased: 0n, balance: amount })
  }

  /** The price includes more or less: more is there at once where it was paid for, less comes with the next reset. */
  fund(included: bigint): Outcome {
    if (this.plan.model === 'metered') return 'done'
    this.#included = included
    if (!this.isPaid || included <= this.#granted) return 'done'
    this.#grant('grant', included - this.#granted)
    this.#granted = included
    return 'done'
  }

  adjust(amount: bigint): Outcome {
    if (this.plan.model === 'metered') return 'validation_error'
    if (amount < 0n && !this.covers(-amount)) {
      return this.plan.model === 'credits' ? 'insufficient_credits' : 'insufficient_balance'
    }
    const isGift = this.plan.model === 'credits' && amount > 0n
    this.#book('adjustment', isGift ? { plan: 0n, purchased: amount, balance: 0n } : this.#take(-amount))
    return 'done'
  }

  purchase(credits: bigint, price: bigint): Outcome {
    if (this.plan.model !== 'credits') return 'validation_error'
    if (!this.isPaid) return 'no_payment_method'
    this.#issue('credit_purchase', [line('one_time', 1n, price)])
    this.#book('purchase', { plan: 0n, purchased: credits, balance: 0n })
    return 'done'
  }

  topUp(amount: bigint): Outcome {
    if (this.plan.model !== 'balance' || amount < 50n) return 'validation_error'
    if (!this.isPaid) return 'no_payment_method'
    this.#issue('balance_topup', [line('one_time', 1n, amount)])
    this.#book('top_up', { plan: 0n, purchased: 0n, balance: amount * 100n })
    return 'done'
  }

  /** Several counts at once: all, or none and the first refusal. */
  hold(changes: Partial<Record<HeldCode, (current: bigint) => bigint>>): Outcome {
    const entries = Object.entries(changes) as [HeldCode, (current: bigint) => bigint][]
    const wanted: { code: HeldCode; count: bigint; terms: ModelTerms | 'absent' }[] = []
    for (const [code, next] of entries) {
      const terms = this.terms(code, this.current)
      const { current } = this.#held[code]
      const count = next(current)
      const isGiven = terms !== 'absent' && terms.enabled
      const isMore = count > current
      // What is held of a feature that is not given any more can be given back.
      if (!isGiven && (isMore || current === 0n)) return terms === 'absent' ? 'feature_not_in_plan' : 'feature_disabled'
      if (count < 0n) return code === 'sites' ? 'insufficient_balance' : 'insufficient_seats'
      const fits = !isGiven || terms.unlimited || this.sells(terms) || count <= terms.included / unit
      if (isMore && !fits) return 'included_limit_reached'
      wanted.push({ code, terms, count })
    }
    for (const { code, count, terms } of wanted) {
      if (terms !== 'absent' && terms.enabled) this.#holdNow(code, count, terms)
      else this.#keep(code, count, this.#reached(code))
    }
    return 'done'
  }

  #holdNow(code: HeldCode, count: bigint, terms: ModelTerms): void {
    const held = this.#held[code]
    const mark = this.mark(code)
    if (count > mark && this.sells(terms) && !terms.unlimited) {
      held.steps.push({ day: this.today, window: this.current, from: mark, to: count })
    }
    this.#keep(code, count, most([mark, count]))
  }

  #keep(code: HeldCode, count: bigint, mark: bigint): void {
    const held = this.#held[code]
    held.mark = mark
    held.period = this.calendar.periodOf(this.current)
    held.current = count
    held.history.push({ day: this.today, current: count })
  }

  held(code: HeldCode): bigint {
    return this.#held[code].current
  }

  /**
   * The high-water mark of the period of now: what was held at its start and everything above it since, at least what is
   * included now. What was included in an earlier window of the period is left out by the bill (`#trueUp`).
   */
  mark(code: HeldCode): bigint {
    return most([this.#reached(code), ...this.#includedSince(code, this.current, this.current)])
  }

  #reached(code: HeldCode): bigint {
    const { current, mark, period } = this.#held[code]
    return period === this.calendar.periodOf(this.current) ? mark : current
  }

  #includedSince(code: HeldCode, first: number, last: number): bigint[] {
    const included: bigint[] = []
    for (let window = first; window <= last; window++) {
      const terms = this.terms(code, window)
      included.push(terms === 'absent' ? 0n : terms.included / unit)
    }
    return included
  }

  /** Everything that is due by now. */
  bill(): void {
    while (this.calendar.start(this.open + 1) <= this.today) this.#endWindow()
  }

  #endWindow(): void {
    const ended = this.open
    const lines = [...this.#usageLines(ended)]
    const ends = this.calendar.endsPeriod(ended)
    if (ends) lines.push(...this.#trueUps(ended, this.calendar.start(ended + 1)), ...this.#advances(ended + 1))
    this.open += 1
    this.#refill()
    if (!this.isPaid) return
    if (ends) {
      const base = line('plan_base', 1n, this.plan.base)
      this.#issue('recurring', [base, ...this.#waiting, ...lines], this.open)
      this.#waiting = []
      return
    }
    const total = sum([...this.#waiting, ...lines])
    if (total === 0n) return
    if (total < 50n) this.#waiting.push(...lines)
    else {
      this.#issue('overage', [...this.#waiting, ...lines], ended)
      this.#waiting = []
    }
  }

  #usageLines(window: number): Line[] {
    if (!this.isPaid) return []
    if (this.plan.model === 'balance') {
      const short = -this.pots.balance
      if (short <= 0n) return []
      this.#book('overdraft_billed', { plan: 0n, purchased: 0n, balance: short })
      return [line('balance_overage', 1n, rounded(short, 100n))]
    }
    const terms = this.terms('calls', window)
    if (this.plan.model === 'credits' || terms === 'absent' || terms.unlimited || !terms.overage) return []
    const beyond = this.used(window) - terms.included
    if (beyond <= 0n) return []
    return [line(`calls feature_overage`, beyond, rounded(beyond * terms.price, unit * 100n), unit)]
  }

  #trueUps(last: number, until: Day): Line[] {
    return heldCodes.flatMap((code) => {
      const { first, end } = this.calendar.windowsOfPeriod(last)
      const [from, to] = [this.calendar.start(first), this.calendar.start(end)]
      const steps = this.#held[code].steps.filter(({ day }) => day >= from && day < until)
      return steps.flatMap((step) => this.#trueUp(code, step, { first, last, from, to, until }))
    })
  }

  #trueUp(
    code: HeldCode,
    { day, window, from, to }: Step,
    period: { first: number; last: number; from: Day; to: Day; until: Day },
  ): Line[] {
    const since = Array.from({ length: period.last - window + 1 }, (_, index) => this.terms(code, window + index))
    const offers = since.filter((terms) => terms !== 'absent')
    if (offers.some(({ unlimited }) => unlimited)) return []
    const extra = to - most([from, ...this.#includedSince(code, period.first, period.last)])
    const prices = offers.filter(({ overage }) => overage).map(({ price }) => price)
    const days = BigInt(period.until - day)
    if (extra <= 0n || prices.length === 0 || days <= 0n) return []
    const price = prices.reduce((a, b) => (a < b ? a : b)) * BigInt(windowsOf[this.plan.interval])
    const amount = rounded(extra * price * days, BigInt(period.to - period.from) * 100n)
    return [line(`${code} true_up`, extra, amount)]
  }

  // At the terms that are in force when the period begins, for what was held then.
  #advances(window: number): Line[] {
    const start = this.calendar.start(window)
    return heldCodes.flatMap((code) => {
      const terms = stateBefore(this.#changes[code], start * dayMs)
      if (terms === 'absent' || !terms.enabled || terms.unlimited || !this.sells(terms)) return []
      const held = this.#held[code].history.filter(({ day }) => day < start).at(-1)?.current ?? 0n
      const extra = held - terms.included / unit
      if (extra <= 0n) return []
      return [
        line(`${code} advance`, extra, rounded(extra * terms.price * BigInt(windowsOf[this.plan.interval]), 100n)),
      ]
    })
  }

  /** Canceled at once, everything that was due before being billed: what is owed so far, no base. */
  end(): void {
    const lines = [...this.#waiting, ...this.#usageLines(this.open)]
    if (this.isPaid) lines.push(...this.#trueUps(this.open, this.today))
    if (sum(lines) >= 50n) this.#issue('overage', lines, this.open, this.today)
    const { plan, balance } = this.pots
    this.#book('cancellation', { plan: -plan, purchased: 0n, balance: -balance })
  }

  /** `window`: the one the invoice is for, absent where it is for the day; `until`: where the window ends early. */
  #issue(type: string, lines: readonly Line[], window?: number, until?: Day): void {
    const told = lines.map(({ text }) => text).sort()
    const [from, to] = window === undefined ? [this.today, this.today] : this.#shownPeriod(type, window, until)
    this.invoices.push(`${type} ${textOf(from)}..${textOf(to)} ${sum(lines)} = ${told.join(' + ')}`)
  }

  #shownPeriod(type: string, window: number, until: Day | undefined): [Day, Day] {
    const start = this.calendar.start(window)
    const last = type === 'recurring' ? this.calendar.windowsOfPeriod(window).end : window + 1
    return [start, until === undefined ? this.calendar.start(last) : Math.max(until, start + 1)]
  }
}

function line(name: string, quantity: bigint, amount: bigint, scale = 1n): Line {
  return { text: `${name} ${Number(quantity) / Number(scale)} for ${amount}`, amount }
}

const sum = (lines: readonly Line[]): bigint => lines.reduce((total, { amount }) => total + amount, 0n)

function mapOf<K extends string, V>(keys: readonly K[], make: (key: K) => V): Record<K, V> {
  return Object.fromEntries(keys.map((key) => [key, make(key)])) as Record<K, V>
}
