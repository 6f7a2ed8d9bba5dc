import assert from 'node:assert/strict'
import { StaleOrganisation } from '#http/operation.ts'
import { type Tracked, trackUsage, type UsageReport } from '#metering/actions/track-usage.ts'
import type { Metering } from '#metering/metering.ts'
import type { Context } from '#organisations/org.ts'
import { findOrg } from '#organisations/sides.store.ts'
import { Problem } from '#problem.ts'
import { utcDay } from '#time/period.ts'

/** What became of one event of a batch. */
export type BatchEntry = Tracked | Problem

/** How one event of a request is read; throws a Problem. */
type ReadReport = (given: unknown) => UsageReport

// As many are decided on at a time, while those before them are on their way to the disk.
const decidedAtOnce = 200
// The catalogue, a key or the clock can change a few times while a batch is recorded, hardly more often.
const mostRounds = 20

/**
 * Records many uses, each as if it had come alone: refusals are answers. The answers are in the order of the events. Where the request has an
 * Idempotency-Key every event gets one of its own from it, so that a repeat answers what it recorded. When the outcome of any
 * event is unknown (a lost connection), the whole request fails and can be repeated.
 */
export async function trackUsageBatch(
  metering: Metering,
  context: Context,
  events: readonly unknown[],
  read: ReadReport,
): Promise<BatchEntry[]> {
  const side = new CurrentSide(metering, context)
  const byOwnKey = new Map<string, Promise<BatchEntry>>()
  const entries: Promise<BatchEntry>[] = []
  const begin = (given: unknown): Promise<BatchEntry> => {
    const entry = recordOne(side, byOwnKey, entries.length, readOrRefuse(given, read))
    entries.push(entry)
    return entry
  }
  for (let at = 0; at < events.length; at += decidedAtOnce) {
    const some = events.slice(at, at + decidedAtOnce)
    // A failure is told at the end, by the entry itself.
    await metering.batchParts.start(async () => void (await Promise.allSettled(some.map(begin))))
    await metering.otherTurns()
  }
  await Promise.allSettled(entries)
  return Promise.all(entries)
}

// Of two events with one key the first one goes first.
function recordOne(
  side: CurrentSide,
  byOwnKey: Map<string, Promise<BatchEntry>>,
  index: number,
  report: UsageReport | Problem,
): Promise<BatchEntry> {
  if (report instanceof Problem) return Promise.resolve(report)
  const ownKey = report.idempotencyKey
  if (ownKey === undefined) return side.record(index, report)
  const entry = recordAfter(byOwnKey.get(ownKey), side, index, report)
  byOwnKey.set(ownKey, entry)
  return entry
}

function readOrRefuse(given: unknown, read: ReadReport): UsageReport | Problem {
  try {
    return read(given)
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
}

async function recordAfter(
  before: Promise<BatchEntry> | undefined,
  side: CurrentSide,
  index: number,
  report: UsageReport,
): Promise<BatchEntry> {
  if (before) await before
  return side.record(index, report)
}

/** The organisation as it is while a batch is recorded: what changes meanwhile concerns only the events still to come. */
class CurrentSide {
  readonly #metering: Metering
  #context: Context

  constructor(metering: Metering, context: Context) {
    this.#metering = metering
    this.#context = context
  }

  async record(index: number, report: UsageReport): Promise<BatchEntry> {
    for (let round = 0; round < mostRounds; round++) {
      const context = this.#context
      try {
        return await trackUsage(this.#metering, { ...context, idempotency: keyOf(context, index) }, report)
      } catch (error) {
        if (error instanceof Problem) return error
        if (!(error instanceof StaleOrganisation)) throw error
        if (this.#context === context) await this.#renew(context)
      }
    }
    throw new Error('the organisation changes faster than a batch of usage can be recorded')
  }

  async #renew(context: Context): Promise<void> {
    const org = await findOrg(this.#metering.db, context.org.id)
    assert(org, 'the side of a request exists')
    const now = org.simulatedTime ?? this.#metering.machineNow()
    this.#context = { ...context, org, now, today: utcDay(now) }
  }
}

// No header can contain a line break: an event's key is never a request's.
function keyOf({ idempotency }: Context, index: number): Context['idempotency'] {
  return idempotency && { key: `${idempotency.key}\n${index}`, fingerprint: idempotency.fingerprint }
}
