import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { Story } from '../support/billing-stories.ts'

let story: Story
before(async () => {
  story = await Story.on('2041-01-31')
  for (const [interval, { base }] of Object.entries(intervals)) {
    // 100 units are included, each one beyond costs 10 cents: less than five are too little to be charged.
    const features = { calls: { included: 100, beyond: 1000 } }
    await story.plan(interval, { interval: interval as Interval, price: base, features })
  }
})
after(() => story.close())

const intervals = {
  weekly: { base: 700, windows: 1 },
  monthly: { base: 2900, windows: 1 },
  quarterly: { base: 8000, windows: 3 },
} as const
type Interval = keyof typeof intervals

type Act =
  | { readonly kind: 'wait'; readonly days: number; readonly isBilled: boolean }
  | { readonly kind: 'use'; readonly units: number }
  | { readonly kind: 'cancel' | 'uncancel' | 'cancelNow' }

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('wait'), days: fc.integer({ min: 1, max: 45 }), isBilled: fc.boolean() }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('use'), units: fc.integer({ min: 1, max: 103 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('cancel', 'uncancel', 'cancelNow') }) },
) as fc.Arbitrary<Act>

/** What billing comes to, told a second time in the simplest way: everything is worked out at the end, from the first day on. */
class Ledger {
  readonly #interval: Interval
  readonly #joinedOn: string
  readonly #used = new Map<number, number>()
  #cancelOn: string | null = null
  #endedOn: string | null = null

  constructor(interval: Interval, joinedOn: string) {
    this.#interval = interval
    this.#joinedOn = joinedOn
  }

  boundary(index: number): string {
    const [year, month, day] = this.#joinedOn.split('-').map(Number) as [number, number, number]
    if (this.#interval === 'weekly') return dayText(Date.UTC(year, month - 1, day + 7 * index))
    const lastDay = new Date(Date.UTC(year, month + index, 0)).getUTCDate()
    return dayText(Date.UTC(year, month - 1 + index, Math.min(day, lastDay)))
  }

  windowOf(day: string): number {
    let index = 0
    while (this.boundary(index + 1) <= day) index += 1
    return index
  }

  isRunning(today: string): boolean {
    return this.#endedOn === null && (this.#cancelOn === null || today < this.#cancelOn)
  }

  use(today: string, units: number): void {
    const window = this.windowOf(today)
    this.#used.set(window, (this.#used.get(window) ?? 0) + units)
  }

  cancel(today: string): void {
    const { windows } = intervals[this.#interval]
    this.#cancelOn = this.boundary((Math.floor(this.windowOf(today) / windows) + 1) * windows)
  }

  get isCanceling(): boolean {
    return this.#cancelOn !== null
  }

  uncancel(): void {
    this.#cancelOn = null
  }

  end(today: string): void {
    this.#endedOn = today
  }

  invoices(today: string): string[] {
    const { base, windows } = intervals[this.#interval]
    const told = [`recurring paid ${this.boundary(0)}..${this.boundary(windows)} ${base} = plan_base ${base}`]
    let waiting: number[] = []
    for (let index = 0; ; index++) {
      const [start, end] = [this.boundary(index), this.boundary(index + 1)]
      const beyond = Math.max(0, (this.#used.get(index) ?? 0) - 100)
      const owed = beyond > 0 ? [...waiting, beyond] : waiting
      const cents = owed.reduce((sum, units) => sum + units * 10, 0)
      const lines = owed.map((units) => `${units} beyond ${units * 10}`)
      const isCutShort = this.#endedOn !== null && this.#endedOn < end
      if (!isCutShort && end > today) return told
      const isLast = isCutShort || end === this.#cancelOn
      if ((index + 1) % windows === 0 && !isLast) {
        const all = [`plan_base ${base}`, ...lines].join(' + ')
        told.push(`recurring paid ${end}..${this.boundary(index + 1 + windows)} ${base + cents} = ${all}`)
      } else if (cents >= 50) {
        told.push(`overage paid ${start}..${isCutShort ? this.#lastDay(start) : end} ${cents} = ${lines.join(' + ')}`)
      } else {
        waiting = owed
        if (isLast) return told
        continue
      }
      if (isLast) return told
      waiting = []
    }
  }

  #lastDay(start: string): string {
    if (this.#endedOn !== null && this.#endedOn > start) return this.#endedOn
    return dayText(Date.parse(start) + 86_400_000)
  }
}

function dayText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}

async function today(): Promise<string> {
  const { data } = await story.world.client.testClock.get()
  return (data?.now ?? '').slice(0, 10)
}

let customers = 0

async function live(interval: Interval, acts: readonly Act[]): Promise<void> {
  const customer = `customer-${++customers}`
  await story.join(customer, interval)
  const ledger = new Ledger(interval, await today())
  for (const act of acts) await carryOut(customer, ledger, act)
  await story.bill()
  const now = await today()
  assert.deepEqual(await story.invoices(customer), ledger.invoices(now))
  // Whoever stayed would be billed through everybody else's life.
  if (ledger.isRunning(now)) await story.cancel(customer, { immediate: true })
}

async function carryOut(customer: string, ledger: Ledger, act: Act): Promise<void> {
  const now = await today()
  if (act.kind === 'wait') {
    await story.world.client.testClock.advance({ advanceDays: act.days })
    if (act.isBilled) await story.bill()
  } else if (!ledger.isRunning(now)) {
    await assert.rejects(story.use(customer, 'calls', 1), { code: 'no_active_subscription' })
  } else if (act.kind === 'use') {
    await story.use(customer, 'calls', act.units)
    ledger.use(now, act.units)
  } else if (act.kind === 'cancelNow') {
    await story.cancel(customer, { immediate: true })
    ledger.end(now)
  } else if (act.kind === 'cancel' && !ledger.isCanceling) {
    await story.cancel(customer)
    ledger.cancel(now)
  } else if (act.kind === 'uncancel' && ledger.isCanceling) {
    await story.uncancel(customer)
    ledger.uncancel()
  }
}

test('whatever a customer does and however rarely billing runs, the invoices are those of a calculation by hand', async () => {
  const lives = fc.asyncProperty(
    fc.constantFrom(...(Object.keys(intervals) as Interval[])),
    fc.array(act, { minLength: 4, maxLength: 20 }),
    live,
  )
  await fc.assert(lives, { numRuns: Number(process.env.LIVES ?? 12), endOnFailure: true })
})

test('no invoice of all these is missing a number, none was charged twice', async () => {
  const numbers = await story.numbers()
  assert.equal(new Set(numbers).size, numbers.length)
  assert(numbers.at(-1)?.endsWith(`-${String(numbers.length).padStart(6, '0')}`))
  const { rows } = await story.world.database.pool.query(`
    select i.number from invoice i left join payment_transaction t on t.org_id = i.org_id and t.invoice_id = i.id
    left join simulated_processor.charge b on b.idempotency_key = t.id and b.state = 'succeeded' and b.amount = i.total
    where i.status = 'paid' group by i.org_id, i.number having count(b.id) <> 1`)
  assert.deepEqual(rows, [])
})
