import assert from 'node:assert/strict'
import { type Db, inTransaction, type Tx } from '#database/transaction.ts'
import { tellExhausted } from '#metering/actions/tell-exhausted.ts'
import { HasToTell, writeEvents, writeEventsIn } from '#metering/record-events.store.ts'
import type { Candidate, Outcome } from '#metering/usage-event.ts'

/**
 * Records events of one organisation in one durable step; each gets its own outcome, in their order. Two events of a batch
 * may not claim the same unused key. `recordedAt` is machine time. A batch that ends somebody's usage is rare, and the only
 * one that takes more than one statement: its first try writes nothing.
 */
export async function recordEvents(
  { pool, db }: { readonly pool: Parameters<typeof writeEvents>[0]; readonly db: Db },
  orgId: string,
  candidates: readonly Candidate[],
  recordedAt: Temporal.Instant,
): Promise<readonly Outcome[]> {
  try {
    return await writeEvents(pool, orgId, candidates, recordedAt)
  } catch (error) {
    if (!(error instanceof HasToTell)) throw error
    return inTransaction(db, (tx) => recordEventsIn(tx, orgId, candidates, recordedAt))
  }
}

/**
 * The same inside a transaction that has more to do than to record: what it writes besides counts for the statement, and an
 * outcome that is not wanted is undone by rolling back. Thresholds that are passed are told in it.
 */
export async function recordEventsIn(
  tx: Tx,
  orgId: string,
  candidates: readonly Candidate[],
  recordedAt: Temporal.Instant,
): Promise<readonly Outcome[]> {
  const outcomes = await writeEventsIn(tx, orgId, candidates, recordedAt)
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.kind !== 'recorded' || outcome.exhausts === null) continue
    const candidate = candidates[index]
    assert(candidate)
    await tellExhausted(tx, orgId, candidate, outcome.exhausts)
  }
  return outcomes
}
