import { setTimeout as wait } from 'node:timers/promises'
import type { Db } from '#database/transaction.ts'
import { newId } from '#id.ts'
import { advanceReplays } from '#webhooks/actions/advance-replays.ts'
import { dispatchEvents } from '#webhooks/actions/dispatch-events.ts'
import { deleteOldDeliveries } from '#webhooks/deliveries.store.ts'
import { EndpointRun, leaseUntil } from '#webhooks/endpoint-run.ts'
import { forgetSecrets, type LeasedEndpoint, takeLeases } from '#webhooks/endpoints.store.ts'
import type { EventType } from '#webhooks/event-types.ts'
import { readData } from '#webhooks/events.contract.ts'
import { deleteOldUsage } from '#webhooks/events.store.ts'
import type { SecretBox } from '#webhooks/secret-box.ts'
import type { Sender } from '#webhooks/sender.ts'

export type WebhookWorkerParts = {
  readonly db: Db
  readonly sender: Sender
  readonly secrets: SecretBox
  readonly machineNow: () => Temporal.Instant
  /** Told of a payload that is not what the reference promises; it is sent as it was recorded. */
  readonly alarm: (error: Error) => void
  readonly onFailure: (endpoint: { readonly orgId: string; readonly id: string }, error: unknown) => void
}

/** Endpoints one process delivers to at the same time; each has requests of its own under way. */
const endpointsAtOnce = 500
const keepDays = 30
/** At the end attempts under way may finish; those that do not are made again by somebody else. */
const patienceMs = 3_000

/** Tells endpoints what happened. Any number of processes may do so: each endpoint has one that delivers to it at a time. */
export class WebhookWorker {
  readonly #parts: WebhookWorkerParts
  readonly #runs = new Map<string, { readonly run: EndpointRun; readonly ended: Promise<void> }>()
  #isStopped = false

  constructor(parts: WebhookWorkerParts) {
    this.#parts = parts
  }

  /** Finds out whom to tell of what has happened, and begins to deliver what is due. Does not wait for deliveries. */
  async turn(): Promise<void> {
    await this.#advance()
  }

  /** Whether there is more to find out than a turn does. */
  async #advance(): Promise<boolean> {
    const { db, machineNow } = this.#parts
    const hasMoreEvents = await dispatchEvents(db, machineNow)
    const hasMoreReplays = await advanceReplays(db, machineNow)
    await this.#begin()
    return hasMoreEvents || hasMoreReplays
  }

  /** Turns until nothing is due any more. */
  async settle(): Promise<void> {
    let isMore: boolean
    do {
      isMore = await this.#advance()
      await Promise.all([...this.#runs.values()].map(({ ended }) => ended))
      await this.#begin()
    } while (isMore || this.#runs.size > 0)
  }

  /** Forgets deliveries that were over thirty days ago, and secrets that are not signed with any more. */
  async tidy(): Promise<void> {
    const before = this.#parts.machineNow().subtract({ hours: 24 * keepDays })
    await deleteOldDeliveries(this.#parts.db, before)
    await deleteOldUsage(this.#parts.db, before)
    await forgetSecrets(this.#parts.db, this.#parts.machineNow())
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    const runs = [...this.#runs.values()]
    for (const { run } of runs) run.stop()
    await Promise.race([Promise.all(runs.map(({ ended }) => ended)), wait(patienceMs, undefined, { ref: false })])
  }

  async #begin(): Promise<void> {
    const { db, machineNow } = this.#parts
    const most = endpointsAtOnce - this.#runs.size
    if (most <= 0 || this.#isStopped) return
    const now = machineNow()
    const until = leaseUntil(now)
    const holder = newId('req')
    for (const endpoint of await takeLeases(db, { holder, now, until }, { most, without: [...this.#runs.keys()] })) {
      this.#start(endpoint, holder, until)
    }
  }

  #start(endpoint: LeasedEndpoint, holder: string, until: Temporal.Instant): void {
    const { alarm, onFailure, ...parts } = this.#parts
    const readData = (type: string, data: unknown) => this.#read(type, data)
    const onUnsent = (error: unknown) => onFailure(endpoint, error)
    const run = new EndpointRun({ ...parts, holder, readData, onUnsent }, endpoint, until)
    const ended = run
      .run()
      .catch((error: unknown) => onFailure(endpoint, error))
      .finally(() => this.#runs.delete(endpoint.id))
    this.#runs.set(endpoint.id, { run, ended })
  }

  #read(type: string, data: unknown): unknown {
    const read = readData(type as EventType, data)
    if ('data' in read) return read.data
    this.#parts.alarm(new Error(`the payload of ${type} is not what the reference says: ${read.wrong}`))
    return data
  }
}
