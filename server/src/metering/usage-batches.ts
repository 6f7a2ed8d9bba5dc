import { setImmediate as endOfTurn } from 'node:timers'
import { KeyTurns, type KeyUser } from '#metering/key-turns.ts'
import { KeyTakenMeanwhile } from '#metering/record-events.store.ts'
import type { Candidate, Outcome } from '#metering/usage-event.ts'

const largestBatch = 200
const longestGatheringMs = 2
/** One batch may be on its way to the disk while the next one is at work. */
const batchesInFlight = 2
/** More rounds than this do not happen: every batch decides at least one event of each counter. */
const mostRounds = 1000

/** Writes a batch of one organisation and gives each event's outcome, in their order. */
export type WriteBatch = (orgId: string, candidates: readonly Candidate[]) => Promise<readonly Outcome[]>

type Settled = Exclude<Outcome, { kind: 'undecided' }>
type Entry = KeyUser & {
  readonly candidate: Candidate
  readonly resolve: (outcome: Settled) => void
  readonly reject: (error: unknown) => void
  rounds: number
}

/** Group commit: gathers the events that arrive together and writes them as one, organisation by organisation. */
export class UsageBatches {
  readonly #write: WriteBatch
  readonly #queues = new Map<string, OrgQueue>()

  constructor(write: WriteBatch) {
    this.#write = write
  }

  /** Submits an event; the outcome is durable when it is told. Rejects when it is unknown (a lost connection). */
  submit(orgId: string, candidate: Candidate): Promise<Settled> {
    const queue = this.#queues.get(orgId) ?? new OrgQueue((candidates) => this.#write(orgId, candidates))
    this.#queues.set(orgId, queue)
    return queue.submit(candidate)
  }

  /** Waits until everything submitted has its outcome. */
  async flush(): Promise<void> {
    for (const queue of this.#queues.values()) await queue.drain()
  }
}

class OrgQueue {
  readonly #write: (candidates: readonly Candidate[]) => Promise<readonly Outcome[]>
  readonly #turns = new KeyTurns<Entry>((entry) => this.#enqueue(entry))
  readonly #unsettled = new Set<Promise<Settled>>()
  #waiting: Entry[] = []
  #inFlight = 0
  #isFlushDue = false

  constructor(write: (candidates: readonly Candidate[]) => Promise<readonly Outcome[]>) {
    this.#write = write
  }

  submit(candidate: Candidate): Promise<Settled> {
    const { promise, resolve, reject } = Promise.withResolvers<Settled>()
    this.#unsettled.add(promise)
    promise.then(
      () => this.#unsettled.delete(promise),
      () => this.#unsettled.delete(promise),
    )
    this.#turns.enter({ candidate, keys: keysOf(candidate), resolve, reject, rounds: 0 })
    return promise
  }

  async drain(): Promise<void> {
    while (this.#unsettled.size > 0) await Promise.allSettled(this.#unsettled)
  }

  #enqueue(entry: Entry): void {
    this.#waiting.push(entry)
    if (this.#waiting.length >= largestBatch) this.#flush()
    else this.#scheduleFlush()
  }

  // An idle queue writes at the end of this turn of the event loop, a busy one gathers for a while.
  #scheduleFlush(): void {
    if (this.#isFlushDue || this.#waiting.length === 0) return
    this.#isFlushDue = true
    const due = (): void => {
      this.#isFlushDue = false
      this.#flush()
    }
    if (this.#inFlight === 0) endOfTurn(due)
    else setTimeout(due, longestGatheringMs)
  }

  #flush(): void {
    if (this.#inFlight >= batchesInFlight || this.#waiting.length === 0) return
    const batch = this.#waiting.slice(0, largestBatch)
    this.#waiting = this.#waiting.slice(largestBatch)
    this.#inFlight++
    void this.#run(batch)
  }

  async #run(batch: readonly Entry[]): Promise<void> {
    const undecided = await this.#settle(batch)
    this.#inFlight--
    // Back to the front: they came before everybody who waits now.
    this.#waiting = [...undecided, ...this.#waiting]
    this.#scheduleFlush()
  }

  /** Writes the batch and answers everybody who has an outcome; returns the others. */
  async #settle(batch: readonly Entry[]): Promise<readonly Entry[]> {
    try {
      const outcomes = await this.#write(batch.map(({ candidate }) => candidate))
      return batch.filter((entry, index) => !this.#answer(entry, outcomes[index]))
    } catch (error) {
      if (isPassing(error)) return batch.filter((entry) => !this.#isTired(entry, error))
      if (isAboutData(error) && batch.length > 1) return this.#settleOneByOne(batch)
      for (const entry of batch) this.#fail(entry, error)
      return []
    }
  }

  // An event that the database cannot take does not take its neighbours with it.
  async #settleOneByOne(batch: readonly Entry[]): Promise<readonly Entry[]> {
    const undecided: Entry[] = []
    for (const entry of batch) undecided.push(...(await this.#settle([entry])))
    return undecided
  }

  #answer(entry: Entry, outcome: Outcome | undefined): boolean {
    if (!outcome || outcome.kind === 'undecided') {
      return this.#isTired(entry, new Error('no outcome for a usage event'))
    }
    this.#turns.leave(entry, (key) => isUsedUp(key, outcome))
    entry.resolve(outcome)
    return true
  }

  #isTired(entry: Entry, reason: Error): boolean {
    entry.rounds++
    if (entry.rounds < mostRounds) return false
    this.#fail(entry, reason)
    return true
  }

  #fail(entry: Entry, error: unknown): void {
    this.#turns.leave(entry, () => false)
    entry.reject(error)
  }
}

/** Nothing was written and the same batch can be written in a moment. */
function isPassing(error: unknown): error is Error {
  return error instanceof KeyTakenMeanwhile || sqlState(error) === '40P01' || sqlState(error) === '40001'
}

/** The classes of wrong values and violated constraints. */
function isAboutData(error: unknown): boolean {
  return /^2[23]/.test(sqlState(error))
}

function sqlState(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

function keysOf({ event, request }: Candidate): string[] {
  return [
    ...(event.idempotencyKey === null ? [] : [`body ${event.idempotencyKey}`]),
    ...(request === null ? [] : [`request ${request.key}`]),
  ]
}

function isUsedUp(key: string, outcome: Outcome): boolean {
  switch (outcome.kind) {
    case 'recorded':
      return true
    case 'duplicate':
      return key.startsWith('body ')
    case 'replay':
    case 'mismatch':
      return key.startsWith('request ')
    default:
      return false
  }
}
