import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { type Answered, RunningHalley } from '../support/running-halley.ts'
import { seededRandom } from '../support/seeded.ts'

/**
 * The server is killed again and again while clients report usage, and started anew each time. KILLS says how often,
 * KILL_SEED which moments are taken.
 */
const kills = Number(process.env.KILLS ?? 3)
const seed = Number(process.env.KILL_SEED ?? 1)
const lanes = 24

const customers = ['metered', 'credits', 'balance'] as const
type Customer = (typeof customers)[number]

/** What is sent under a key, always the same; even numbers have a key of the request, odd ones one of the event. */
type Sent = {
  readonly customer: Customer
  readonly key: string
  readonly value: number
  readonly isRequestKey: boolean
}

class Load {
  readonly acknowledged = new Map<string, Sent & { readonly id: string | null }>()
  readonly refused: Sent[] = []
  readonly #halley: RunningHalley
  /** The process that answers; null while there is none. */
  via: number | null = 0
  isOver = false
  repeats = 0
  #count = 0

  constructor(halley: RunningHalley) {
    this.#halley = halley
  }

  /** A client that sends one event after the other, each until it is answered, whoever dies in between. */
  async lane(): Promise<void> {
    while (!this.isOver) {
      const number = this.#count++
      await this.#send({
        customer: customers[number % 3] ?? 'metered',
        key: `key ${number}`,
        value: (number % 5) + 0.25,
        isRequestKey: number % 2 === 0,
      })
    }
  }

  async #send(sent: Sent): Promise<void> {
    for (let tries = 0; ; tries++) {
      if (tries > 0) this.repeats += 1
      const answer = await this.#try(sent).catch(() => undefined)
      if (answer?.status === 201) {
        this.acknowledged.set(sent.key, { ...sent, id: String(answer.data.id) })
        return
      }
      // Recorded by a try whose answer never came.
      if (answer?.code === 'duplicate' && tries > 0) {
        this.acknowledged.set(sent.key, { ...sent, id: null })
        return
      }
      if (answer?.status === 402) {
        this.refused.push(sent)
        return
      }
      assert(answer === undefined || answer.status >= 500, `${sent.key} answered ${answer?.status} ${answer?.code}`)
      await wait(20)
    }
  }

  async #try({ customer, key, value, isRequestKey }: Sent): Promise<Answered | undefined> {
    if (this.via === null) return undefined
    // The event says itself what it was sent as, whatever is kept of its key.
    const about = { customerId: customer, feature: customer, value, properties: [{ property: 'sentAs', value: key }] }
    const body = { ...about, ...(isRequestKey ? {} : { idempotencyKey: key }) }
    return this.#halley.call('POST', '/usage/events', { body, via: this.via, ...(isRequestKey ? { key } : {}) })
  }
}

test(`killed ${kills} times under load: every acknowledged event is there, none twice, books and events agree`, async (t) => {
  const halley = await RunningHalley.start(t, 1)
  await halley.freeCustomer('metered', { unlimited: true })
  const credits = await halley.freeCustomer('credits', { creditsPerUnit: 3, includedCredits: 5_000 })
  const balance = await halley.freeCustomer('balance', { unitPrice: 33, includedBalance: 10_000_000 })
  const load = new Load(halley)
  const working = Promise.all(Array.from({ length: lanes }, () => load.lane()))
  const random = seededRandom(seed)
  for (let killed = 0; killed < kills; killed++) {
    const before = load.acknowledged.size
    while (load.acknowledged.size < before + lanes) await wait(5)
    await wait(20 + random() * 400)
    const victim = load.via ?? 0
    load.via = null
    await halley.kill(victim)
    load.via = await halley.startProcess(t)
  }
  load.isOver = true
  await working

  await checkEvents(halley, load)
  assert.deepEqual(await halley.rows(disagreeingCounters), [])
  assert.deepEqual(await halley.rows(tornEntries), [])
  // Plan credits at 3 a unit and $0.0033 a unit, each cost rounded up: the account is what was given less what was recorded.
  const sent = [...load.acknowledged.values()]
  const cost = (customer: Customer, price: number) =>
    sent.filter((one) => one.customer === customer).reduce((sum, { value }) => sum + Math.ceil(value * price), 0)
  assert.equal(await heldBy(halley, credits), BigInt(5_000 - cost('credits', 3)))
  assert.equal(await heldBy(halley, balance), BigInt(10_000_000 - cost('balance', 33)))
  // Nothing that fits is refused: what was left is less than the smallest that was.
  const smallest = Math.min(...load.refused.map(({ value }) => Math.ceil(value * 3)))
  assert(load.refused.every(({ customer }) => customer === 'credits'))
  assert((await heldBy(halley, credits)) < smallest)
  t.diagnostic(
    `${sent.length} events acknowledged, ${load.repeats} repeats, ${load.refused.length} refused, seed ${seed}`,
  )
})

/** The events are those that were acknowledged, under the ids that were told, each once. */
async function checkEvents(halley: RunningHalley, load: Load): Promise<void> {
  const events = await halley.rows<{ id: string; sent_as: string; quantity: string }>(
    `select id, trim_scale(quantity)::text as quantity,
       jsonb_path_query_first(properties, '$[*] ? (@.property == "sentAs").value') #>> '{}' as sent_as
     from usage_event order by id`,
  )
  const recorded = new Map(events.map((event) => [event.sent_as, event]))
  assert.equal(recorded.size, events.length, 'nothing was recorded twice')
  for (const [key, { id, value }] of load.acknowledged) {
    const event = recorded.get(key)
    assert(event, `${key} was acknowledged and is gone`)
    assert.equal(event.quantity, String(value))
    if (id !== null) assert.equal(event.id, id, `${key} was acknowledged as another event`)
  }
  assert.equal(recorded.size, load.acknowledged.size, 'nothing was recorded that nobody was told of')
}

const disagreeingCounters = `
  select subscription_id, c.total, c.events, e.total as sum, e.events as count
  from usage_counter c full join (
    select subscription_id, feature_id, window_number, sum(quantity) as total, count(*) as events from usage_event group by 1, 2, 3
  ) e using (subscription_id, feature_id, window_number)
  where (coalesce(c.total, 0), coalesce(c.events, 0)) <> (coalesce(e.total, 0), coalesce(e.events, 0))`

const tornEntries = `
  select * from (
    select e.*, row_number() over w as place,
      coalesce(lag(plan_credits_after + purchased_credits_after + balance_after) over w, 0) as before
    from ledger_entry e window w as (partition by org_id, subscription_id order by number)
  ) entry
  where number <> place
    or before + plan_credits + purchased_credits + balance <> plan_credits_after + purchased_credits_after + balance_after`

/** What the account holds; its entries have to add up to it. */
async function heldBy(halley: RunningHalley, subscription: string): Promise<bigint> {
  const [row] = await halley.rows<{ held: bigint; booked: string }>(
    `select a.plan_credits + a.purchased_credits + a.balance as held,
       (select sum(plan_credits + purchased_credits + balance)::text from ledger_entry e where e.subscription_id = $1) as booked
     from ledger_account a where a.subscription_id = $1`,
    subscription,
  )
  assert(row)
  assert.equal(BigInt(row.booked), row.held)
  return row.held
}
