/** Days of the model: whole numbers, counted from 1 January 1970. Nothing here is the product's. */
export type Day = number

export const dayMs = 86_400_000

export function dayOf(text: string): Day {
  return Date.parse(`${text.slice(0, 10)}T00:00:00Z`) / dayMs
}

export function textOf(day: Day): string {
  return new Date(day * dayMs).toISOString().slice(0, 10)
}

export type ModelInterval = 'weekly' | 'monthly' | 'quarterly' | 'yearly' | 'free'

/** Windows in a billing period; a free plan has no periods that end, each window stands for itself. */
export const windowsOf = { weekly: 1, monthly: 1, quarterly: 3, yearly: 12, free: 1 } as const satisfies Record<
  ModelInterval,
  number
>

/** When the windows of somebody who joined on a day begin: 7 days on weekly plans, anchored months on every other. */
export class Calendar {
  readonly #interval: ModelInterval
  readonly #joinedOn: Day

  constructor(interval: ModelInterval, joinedOn: Day) {
    this.#interval = interval
    this.#joinedOn = joinedOn
  }

  /** First day of a window; the first one has the index 0. */
  start(index: number): Day {
    if (this.#interval === 'weekly') return this.#joinedOn + 7 * index
    const joined = new Date(this.#joinedOn * dayMs)
    const [year, month] = [joined.getUTCFullYear(), joined.getUTCMonth() + index]
    const lastOfMonth = new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
    return Date.UTC(year, month, Math.min(joined.getUTCDate(), lastOfMonth)) / dayMs
  }

  /** The window that contains a day; -1 before the first. */
  indexOf(day: Day): number {
    if (day < this.#joinedOn) return -1
    let index = 0
    while (this.start(index + 1) <= day) index += 1
    return index
  }

  /** First window of the billing period that contains a window. */
  periodOf(index: number): number {
    return index - (index % windowsOf[this.#interval])
  }

  endsPeriod(index: number): boolean {
    return (index + 1) % windowsOf[this.#interval] === 0
  }

  /** First and last window of the billing period, the last one not included. */
  windowsOfPeriod(index: number): { first: number; end: number } {
    const first = this.periodOf(index)
    return { first, end: first + windowsOf[this.#interval] }
  }
}
