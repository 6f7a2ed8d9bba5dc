import { setTimeout as wait } from 'node:timers/promises'
import { type BillingServices, isDue, type Step, takeStep } from '#billing/actions/run-due.ts'
import { CatalogueOfRun } from '#billing/catalogue.ts'
import { type Claim, claimDue, earliestDue, isCollecting } from '#billing/due.store.ts'
import { inTransaction, type Tx } from '#database/transaction.ts'
import { Limit } from '#jobs/limit.ts'
import type { Org } from '#organisations/org.ts'
import { performAttempt } from '#payments/actions/perform-attempt.ts'

export type BillingRun = {
  /** Different customers of whom something was due and this run did it. */
  readonly customersFound: number
  readonly failed: number
}

export type RunLimits = {
  readonly until: Temporal.Instant
  /** Subscriptions stepped side by side, each holding a transaction. */
  readonly lanes: number
  /** Charges under way side by side: the provider is waited for outside of transactions. */
  readonly charges: number
  /** Take no further customers when so many were found. */
  readonly mostCustomers: number
  /** How long to wait for what others are doing at the same time before the run is over. */
  readonly patienceMs: number
  readonly signal?: AbortSignal
  /** Subscriptions to leave alone; those that fail in this run are added. */
  readonly resting: Set<string>
  readonly onFailure: (subscriptionId: string, error: unknown) => void
}

const lookAgainMs = 25

/**
 * Runs everything due in one organisation up to a moment in chronological order: what was due on one day everywhere before
 * anything of the next. A claim is a row lock, so any number of runs share the work and one that dies leaves nothing behind;
 * a subscription that fails, or whose charge takes its time, holds up nobody else's.
 */
export async function processBilling(services: BillingServices, org: Org, limits: RunLimits): Promise<BillingRun> {
  const run = new Run(services, org, limits)
  const giveUpAt = performance.now() + limits.patienceMs
  while (!run.isOver()) {
    const steps = await run.round()
    if (steps > 0) continue
    if (performance.now() >= giveUpAt || !(await run.isAnythingLeft())) break
    await wait(lookAgainMs)
  }
  return { customersFound: run.customers.size, failed: run.failed }
}

class Run {
  readonly customers = new Set<string>()
  failed = 0
  readonly #services: BillingServices
  readonly #org: Org
  readonly #limits: RunLimits
  readonly #catalogue: CatalogueOfRun
  readonly #charges: Limit
  #claimedTo = ''

  constructor(services: BillingServices, org: Org, limits: RunLimits) {
    this.#services = services
    this.#org = org
    this.#limits = limits
    this.#catalogue = new CatalogueOfRun(org.id)
    this.#charges = new Limit(limits.charges)
  }

  isOver(): boolean {
    return this.#limits.signal?.aborted === true || this.customers.size >= this.#limits.mostCustomers
  }

  /** Whether others are at work on what is due, or on charges of it. */
  async isAnythingLeft(): Promise<boolean> {
    const { db } = this.#services
    return (await this.#earliest()) !== undefined || isCollecting(db, this.#org.id)
  }

  /** Everything that is due at the earliest moment, with its charges. Gives the number of steps. */
  async round(): Promise<number> {
    const at = await this.#earliest()
    if (!at) return 0
    this.#claimedTo = ''
    const taken = await Promise.all(Array.from({ length: this.#limits.lanes }, () => this.#lane(at)))
    await this.#charges.drained()
    return taken.reduce((sum, steps) => sum + steps, 0)
  }

  async #lane(at: Temporal.Instant): Promise<number> {
    let steps = 0
    while (!this.isOver() && (await this.#takeOne(at))) steps += 1
    return steps
  }

  /** Claims a subscription and takes its step; false when nothing is left to claim. */
  async #takeOne(at: Temporal.Instant): Promise<boolean> {
    let id: string | undefined
    try {
      const step = await inTransaction(this.#services.db, async (tx) => {
        const claim = await this.#claim(tx, at)
        id = claim?.subscription.id
        if (!claim || !isDue(claim.subscription, at)) return null
        return takeStep(tx, this.#services, this.#org, claim.subscription, this.#catalogue.at(claim.catalogueVersion))
      })
      if (id !== undefined && step?.attempt) await this.#charge(id, step)
    } catch (error) {
      if (id === undefined) throw error
      this.#fail(id, error)
    }
    return id !== undefined
  }

  async #claim(tx: Tx, at: Temporal.Instant): Promise<Claim | undefined> {
    const scope = { orgId: this.#org.id, at, after: this.#claimedTo, except: [...this.#limits.resting] }
    const claim = await claimDue(tx, scope)
    if (!claim) return undefined
    const { id, customerId } = claim.subscription
    if (id > this.#claimedTo) this.#claimedTo = id
    this.customers.add(customerId)
    return claim
  }

  // Waits for a free place, not for the outcome.
  #charge(subscriptionId: string, { attempt, context }: Step): Promise<void> {
    return this.#charges.start(async () => {
      try {
        const ended = attempt && (await performAttempt(this.#services, context, attempt))
        if (ended?.state === 'started') this.failed += 1
      } catch (error) {
        this.#fail(subscriptionId, error)
      }
    })
  }

  #fail(subscriptionId: string, error: unknown): void {
    this.failed += 1
    this.#limits.resting.add(subscriptionId)
    this.#limits.onFailure(subscriptionId, error)
  }

  #earliest(): Promise<Temporal.Instant | undefined> {
    const { until, resting } = this.#limits
    return earliestDue(this.#services.db, { orgId: this.#org.id, until, except: [...resting] })
  }
}
