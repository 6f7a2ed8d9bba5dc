import type { DraftLine, LineType } from '#invoicing/invoice-draft.ts'
import type { Currency } from '#money/currency.ts'

/** What was invoiced beside what would have been, minor units. */
export type Beside = { readonly invoiced: bigint; readonly simulated: bigint }

/** A customer under a draft, in one currency. */
export type SimulatedCustomer = Beside & {
  readonly customerId: string
  readonly currency: Currency
  readonly windows: number
  /** Times that recorded usage would not have been accepted. */
  readonly refused: number
  readonly byLineType: ReadonlyMap<LineType, Beside>
}

export type SimulatedTotal = Omit<SimulatedCustomer, 'customerId'> & {
  readonly customers: number
  /** Customers who would have paid more, and less. */
  readonly up: number
  readonly down: number
}

const nothing: Beside = { invoiced: 0n, simulated: 0n }

/** What some lines come to by their types. */
export function besideOf(
  invoiced: readonly DraftLine[],
  simulated: readonly DraftLine[],
): ReadonlyMap<LineType, Beside> {
  const sums = new Map<LineType, Beside>()
  const add = (lines: readonly DraftLine[], side: keyof Beside) => {
    for (const { lineType, amount } of lines) {
      const sum = sums.get(lineType) ?? nothing
      sums.set(lineType, { ...sum, [side]: sum[side] + amount })
    }
  }
  add(invoiced, 'invoiced')
  add(simulated, 'simulated')
  return sums
}

export function joined(
  a: ReadonlyMap<LineType, Beside>,
  b: ReadonlyMap<LineType, Beside>,
): ReadonlyMap<LineType, Beside> {
  const sums = new Map(a)
  for (const [type, { invoiced, simulated }] of b) {
    const sum = sums.get(type) ?? nothing
    sums.set(type, { invoiced: sum.invoiced + invoiced, simulated: sum.simulated + simulated })
  }
  return sums
}

export function sumOf(byLineType: ReadonlyMap<LineType, Beside>): Beside {
  return [...byLineType.values()].reduce(
    (sum, one) => ({ invoiced: sum.invoiced + one.invoiced, simulated: sum.simulated + one.simulated }),
    nothing,
  )
}

export const differenceOf = ({ invoiced, simulated }: Beside): bigint => simulated - invoiced

/** Adds up customers as they come, by currency, and keeps those whom the draft changes most. Its size does not grow with them. */
export class Tally {
  readonly #mostShown: number
  readonly #totals = new Map<Currency, SimulatedTotal>()
  #top: SimulatedCustomer[] = []

  constructor(mostShown: number) {
    this.#mostShown = mostShown
  }

  add(customer: SimulatedCustomer): void {
    const sum = this.#totals.get(customer.currency) ?? emptyTotal(customer.currency)
    const difference = differenceOf(customer)
    this.#totals.set(customer.currency, {
      ...sum,
      customers: sum.customers + 1,
      windows: sum.windows + customer.windows,
      refused: sum.refused + customer.refused,
      invoiced: sum.invoiced + customer.invoiced,
      simulated: sum.simulated + customer.simulated,
      byLineType: joined(sum.byLineType, customer.byLineType),
      up: sum.up + (difference > 0n ? 1 : 0),
      down: sum.down + (difference < 0n ? 1 : 0),
    })
    this.#keep(customer)
  }

  /** By currency, in alphabetical order. */
  get totals(): readonly SimulatedTotal[] {
    return [...this.#totals.values()].sort((a, b) => (a.currency < b.currency ? -1 : 1))
  }

  /** The customers with the largest differences, either way, the largest first. */
  get top(): readonly SimulatedCustomer[] {
    return [...this.#top].sort(byDifference).slice(0, this.#mostShown)
  }

  #keep(customer: SimulatedCustomer): void {
    this.#top.push(customer)
    if (this.#top.length < this.#mostShown + 1_000) return
    this.#top = this.#top.sort(byDifference).slice(0, this.#mostShown)
  }
}

function emptyTotal(currency: Currency): SimulatedTotal {
  return { ...nothing, currency, customers: 0, windows: 0, refused: 0, byLineType: new Map(), up: 0, down: 0 }
}

function byDifference(a: SimulatedCustomer, b: SimulatedCustomer): number {
  const [one, other] = [size(differenceOf(a)), size(differenceOf(b))]
  if (one === other) return a.customerId < b.customerId ? -1 : 1
  return one < other ? 1 : -1
}

const size = (amount: bigint): bigint => (amount < 0n ? -amount : amount)
