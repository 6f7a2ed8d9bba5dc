import type { Db } from '#database/transaction.ts'
import { inTransaction } from '#database/transaction.ts'
import { type Attempted, settleAttempts } from '#webhooks/actions/settle-attempts.ts'
import { switchOffWornOut } from '#webhooks/actions/switch-off-endpoint.ts'
import { type DeliveryKind, type DueDelivery, findDueDeliveries } from '#webhooks/deliveries.store.ts'
import { judge } from '#webhooks/delivery.ts'
import { secretsOf, unsentReason } from '#webhooks/endpoint-signature.ts'
import { type EndpointRecord, type LeasedEndpoint, releaseLease, renewLease } from '#webhooks/endpoints.store.ts'
import { inVersion } from '#webhooks/event-versions.ts'
import { Lanes } from '#webhooks/lanes.ts'
import { bodyOf, timestampOf } from '#webhooks/message-body.ts'
import type { SecretBox } from '#webhooks/secret-box.ts'
import type { Message, Sender, Sent } from '#webhooks/sender.ts'
import { signatureHeaders } from '#webhooks/signing.ts'
import { isWornOut } from '#webhooks/streak.ts'

export type RunParts = {
  readonly db: Db
  readonly sender: Sender
  readonly secrets: SecretBox
  readonly machineNow: () => Temporal.Instant
  /** The payload in its published order. */
  readonly readData: (type: string, data: unknown) => unknown
  /** Told of a message that could not be made; its attempt has failed. */
  readonly onUnsent: (error: unknown) => void
  /** Another name for every run: who holds the lease. */
  readonly holder: string
}

/** Requests to one endpoint at once: it starts with few, and one that does not answer gets no more of them. */
const leastAtOnce = 4
const mostAtOnce = 32
/** Of a replay few are in hand, so that what happens meanwhile is not behind them. */
const takenAtOnce = { live: 400, replayed: 100 }
const leaseSeconds = 10
const renewMs = 1_000
const lookAgainMs = 250

/** How long a lease that is taken or kept now holds. */
export function leaseUntil(now: Temporal.Instant): Temporal.Instant {
  return now.add({ seconds: leaseSeconds })
}

/**
 * Delivers to one endpoint, as long as something is due and this process holds its lease. First attempts of one customer's
 * events are made one after the other; everything else beside each other. What attempts came to is written in batches while others
 * are under way; one that was not written, because the process died or lost the lease, is made again by whoever comes next.
 */
export class EndpointRun {
  readonly #parts: RunParts
  #endpoint: LeasedEndpoint
  readonly #lanes = new Lanes<DueDelivery>()
  readonly #inHand = { live: new Set<string>(), replayed: new Set<string>() }
  #outcomes: Attempted[] = []
  #running = 0
  #atOnce = leastAtOnce
  #isStopped = false
  #leasedUntil: Temporal.Instant
  #wake: () => void = () => undefined

  constructor(parts: RunParts, endpoint: LeasedEndpoint, leasedUntil: Temporal.Instant) {
    this.#parts = parts
    this.#endpoint = endpoint
    this.#leasedUntil = leasedUntil
  }

  /** Starts nothing more; {@link run} ends when what is under way has ended. */
  stop(): void {
    this.#isStopped = true
    this.#wake()
  }

