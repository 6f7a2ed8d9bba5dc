const lockNotAvailable = '55P03'

/**
 * Whether a request failed because the database has too much to do: every connection of the pool was taken for as long as one waits
 * for it, or others held a row for as long as one waits for a lock.
 */
export function isOverloaded(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  // The pool has no code for it.
  return (
    error.message === 'timeout exceeded when trying to connect' || ('code' in error && error.code === lockNotAvailable)
  )
}
