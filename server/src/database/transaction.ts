import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import type { IsolationLevel, Transaction } from 'kysely'
import type { Db } from './connect.ts'
import type { Tables } from './tables.generated.ts'

export type { Db } from './connect.ts'
export type Tx = Transaction<Tables>

export type TransactionOptions = {
  /** Default: read committed. */
  isolation?: IsolationLevel
  readOnly?: boolean
  /** How often the work is tried before a serialisation failure or deadlock is reported (default 5). */
  attempts?: number
  /** Told before each new attempt, for metrics. */
  onRetry?: (sqlState: string, attempt: number) => void
}

/** `inTransaction` was called by work that is inside a transaction already. */
export class NestedTransactionError extends Error {
  override name = 'NestedTransactionError'
  constructor() {
    super('A transaction is open already: pass its tx on instead of beginning another.')
  }
}

type Scope = { isOpen: boolean }
const currentScope = new AsyncLocalStorage<Scope>()

const serialisationFailure = '40001'
const deadlockDetected = '40P01'

/**
 * Runs the work in one transaction and commits when it returns. Any error rolls back and is thrown on; a serialisation
 * failure or a deadlock, from any statement or from the commit, runs the *whole* work again, so the work may do
 * nothing that a rollback does not undo. A connection lost during the commit is thrown on, never retried: whether the
 * transaction took place is then unknown.
 */
export async function inTransaction<T>(
  db: Db,
  work: (tx: Tx) => Promise<T>,
  options: TransactionOptions = {},
): Promise<T> {
  assertOutsideTransaction()
  const attempts = options.attempts ?? 5
  for (let attempt = 1; ; attempt++) {
    try {
      return await runOnce(db, work, options)
    } catch (error) {
      const sqlState = retryableState(error)
      if (sqlState === undefined || attempt >= attempts) throw error
      options.onRetry?.(sqlState, attempt)
      await wait(retryDelayMs(attempt))
    }
  }
}

/** Throws where a transaction is open: for work that must be on its own, whoever calls. */
export function assertOutsideTransaction(): void {
  if (currentScope.getStore()?.isOpen) throw new NestedTransactionError()
}

async function runOnce<T>(db: Db, work: (tx: Tx) => Promise<T>, options: TransactionOptions): Promise<T> {
  let builder = db.transaction()
  if (options.isolation) builder = builder.setIsolationLevel(options.isolation)
  if (options.readOnly) builder = builder.setAccessMode('read only')
  const scope: Scope = { isOpen: true }
  try {
    return await currentScope.run(scope, () => builder.execute(work))
  } finally {
    scope.isOpen = false
  }
}

function retryableState(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === serialisationFailure || code === deadlockDetected ? code : undefined
}

/** Doubling, and random so that two that collided do not collide again. */
function retryDelayMs(attempt: number): number {
  return 5 * 2 ** attempt * (0.5 + Math.random())
}
