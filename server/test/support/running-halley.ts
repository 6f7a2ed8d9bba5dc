import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { type ClonedDatabase, cloneDatabase } from './database.ts'
import { dataDirectory, type HalleyProcess, sandboxKeyIn, startHalley } from './halley-process.ts'

/** One answer: the code of the refusal is '' where there is none. */
export type Answered = { readonly status: number; readonly code: string; readonly data: Record<string, unknown> }

export type Call = {
  readonly body?: unknown
  /** Which of the processes is asked. */
  readonly via?: number
  /** An Idempotency-Key. */
  readonly key?: string
}

type Server = Pick<TestContext, 'after'>

/** Halley as it is installed on one PostgreSQL: any number of processes that know nothing of each other. */
export class RunningHalley {
  readonly database: ClonedDatabase
  readonly #settings: Readonly<Record<string, string>>
  readonly #processes: HalleyProcess[] = []
  #key = ''

  private constructor(database: ClonedDatabase, settings: Readonly<Record<string, string>>) {
    this.database = database
    this.#settings = settings
  }

  static async start(t: Server, count: number): Promise<RunningHalley> {
    const database = await cloneDatabase()
    t.after(() => database.drop())
    const settings = {
      DATABASE_URL: database.url,
      HALLEY_SECRET: 'the same for every process of this installation',
      // Loads of one key are what these stories are about.
      HALLEY_RATE_LIMIT: '1000000',
      HALLEY_DATA_DIR: dataDirectory(t),
    }
    const running = new RunningHalley(database, settings)
    for (let started = 0; started < count; started++) await running.startProcess(t)
    return running
  }

  /** Starts a process and gives its number. */
  async startProcess(t: Server): Promise<number> {
    const started = await startHalley(t, this.#settings)
    if (this.#key === '') this.#key = sandboxKeyIn(started.welcome)
    return this.#processes.push(started) - 1
  }

  /** Kills a process where it stands and waits until it is gone. */
  async kill(number: number): Promise<void> {
    await this.#processes[number]?.end('SIGKILL')
  }

  async call(method: string, path: string, { body, via = 0, key }: Call = {}): Promise<Answered> {
    const response = await fetch(`${this.#processes[via]?.url}/api/v1${path}`, {
      method,
      headers: {
        'x-api-key': this.#key,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const answer = (await response.json()) as { data?: Record<string, unknown>; error?: { code: string } }
    return { status: response.status, code: answer.error?.code ?? '', data: answer.data ?? {} }
  }

  /** The data of an answer that has to be good. */
  async give(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
    const { status, code, data } = await this.call(method, path, { body })
    assert(status < 300, `${method} ${path} answered ${status} ${code}`)
    return data
  }

  /** A free plan with one feature, and somebody on it under the same name. */
  async freeCustomer(name: string, plan: FreePlan): Promise<string> {
    const { type = 'usage', includedAmount = 0, creditsPerUnit, unitPrice, ...price } = plan
    const consumptionModel = creditsPerUnit !== undefined ? 'credits' : unitPrice !== undefined ? 'balance' : 'metered'
    await this.give('POST', '/features/manage', { code: name, name, type })
    const { id } = await this.give('POST', '/plans/manage', { code: name, name, isFree: true, consumptionModel })
    await this.give('POST', `/plans/${id}/features`, {
      featureId: name,
      includedAmount,
      ...(plan.unlimited ? { unlimited: true } : {}),
      ...(creditsPerUnit === undefined ? {} : { creditsPerUnit }),
      ...(unitPrice === undefined ? {} : { overage: { enabled: false, unitPrice } }),
    })
    if (consumptionModel !== 'metered') {
      const { includedCredits, includedBalance } = price
      const funds = includedCredits === undefined ? { includedBalance } : { includedCredits }
      await this.give('POST', `/plans/${id}/prices`, { billingInterval: 'monthly', price: 0, ...funds })
    }
    await this.give('POST', '/customers', { id: name, email: `${name}@example.com` })
    const subscription = await this.give('POST', '/subscriptions', { customerId: name, planCode: name })
    return String(subscription.id)
  }

  /** A plan of 29 USD a month with one usage feature that is sold beyond what is included, and somebody who has paid for it. */
  async payingCustomer(name: string, plan: { includedAmount: number; unitPrice: number }): Promise<string> {
    await this.give('POST', '/features/manage', { code: name, name, type: 'usage' })
    const { id } = await this.give('POST', '/plans/manage', { code: name, name })
    const overage = { enabled: true, unitPrice: plan.unitPrice }
    await this.give('POST', `/plans/${id}/features`, { featureId: name, includedAmount: plan.includedAmount, overage })
    await this.give('POST', `/plans/${id}/prices`, { billingInterval: 'monthly', price: 2900 })
    await this.give('POST', '/customers', { id: name, email: `${name}@example.com` })
    const subscription = await this.give('POST', '/subscriptions', { customerId: name, planCode: name })
    const token = String(subscription.checkoutUrl).split('/').at(-1)
    const paid = await fetch(`${this.#processes[0]?.url}/hosted/v1/checkout/${token}/confirm`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        fullName: 'Ada Lovelace',
        address: { country: 'US', line1: '1 Main St', city: 'Springfield', postalCode: '12345', state: 'IL' },
        card: { number: '4242424242424242', expMonth: 12, expYear: 2099, cvc: '123' },
      }),
    })
    assert.equal(paid.status, 200)
    return String(subscription.id)
  }

  /** As many requests at once as given, in turns through the first two processes; the answers in their order. */
  together(count: number, request: (index: number, via: number) => Promise<Answered>): Promise<Answered[]> {
    return Promise.all(Array.from({ length: count }, (_, index) => request(index, index % 2)))
  }

  async rows<Row extends Record<string, unknown>>(statement: string, ...parameters: unknown[]): Promise<Row[]> {
    return (await this.database.pool.query<Row>(statement, parameters)).rows
  }
}

export type FreePlan = {
  readonly type?: 'usage' | 'seats' | 'quota'
  readonly includedAmount?: number
  readonly unlimited?: boolean
  readonly creditsPerUnit?: number
  /** Rate scale. */
  readonly unitPrice?: number
  readonly includedCredits?: number
  /** Rate scale. */
  readonly includedBalance?: number
}

/** How many answers there are of each kind, as 'status code'. */
export function tally(answers: readonly Answered[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { status, code } of answers) {
    const kind = `${status} ${code}`.trim()
    counts[kind] = (counts[kind] ?? 0) + 1
  }
  return counts
}