  async run(): Promise<void> {
    const { db, holder, machineNow } = this.#parts
    const renewal = setInterval(() => void this.#renew(), renewMs)
    try {
      if (isWornOut(this.#endpoint.failedInARow)) await switchOffWornOut(db, this.#endpoint, machineNow())
      else await this.#deliver()
    } finally {
      this.#isStopped = true
      clearInterval(renewal)
      await inTransaction(db, (tx) => releaseLease(tx, this.#endpoint, holder))
    }
  }

  async #deliver(): Promise<void> {
    for (;;) {
      const found = (await this.#take('live')) + (await this.#take('replayed'))
      this.#startReady()
      if (this.#outcomes.length > 0) await this.#settle()
      else if (this.#running > 0) await this.#nextEnd()
      else if (found === 0) return
    }
  }

  #mayStart(): boolean {
    return !this.#isStopped && Temporal.Instant.compare(this.#parts.machineNow(), this.#leasedUntil) < 0
  }

  /** Takes what is due of a kind, when little of it is in hand. Gives how much. */
  async #take(kind: DeliveryKind): Promise<number> {
    const inHand = this.#inHand[kind]
    const most = takenAtOnce[kind]
    if (!this.#mayStart() || inHand.size >= most / 2) return 0
    const { db, machineNow } = this.#parts
    const { orgId, id } = this.#endpoint
    const found = await findDueDeliveries(db, { orgId, endpointId: id }, inHand, { kind, now: machineNow(), most })
    for (const delivery of found) inHand.add(delivery.id)
    this.#lanes.add(found)
    return found.length
  }

  #startReady(): void {
    while (this.#running < this.#atOnce && this.#mayStart()) {
      const delivery = this.#lanes.next()
      if (!delivery) return
      this.#running += 1
      void this.#attempt(delivery)
    }
  }

  async #attempt(delivery: DueDelivery): Promise<void> {
    const outcome = await this.#send(delivery)
    this.#running -= 1
    this.#adapt(outcome.status !== null)
    this.#lanes.ended(delivery)
    this.#outcomes.push(outcome)
    this.#startReady()
    this.#wake()
  }

  async #send(delivery: DueDelivery): Promise<Attempted> {
    const { machineNow } = this.#parts
    const { id, eventId, type, attempts } = delivery
    const number = attempts + 1
    const startedAt = machineNow()
    const { reply, response, durationMs } = await this.#answerTo(delivery, { number, at: startedAt })
    const endedAt = machineNow()
    const verdict = judge(reply, number, endedAt)
    return {
      deliveryId: id,
      eventId,
      type,
      number,
      startedAt,
      endedAt,
      durationMs,
      status: 'status' in reply ? reply.status : null,
      error: 'error' in reply ? reply.error : null,
      response,
      state: verdict.state,
      nextAttemptAt: verdict.state === 'waiting' ? verdict.at : null,
    }
  }

  // A secret whose key the server has lost is one endpoint's trouble: it is said in the log and tried again like any other.
  async #answerTo(
    delivery: DueDelivery,
    attempt: { readonly number: number; readonly at: Temporal.Instant },
  ): Promise<Sent> {
    const { sender, onUnsent } = this.#parts
    try {
      return await sender.send(this.#messageOf(delivery, attempt))
    } catch (error) {
      onUnsent(error)
      return { reply: { error: unsentReason(error) }, response: null, durationMs: 0 }
    }
  }

  #messageOf(
    { eventId, type, occurredAt, data: recorded }: DueDelivery,
    attempt: { readonly number: number; readonly at: Temporal.Instant },
  ): Message {
    const { secrets, readData } = this.#parts
    const { url, mode, apiVersion } = this.#endpoint
    const event = { id: eventId, type, occurredAt, data: inVersion(apiVersion, type, readData(type, recorded)) }
    const body = bodyOf(event, this.#endpoint, apiVersion)
    const signed = { eventId, type, timestamp: timestampOf(event), body }
    const keys = secretsOf(this.#endpoint, secrets.open, attempt.at)
    return { url, livemode: mode === 'live', headers: signatureHeaders(signed, keys, attempt), body }
  }

  // Whoever answers gets more at once; silence halves it, so that an endpoint that hangs holds few connections.
  #adapt(hasAnswered: boolean): void {
    this.#atOnce = hasAnswered ? Math.min(mostAtOnce, this.#atOnce + 1) : Math.max(leastAtOnce, this.#atOnce >> 1)
  }

  async #settle(): Promise<void> {
    const { db, machineNow } = this.#parts
    const outcomes = this.#outcomes
    this.#outcomes = []
    const { endpoint, isTooMuch } = await settleAttempts(db, this.#endpoint, outcomes, machineNow())
    for (const { deliveryId } of outcomes) {
      this.#inHand.live.delete(deliveryId)
      this.#inHand.replayed.delete(deliveryId)
    }
    if (!isTooMuch) {
      this.#follow(endpoint)
      return
    }
    this.#isStopped = true
    await switchOffWornOut(db, this.#endpoint, machineNow())
  }

  /** Until an attempt ends, or it is time to look whether something else has become due. */
  #nextEnd(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, lookAgainMs)
    this.#wake = resolve
    return promise.finally(() => clearTimeout(timer))
  }

  // Another address or secret counts from the next attempt on. What was taken before the endpoint was switched off, even if it is on
  // again, or deleted is canceled: nothing more of it is started.
  #follow(endpoint: EndpointRecord | undefined): void {
    if (!endpoint?.isActive || endpoint.sincePosition !== this.#endpoint.sincePosition) this.stop()
    else this.#endpoint = { ...this.#endpoint, ...endpoint }
  }

  // Whoever has lost the lease stops: somebody else delivers by now.
  async #renew(): Promise<void> {
    const { db, holder, machineNow } = this.#parts
    const now = machineNow()
    const until = leaseUntil(now)
    try {
      const renewed = await renewLease(db, this.#endpoint, { holder, now, until })
      if (renewed) this.#leasedUntil = until
      this.#follow(renewed)
    } catch {
      // Not renewed: the lease runs out by itself, and with it what this run may start.
    }
  }
}
