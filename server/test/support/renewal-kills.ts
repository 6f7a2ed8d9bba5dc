import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import type { Story } from './billing-stories.ts'
import type { Order } from './child-order.ts'
import { type Child, lookAtOnce, startChild } from './children.ts'
import { halley } from './halley-process.ts'
import type { ProviderMessenger } from './provider-messenger.ts'
import { testSecret } from './world.ts'

const patienceMs = 90_000
/** A process that has nothing to do is not worth killing. */
const fewestDue = 8

/** Renewals month by month, in processes that are killed while they are at it. The plan costs 29.00 from 10 March 2041 on. */
export class RenewalKills {
  months = 0
  /** Charges that had no outcome when a process was killed. */
  readonly cutOff = new Set<string>()
  readonly #story: Story
  readonly #order: Omit<Order, 'url' | 'secret'>
  readonly #random: () => number
  readonly #messenger: ProviderMessenger | undefined

  constructor(story: Story, order: Omit<Order, 'url' | 'secret'>, random: () => number, messenger?: ProviderMessenger) {
    this.#story = story
    this.#order = order
    this.#random = random
    this.#messenger = messenger
  }

  /** Starts a process, lets it begin, and kills it at a moment that nobody chose. */
  async killOne(): Promise<void> {
    if ((await this.#due()) < fewestDue) await this.nextMonth()
    const before = await this.#attempts()
    const child = await this.#start()
    await until('the first renewal', async () => (await this.#attempts()) > before)
    await wait(this.#random() * 500)
    await this.#kill(child)
    await this.#noteCutOff()
    await lookAtOnce(this.#story.world.database)
  }

  async #noteCutOff(): Promise<void> {
    const { rows } = await this.#story.world.database.pool.query<{ id: string }>(
      "select id from payment_transaction where state = 'started'",
    )
    for (const { id } of rows) this.cutOff.add(id)
  }

  async nextMonth(): Promise<void> {
    this.months += 1
    await this.#story.goTo(`${renewalDay(this.months)}T12:00:00Z`)
    // Nobody at the clock is going to process billing: workers need not wait for them.
    await this.#story.world.database.pool.query('update side set clock_moved_at = null')
  }

  /** Lets a last process finish everything. */
  async rest(): Promise<void> {
    const child = await this.#start()
    const isOpen = "from payment_transaction where state in ('started', 'requires_action')"
    const isUnheard = 'from simulated_processor.event where heard_at is null'
    const waits = 'from provider_event where look_again_at is not null'
    await until('rest', async () => {
      await lookAtOnce(this.#story.world.database)
      const counts = [this.#due(), this.#count(isOpen), this.#count(isUnheard), this.#count(waits)]
      const left = (await Promise.all(counts)).reduce((sum, count) => sum + count)
      return left === 0 && (this.#messenger?.isQuiet() ?? true)
    })
    await this.#kill(child)
  }

  async #start(): Promise<Child> {
    const child = await startChild(this.#story.world, this.#order)
    if (this.#messenger) this.#messenger.server = child.url
    return child
  }

  async #kill(child: Child): Promise<void> {
    assert(child.isAlive(), 'it has not died by itself')
    if (this.#messenger) this.#messenger.server = null
    await child.kill()
  }

  #due(): Promise<number> {
    return this.#count('from subscription join side using (org_id) where due_at <= simulated_time')
  }

  #attempts(): Promise<number> {
    return this.#count("from payment_transaction where purpose = 'renewal'")
  }

  async #count(statement: string): Promise<number> {
    const { rows } = await this.#story.world.database.pool.query<{ count: bigint }>(`select count(*) ${statement}`)
    return Number(rows[0]?.count)
  }
}

/** The day of the n-th renewal. */
export function renewalDay(month: number): string {
  return Temporal.PlainDate.from('2041-03-10').add({ months: month }).toString()
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const giveUpAt = performance.now() + patienceMs
  while (!(await isSo())) {
    assert(performance.now() < giveUpAt, `${what} did not happen in ${patienceMs} ms`)
    await wait(20)
  }
}

/** `halley reconcile` and `halley verify`, as an operator runs them: both find nothing. Gives how many charges were compared. */
export async function assertBooksAgree(
  { world }: Story,
  { stripe, dlocal }: { readonly stripe?: string; readonly dlocal?: string } = {},
): Promise<number> {
  const settings = {
    DATABASE_URL: world.database.url,
    HALLEY_SECRET: testSecret,
    ...(stripe === undefined ? {} : { HALLEY_STRIPE_API: stripe }),
    ...(dlocal === undefined ? {} : { HALLEY_DLOCAL_API: dlocal }),
  }
  const [reconciled, verified] = await Promise.all([
    halley(settings, 'reconcile', '--json'),
    halley(settings, 'verify', '--json'),
  ])
  assert.equal(verified.code, 0, verified.out + verified.err)
  assert.equal(reconciled.code, 0, reconciled.out + reconciled.err)
  const { connections } = JSON.parse(reconciled.out) as { connections: { compared: number }[] }
  return connections.reduce((sum, { compared }) => sum + compared, 0)
}

/** Every charge that succeeded here, as `transaction amount`, whatever became of it afterwards. */
export async function chargedHere({ world }: Story): Promise<string[]> {
  const { rows } = await world.database.pool.query<{ told: string }>(
    `select concat_ws(' ', id, amount) as told from payment_transaction
     where kind = 'charge' and state in ('succeeded', 'disputed', 'refunded') order by id`,
  )
  return rows.map(({ told }) => told)
}

/** What became of each subscription: its state, its recurring invoices and the charges for them, and how many have it so. */
export async function renewalsOf({ world }: Story): Promise<Map<string, number>> {
  const { rows } = await world.database.pool.query<{ told: string }>(`
    select concat_ws(' | ', s.status, s.period_start,
      (select string_agg(concat_ws(' ', i.status, i.total, i.period_start, i.issued_at::date, i.paid_at::date), ', ' order by i.number)
        from invoice i where i.org_id = s.org_id and i.subscription_id = s.id and i.cause = 'window_end'),
      (select string_agg(concat_ws(' ', t.amount, t.created_at::date, t.paid_at::date), ', ' order by t.id)
        from payment_transaction t where t.org_id = s.org_id and t.subscription_id = s.id and t.purpose = 'renewal'
          and t.state in ('succeeded', 'disputed')),
      (select count(*) from event e where e.org_id = s.org_id and e.customer_id = s.customer_id
        and e.type = 'payment.received' and e.data->>'paymentTransactionId' in (
          select id from payment_transaction t where t.org_id = s.org_id and t.subscription_id = s.id and t.purpose = 'renewal'))
    ) as told from subscription s`)
  const told = new Map<string, number>()
  for (const row of rows) told.set(row.told, (told.get(row.told) ?? 0) + 1)
  return told
}

/** The same of somebody who paid every month on the day, whoever was killed meanwhile. */
export function paidEveryMonth(months: number): string {
  const days = Array.from({ length: months }, (_, index) => renewalDay(index + 1))
  const invoices = days.map((day) => `paid 2900 ${day} ${day} ${day}`).join(', ')
  const charges = days.map((day) => `2900 ${day} ${day}`).join(', ')
  return `active | ${days.at(-1)} | ${invoices} | ${charges} | ${months}`
}
