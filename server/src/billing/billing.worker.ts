import { processBilling } from '#billing/actions/process-billing.ts'
import type { BillingServices } from '#billing/actions/take-steps.ts'
import { findDueSides } from '#billing/due.store.ts'
import { findOrg } from '#organisations/sides.store.ts'
import { organisationNow } from '#time/clock.ts'

const sidesAtOnce = 3
const lanes = 4
const charges = 16
/** A side gives way to the others after so many customers, and comes back when it waits longest. */
const customersPerTurn = 500
/** A subscription that could not be billed is left alone for so long. */
const restMs = 60_000
const mostResting = 1_000

/**
 * The billing of a worker process: every due side gets a run, a few side by side, so that a side whose provider is slow holds
 * up nobody else's. Any number of processes may do this on one database; what one of them had claimed when it died is
 * claimed by the others at once.
 */
export class BillingWorker {
  readonly #services: BillingServices
  readonly #onFailure: (orgId: string, subscriptionId: string, error: unknown) => void
  readonly #running = new Map<string, Promise<void>>()
  readonly #restingUntil = new Map<string, number>()
  readonly #stopping = new AbortController()

  constructor(services: BillingServices, onFailure: (orgId: string, subscriptionId: string, error: unknown) => void) {
    this.#services = services
    this.#onFailure = onFailure
  }

  /** Begins a run for each due side that has none, as far as there are places. */
  async turn(): Promise<void> {
    const { db, machineNow } = this.#services
    this.#wakeRested()
    for (const orgId of await findDueSides(db, machineNow())) {
      if (this.#stopping.signal.aborted || this.#running.size >= sidesAtOnce) return
      if (this.#running.has(orgId)) continue
      this.#running.set(
        orgId,
        this.#run(orgId)
          .catch((error: unknown) => this.#onFailure(orgId, '', error))
          .finally(() => this.#running.delete(orgId)),
      )
    }
  }

  /** Finishes the steps and charges under way and begins no more. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.all(this.#running.values())
  }

  async #run(orgId: string): Promise<void> {
    const { db, machineNow } = this.#services
    const org = await findOrg(db, orgId)
    if (!org) return
    const resting = new Set(this.#restingUntil.keys())
    await processBilling(this.#services, org, {
      until: organisationNow(org.simulatedTime, machineNow()),
      lanes,
      charges,
      mostCustomers: customersPerTurn,
      patienceMs: 0,
      signal: this.#stopping.signal,
      resting,
      onFailure: (subscriptionId, error) => this.#letRest(orgId, subscriptionId, error),
    })
  }

  #letRest(orgId: string, subscriptionId: string, error: unknown): void {
    if (subscriptionId !== '' && this.#restingUntil.size < mostResting)
      this.#restingUntil.set(subscriptionId, performance.now() + restMs)
    this.#onFailure(orgId, subscriptionId, error)
  }

  #wakeRested(): void {
    for (const [id, until] of this.#restingUntil) if (until <= performance.now()) this.#restingUntil.delete(id)
  }
}
