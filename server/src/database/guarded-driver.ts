import assert from 'node:assert/strict'
import {
  type CompiledQuery,
  type DatabaseConnection,
  PostgresDialect,
  type PostgresDialectConfig,
  PostgresDriver,
  type QueryResult,
} from 'kysely'

/** A query was sent on a transaction that had already ended: something was not awaited. */
export class TransactionEndedError extends Error {
  override name = 'TransactionEndedError'
  constructor() {
    super('This transaction has already ended; a query sent now would run outside of it. Was a call not awaited?')
  }
}

/**
 * A pooled connection for the time of one transaction (or one query). Connections are reused, so without the lease a
 * forgotten `await` would run its statement outside the transaction, or inside somebody else's.
 */
class Lease implements DatabaseConnection {
  readonly connection: PooledConnection
  #isOver = false

  constructor(connection: PooledConnection) {
    this.connection = connection
  }

  end(): void {
    this.#isOver = true
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    if (this.#isOver) throw new TransactionEndedError()
    return this.connection.executeQuery<R>(query)
  }

  async *streamQuery<R>(query: CompiledQuery, chunkSize: number): AsyncIterableIterator<QueryResult<R>> {
    if (this.#isOver) throw new TransactionEndedError()
    yield* this.connection.streamQuery<R>(query, chunkSize)
  }
}

type PooledConnection = Parameters<PostgresDriver['releaseConnection']>[0]

// Beginning and savepoints are inherited: they only send statements, and a lease can do that.
class GuardedDriver extends PostgresDriver {
  override async acquireConnection(): Promise<DatabaseConnection> {
    return new Lease((await super.acquireConnection()) as PooledConnection)
  }

  override commitTransaction(lease: DatabaseConnection): Promise<void> {
    return super.commitTransaction(endLease(lease))
  }

  override async rollbackTransaction(lease: DatabaseConnection): Promise<void> {
    try {
      await super.rollbackTransaction(endLease(lease))
    } catch {
      // The connection is gone and with it the transaction; it is discarded on release. The error that led here is
      // the one worth reporting.
    }
  }

  override releaseConnection(lease: DatabaseConnection): Promise<void> {
    return super.releaseConnection(endLease(lease))
  }
}

function endLease(lease: DatabaseConnection): PooledConnection {
  assert(lease instanceof Lease)
  lease.end()
  return lease.connection
}

/** Kysely's PostgreSQL dialect with connections that refuse queries once their transaction has ended. */
export class GuardedPostgresDialect extends PostgresDialect {
  readonly #config: PostgresDialectConfig

  constructor(config: PostgresDialectConfig) {
    super(config)
    this.#config = config
  }

  override createDriver(): PostgresDriver {
    return new GuardedDriver(this.#config)
  }
}
