import { setImmediate as endOfTurn } from 'node:timers/promises'
import type pg from 'pg'
import { openDatabase } from '#database/connect.ts'
import type { Db } from '#database/transaction.ts'
import { Limit } from '#jobs/limit.ts'
import { AccessReader } from '#metering/access-reader.ts'
import { recordEvents } from '#metering/actions/record-events.ts'
import { Beliefs } from '#metering/beliefs.ts'
import { TermsCache } from '#metering/terms-cache.ts'
import { UsageBatches } from '#metering/usage-batches.ts'
import type { Clock } from '#time/clock.ts'

/** What one process keeps for metering: readers, caches and the events that are on their way into the database. */
export type Metering = {
  readonly db: Db
  readonly machineNow: Clock
  readonly reader: AccessReader
  readonly beliefs: Beliefs
  readonly terms: TermsCache
  readonly batches: UsageBatches
  /** Parts of large requests on their way: more of them at once would only fill the memory. */
  readonly batchParts: Limit
  /** Lets everybody else have a turn. */
  otherTurns(): Promise<void>
  /** Waits until every event that was handed in has its answer, then closes the connections. */
  close(): Promise<void>
}

export type MeteringParts = {
  readonly db: Db
  /** Of the same database: the hot path has connections of its own, which nothing slow can take away. */
  readonly address: string | pg.PoolConfig
  readonly machineNow: Clock
}

/** Metering for one process. Several may work on one database: nothing that decides is kept in memory. */
export function createMetering({ db, address, machineNow }: MeteringParts): Metering {
  const connections = typeof address === 'string' ? { connectionString: address } : address
  const own = openDatabase(
    { ...connections, maxLifetimeSeconds: plansLiveSeconds },
    { max: mostConnections, settings: plansForFewRowsByKey },
  )
  const reader = new AccessReader(own.pool)
  const batches = new UsageBatches((orgId, candidates) => recordEvents(own, orgId, candidates, machineNow()))
  return {
    db,
    machineNow,
    reader,
    beliefs: new Beliefs(reader),
    // Never one of the connections on which transactions run: those may ask here for what they decide with.
    terms: new TermsCache(own.db),
    batches,
    batchParts: new Limit(mostBatchParts),
    otherTurns: () => endOfTurn(),
    async close() {
      await batches.flush()
      await own.close()
    },
  }
}

const mostConnections = 8
const mostBatchParts = 4
/** A new connection plans anew: an index that was as good as another on an empty table is soon chosen again. */
const plansLiveSeconds = 60

/**
 * The few statements of the hot path are prepared once and always enter their tables by key: planned for each call they would
 * cost more than they do, and planned by statistics they would be wrong whenever a table grows faster than its statistics.
 */
const plansForFewRowsByKey = {
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  // Joins run as they are written: an account is locked before the counters of its subscription.
  join_collapse_limit: '1',
}
