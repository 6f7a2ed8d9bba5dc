import { setTimeout as wait } from 'node:timers/promises'
import { giveUpDueChanges } from '#billing/actions/give-up-change.ts'
import { isDue } from '#billing/actions/run-due.ts'
import { type BillingServices, type StepsTaken, takeSteps } from '#billing/actions/take-steps.ts'
import { tellExpiringCards } from '#billing/actions/tell-expiring-cards.ts'
import { billTooLarge } from '#billing/bill-too-large.ts'
import { Catalogue, CatalogueOfRun } from '#billing/catalogue.ts'
import { type Claim, claimDue, findNextDue, isCollecting, type NextDue } from '#billing/due.store.ts'
import { inTransaction, type Tx } from '#database/transaction.ts'
import { tellOverdue } from '#invoicing/actions/tell-overdue.ts'
import { Limit } from '#jobs/limit.ts'
import type { Context, Org } from '#organisations/org.ts'
import { performAttempt } from '#payments/actions/perform-attempt.ts'
import { Settling } from '#payments/actions/settling.ts'
import type { Attempt } from '#payments/attempt.ts'
import { lockSubscription, type SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'
import { TaxNotKnown } from '#tax/tax-not-known.ts'

export type BillingRun = {
  /** Different customers of whom something was due and this run did it. */
  readonly customersFound: number
  readonly failed: number
  /** Declined renewals that were tried again, and how many of these tries failed. */
  readonly dunningRetried: number
  readonly dunningFailed: number
}

export type RunLimits = {
  readonly until: Temporal.Instant
  /** Transactions side by side. */
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
  /** Told about every failed transaction; the id is empty where several subscriptions shared it, and each is tried again by itself. */
  readonly onFailure: (subscriptionId: string, error: unknown) => void
}

const lookAgainMs = 25
/** Steps that share a transaction: one commit, and one turn at the invoice numbers, for all of them. */
const claimsPerTransaction = 20
const overduePerTransaction = 200
const cardsPerTransaction = 200

/**
 * Runs everything due in one organisation up to a moment in chronological order: what was due on one day everywhere before
 * anything of the next. A claim is a row lock, so any number of runs share the work and one that dies leaves nothing behind;
 * a subscription that fails, or whose charge takes its time, holds up nobody else's.
 */
export async function processBilling(services: BillingServices, org: Org, limits: RunLimits): Promise<BillingRun> {
  await giveUpDueChanges(services, org, limits.until)
  const run = new Run(services, org, limits)
  const giveUpAt = performance.now() + limits.patienceMs
  while (!run.isOver()) {
    const steps = await run.round()
    if (steps > 0) continue
    if (performance.now() >= giveUpAt || !(await run.isAnythingLeft())) break
    await wait(lookAgainMs)
  }
  const { customers, failed, dunningRetried, dunningFailed } = run
  return { customersFound: customers.size, failed, dunningRetried, dunningFailed }
}

class Run {
  readonly customers = new Set<string>()
  failed = 0
  dunningRetried = 0
  dunningFailed = 0
  readonly #services: BillingServices
  readonly #org: Org
  readonly #limits: RunLimits
  readonly #catalogue: CatalogueOfRun
  readonly #charges: Limit
  readonly #settling: Settling
  #claimedTo = ''

  constructor(services: BillingServices, org: Org, limits: RunLimits) {
    this.#services = services
    this.#org = org
    this.#limits = limits
    this.#catalogue = new CatalogueOfRun(org.id)
    this.#charges = new Limit(limits.charges)
    this.#settling = new Settling(services)
  }

  isOver(): boolean {
    return this.#limits.signal?.aborted === true || this.customers.size >= this.#limits.mostCustomers
  }

  /** Whether others are at work on what is due, or on charges of it. */
  async isAnythingLeft(): Promise<boolean> {
    const { db } = this.#services
    return (await this.#next()) !== undefined || isCollecting(db, this.#org.id)
  }

  /** Everything that is due at the earliest moment, with its charges. Gives the number of steps. */
  async round(): Promise<number> {
    const next = await this.#next()
    if (!next) return 0
    this.#claimedTo = ''
    const { at } = next
    const lanes = Math.ceil(next.subscriptions / claimsPerTransaction)
    const taken = await Promise.all(Array.from({ length: lanes }, () => this.#lane(at)))
    await this.#charges.drained()
    const overdue = next.isOverdue ? await this.#tellOverdue(at) : 0
    const ending = next.isCardEnding ? await this.#tellExpiring(at) : 0
    return taken.reduce((sum, steps) => sum + steps, overdue + ending)
  }

  // After the steps of the moment: what one of them has collected is not overdue.
  async #tellOverdue(at: Temporal.Instant): Promise<number> {
    let told = 0
    while (!this.isOver()) {
      const context = this.#services.contextFor(this.#org, at)
      const customers = await inTransaction(this.#services.db, (tx) => tellOverdue(tx, context, overduePerTransaction))
      for (const customerId of customers) this.customers.add(customerId)
      told += customers.length
      if (customers.length < overduePerTransaction) break
    }
    return told
  }

  // Last of all: what happened at the moment says whether a card is still charged. A test clock lives through every day; in real
  // time a late run tells what is true by then, and not what would have been.
  async #tellExpiring(at: Temporal.Instant): Promise<number> {
    const asOf = this.#org.simulatedTime === null ? this.#limits.until : at
    let told = 0
    while (!this.isOver()) {
      const context = this.#services.contextFor(this.#org, asOf)
      const tell = (tx: Tx) => tellExpiringCards(tx, context, cardsPerTransaction)
      const { looked, customerIds } = await inTransaction(this.#services.db, tell)
      for (const customerId of customerIds) this.customers.add(customerId)
      told += looked
      if (looked < cardsPerTransaction) break
    }
    return told
  }

  async #lane(at: Temporal.Instant): Promise<number> {
    let steps = 0
    while (!this.isOver()) {
      const claimed = await this.#takeSome(at)
      steps += claimed
      // What is left is locked by others.
      if (claimed < claimsPerTransaction) break
    }
    return steps
  }

  /** Claims some subscriptions and takes their steps. Gives their number. */
  async #takeSome(at: Temporal.Instant): Promise<number> {
    let claimed: readonly SubscriptionRecord[] = []
    try {
      const taken = await inTransaction(this.#services.db, async (tx) => {
        const { subscriptions, catalogueVersion } = await this.#claim(tx, at)
        claimed = subscriptions
        return this.#steps(tx, at, subscriptions, this.#catalogue.at(catalogueVersion))
      })
      await this.#charge(at, taken)
    } catch (error) {
      if (claimed.length === 0) throw error
      if (error instanceof TaxNotKnown) {
        // Asked for all of them at once, before each is taken by itself.
        await this.#services.taxes.ask(error.orgId, error.connectionId, error.questions)
      } else if (claimed.length > 1) {
        // Told even if each one alone goes well: together they were too much for somebody.
        this.#limits.onFailure('', error)
      }
      for (const { id } of claimed) await this.#takeAlone(at, id)
    }
    for (const { customerId } of claimed) this.customers.add(customerId)
    return claimed.length
  }

  // Whoever made a shared transaction fail takes nobody else along.
  async #takeAlone(at: Temporal.Instant, id: string): Promise<void> {
    try {
      const take = (tx: Tx) => this.#takeLocked(tx, at, id)
      const taken = await this.#services.taxes.knowing(() => inTransaction(this.#services.db, take))
      await this.#charge(at, taken)
    } catch (error) {
      this.#fail(id, error)
    }
  }

  async #takeLocked(tx: Tx, at: Temporal.Instant, id: string): Promise<StepsTaken> {
    const subscription = await lockSubscription(tx, this.#org.id, id)
    const due = subscription && isDue(subscription, at) ? [subscription] : []
    return this.#steps(tx, at, due, new Catalogue(this.#org.id))
  }

  #steps(tx: Tx, at: Temporal.Instant, due: readonly SubscriptionRecord[], catalogue: Catalogue): Promise<StepsTaken> {
    return takeSteps(tx, this.#services, this.#services.contextFor(this.#org, at), due, catalogue)
  }

  async #claim(tx: Tx, at: Temporal.Instant): Promise<Claim> {
    const claim = await claimDue(tx, {
      orgId: this.#org.id,
      at,
      after: this.#claimedTo,
      limit: claimsPerTransaction,
      except: [...this.#limits.resting],
    })
    const last = claim.subscriptions.at(-1)
    if (last && last.id > this.#claimedTo) this.#claimedTo = last.id
    return claim
  }

  // Waits for a free place for each, not for the outcomes.
  async #charge(at: Temporal.Instant, { attempts, retries, slotsUsed, tooLarge }: StepsTaken): Promise<void> {
    for (const id of tooLarge) this.#tellTooLarge(id)
    const context = this.#services.contextFor(this.#org, at)
    this.dunningRetried += slotsUsed
    this.dunningFailed += slotsUsed - retries.size
    for (const attempt of attempts) {
      await this.#charges.start(() => this.#perform(context, attempt, retries.has(attempt.id)))
    }
  }

  async #perform(context: Context, attempt: Attempt, isRetry: boolean): Promise<void> {
    try {
      const { state } = await performAttempt(this.#services, context, attempt, this.#settling.settle)
      if (state === 'started') this.failed += 1
      if (isRetry && state === 'failed') this.dunningFailed += 1
    } catch (error) {
      this.#fail(attempt.subscriptionId ?? '', error)
    }
  }

  // It goes on, and is not billed again for this period: nobody's next step has to rest.
  #tellTooLarge(subscriptionId: string): void {
    this.failed += 1
    this.#limits.onFailure(subscriptionId, billTooLarge(subscriptionId))
  }

  #fail(subscriptionId: string, error: unknown): void {
    this.failed += 1
    this.#limits.resting.add(subscriptionId)
    this.#limits.onFailure(subscriptionId, error)
  }

  #next(): Promise<NextDue | undefined> {
    const { until, resting, lanes } = this.#limits
    const scope = { orgId: this.#org.id, until, except: [...resting] }
    return findNextDue(this.#services.db, scope, lanes * claimsPerTransaction)
  }
}
