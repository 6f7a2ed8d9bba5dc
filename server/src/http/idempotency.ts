import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { Db, Tx } from '#database/transaction.ts'
import { Problem } from '#problem.ts'

/** A finished answer: what is sent and what a replay sends again. */
export type StoredAnswer = { readonly status: number; readonly body: string }

/** An Idempotency-Key with what tells the same request from another one. */
export type RequestKey = { readonly key: string; readonly fingerprint: Buffer }

const keyForm = /^[\x20-\x7e]{1,255}$/
/** How long a second request waits for the first one's answer. */
export const waitMs = 10_000
const stagedLeaseSeconds = 120
const lockNotAvailable = '55P03'

/** Reads the header. 422 when it is not 1–255 printable ASCII characters. */
export function requestKey(header: string | undefined, method: string, path: string, body: string): RequestKey | null {
  if (header === undefined) return null
  if (!keyForm.test(header)) {
    const message = 'Must be 1 to 255 printable ASCII characters.'
    throw new Problem('validation_error', `Idempotency-Key: ${message}`, {
      param: 'Idempotency-Key',
      details: [{ field: 'Idempotency-Key', message }],
    })
  }
  return { key: header, fingerprint: createHash('sha256').update(`${method}\n${path}\n${body}`).digest() }
}

/**
 * Reserves the key inside the transaction of the effect. Returns the stored answer when there is one. A request with the same
 * key that is still running holds the row: this one waits for its end (the session's lock timeout), then
 * 409 `idempotency_in_progress`.
 */
export async function reserve(
  tx: Tx,
  orgId: string,
  request: RequestKey,
  now: Temporal.Instant,
): Promise<StoredAnswer | null> {
  if (await waitToInsert(tx, orgId, request, now)) return null
  const row = await find(tx, orgId, request)
  if (!row) throw inProgress()
  if (row.state === 'running') throw inProgress()
  return answerOf(row)
}

// PostgreSQL makes the second insert wait for the first one's transaction; past the lock timeout it gives up.
async function waitToInsert(tx: Tx, orgId: string, request: RequestKey, now: Temporal.Instant): Promise<boolean> {
  try {
    return await insertRunning(tx, orgId, request, now, null)
  } catch (error) {
    if ((error as { code?: string }).code === lockNotAvailable) throw inProgress()
    throw error
  }
}

/** Stores the answer beside the effect. */
export async function complete(tx: Tx, orgId: string, request: RequestKey, answer: StoredAnswer): Promise<void> {
  await tx
    .updateTable('idempotency_key')
    .set({ state: 'done', status: answer.status, body: answer.body, running_until: null })
    .where('org_id', '=', orgId)
    .where('key', '=', request.key)
    .execute()
}

/**
 * Reserves the key for an operation that commits in stages. A key left behind by a crash may be taken over when its lease
 * has run out: staged operations continue from their own rows.
 */
export async function reserveStaged(
  db: Db,
  orgId: string,
  request: RequestKey,
  now: () => Temporal.Instant,
): Promise<StoredAnswer | null> {
  const giveUpAt = performance.now() + waitMs
  for (;;) {
    const lease = now().add({ seconds: stagedLeaseSeconds })
    if (await insertRunning(db, orgId, request, now(), lease)) return null
    const row = await find(db, orgId, request)
    if (row?.state === 'done') return answerOf(row)
    if (
      row?.running_until &&
      Temporal.Instant.compare(row.running_until, now()) < 0 &&
      (await takeOver(db, orgId, request, now(), lease))
    ) {
      return null
    }
    if (performance.now() > giveUpAt) throw inProgress()
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Ends a staged reservation: stores the answer, or forgets the key after a failure that may be tried again. */
export async function completeStaged(
  db: Db,
  orgId: string,
  request: RequestKey,
  answer: StoredAnswer | null,
): Promise<void> {
  if (answer) {
    await db
      .updateTable('idempotency_key')
      .set({ state: 'done', status: answer.status, body: answer.body, running_until: null })
      .where('org_id', '=', orgId)
      .where('key', '=', request.key)
      .execute()
    return
  }
  await db
    .deleteFrom('idempotency_key')
    .where('org_id', '=', orgId)
    .where('key', '=', request.key)
    .where('state', '=', 'running')
    .execute()
}

/** Forgets keys older than a day. */
export async function deleteOldKeys(db: Db, before: Temporal.Instant): Promise<void> {
  await db.deleteFrom('idempotency_key').where('created_at', '<', before).execute()
}

async function insertRunning(
  db: Db,
  orgId: string,
  request: RequestKey,
  now: Temporal.Instant,
  until: Temporal.Instant | null,
): Promise<boolean> {
  const result = await sql`
    insert into idempotency_key (org_id, key, fingerprint, state, running_until, created_at)
    values (${orgId}, ${request.key}, ${request.fingerprint}, 'running', ${until}, ${now})
    on conflict (org_id, key) do nothing`.execute(db)
  return result.numAffectedRows === 1n
}

async function takeOver(
  db: Db,
  orgId: string,
  request: RequestKey,
  now: Temporal.Instant,
  until: Temporal.Instant,
): Promise<boolean> {
  const result = await db
    .updateTable('idempotency_key')
    .set({ running_until: until })
    .where('org_id', '=', orgId)
    .where('key', '=', request.key)
    .where('state', '=', 'running')
    .where('running_until', '<', now)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

async function find(db: Db, orgId: string, request: RequestKey) {
  const row = await db
    .selectFrom('idempotency_key')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('key', '=', request.key)
    .executeTakeFirst()
  if (row && !request.fingerprint.equals(row.fingerprint)) {
    throw new Problem(
      'idempotency_key_mismatch',
      'This Idempotency-Key was used for a different request. Use a new key for a new request.',
    )
  }
  return row
}

function answerOf(row: { status: number | null; body: string | null }): StoredAnswer {
  return { status: row.status ?? 200, body: row.body ?? '' }
}

function inProgress(): Problem {
  return new Problem(
    'idempotency_in_progress',
    'A request with this Idempotency-Key is still running. Ask again in a moment.',
  )
}
