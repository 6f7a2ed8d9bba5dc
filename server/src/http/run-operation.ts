import assert from 'node:assert/strict'
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import * as z from 'zod'
import { type Db, inTransaction, type Tx } from '#database/transaction.ts'
import { type CursorScope, writeCursor } from '#http/cursor.ts'
import { failureBody, listText, successText } from '#http/envelope.ts'
import {
  complete,
  completeStaged,
  type RequestKey,
  reserve,
  reserveStaged,
  type StoredAnswer,
} from '#http/idempotency.ts'
import { Answer, type Page, type Route, statuses } from '#http/operation.ts'
import type { ApiVersion } from '#http/versions/registry.ts'
import { translationFor } from '#http/versions/translate.ts'
import type { Context } from '#organisations/org.ts'
import { isPassing, Problem } from '#problem.ts'

/** What running an operation needs besides the request. */
export type Runner = {
  readonly db: Db
  readonly secret: Buffer
  readonly machineNow: () => Temporal.Instant
  /** Told of broken promises that the caller need not suffer from; tests throw. */
  readonly alarm: (error: Error) => void
}

export type Call = {
  readonly route: Route
  readonly context: Context
  readonly input: { params: unknown; query: unknown; body: unknown }
  readonly version: ApiVersion
  readonly key: RequestKey | null
}

export type Outcome = StoredAnswer & { readonly replayed: boolean }

/** Runs an operation in the way of its kind and gives the finished answer. Refusals that may not be stored are thrown. */
export async function runOperation(runner: Runner, call: Call): Promise<Outcome> {
  const { operation } = call.route
  if (operation.kind === 'write') return runWrite(runner, call)
  if (operation.kind === 'staged' && call.key) return runStaged(runner, call, call.key)
  return answer(runner, call, await handle(call, runner.db))
}

function handle(call: Call, handle: unknown): Promise<unknown> {
  return call.route.handler(handle as never, call.context, call.input as never)
}

async function runWrite(runner: Runner, call: Call): Promise<Outcome> {
  const { key } = call
  const orgId = call.context.org.id
  return inTransaction(runner.db, async (tx) => {
    if (!key) return answer(runner, call, await handle(call, tx))
    const stored = await reserve(tx, orgId, key, runner.machineNow())
    if (stored) return replay(runner, call, stored)
    await sql`savepoint effect`.execute(tx)
    const outcome = await refusalsAsAnswers(runner, call, async () => answer(runner, call, await handle(call, tx)))
    if (outcome.status >= 400) await sql`rollback to savepoint effect`.execute(tx)
    await complete(tx, orgId, key, seal(runner, call, outcome))
    return outcome
  })
}

async function runStaged(runner: Runner, call: Call, key: RequestKey): Promise<Outcome> {
  const orgId = call.context.org.id
  const stored = await reserveStaged(runner.db, orgId, key, runner.machineNow)
  if (stored) return replay(runner, call, stored)
  try {
    const outcome = await refusalsAsAnswers(runner, call, async () =>
      answer(runner, call, await handle(keeping(runner, call, key), runner.db)),
    )
    await completeStaged(runner.db, orgId, key, seal(runner, call, outcome))
    return outcome
  } catch (error) {
    await completeStaged(runner.db, orgId, key, null)
    throw error
  }
}

// What needs nobody else's server after all is one transaction, and keeps its answer in it as a write does.
function keeping(runner: Runner, call: Call, key: RequestKey): Call {
  // A context knows of no database: whoever keeps an answer hands in the transaction of the effect.
  const keep = (tx: object, data: unknown) =>
    complete(tx as Tx, call.context.org.id, key, seal(runner, call, answer(runner, call, data)))
  return { ...call, context: { ...call.context, idempotency: { ...key, keep } } }
}

// A refusal is an answer like any other and is stored with its key; what says "not now" and bugs are not.
async function refusalsAsAnswers(runner: Runner, call: Call, work: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Problem) || isPassing(error)) throw error
    checkDeclared(runner, call, error)
    return {
      status: error.status,
      body: JSON.stringify(failureBody(error, call.context.links.errorPage(error.code))),
      replayed: false,
    }
  }
}

const everywhere = new Set([
  'validation_error',
  'unauthorized',
  'forbidden',
  'rate_limited',
  'internal_error',
  'overloaded',
  'invalid_json',
  'not_found',
])

/**
 * A code that the operation does not name is a bug: the reference would not tell the caller of it. The caller gets the refusal
 * all the same; whoever runs the server gets the alarm.
 */
export function checkDeclared(runner: Pick<Runner, 'alarm'>, { route }: Pick<Call, 'route'>, { code }: Problem): void {
  const { id, problems } = route.operation
  if (everywhere.has(code) || code.startsWith('idempotency_') || problems.includes(code)) return
  runner.alarm(new Error(`${id} refused with ${code}, which its definition does not name`))
}

function answer(runner: Runner, call: Call, output: unknown): Outcome {
  const { operation } = call.route
  const { data, status, replayed } =
    output instanceof Answer ? output : { data: output, status: operation.status, replayed: false }
  assert(statuses(operation).includes(status), `${operation.id} answers with a status its definition does not name`)
  const page = operation.list ? (data as Page<unknown>) : null
  const encoded: unknown = z.encode(operation.data, (page ? page.items : data) as never)
  const translated = translationFor(call.version, operation.id)?.response?.(encoded) ?? encoded
  const text = JSON.stringify(translated)
  if (!page) return { status, body: successText(text), replayed }
  const next = page.next === null ? null : writeCursor(runner.secret, cursorScope(call), page.next)
  return { status, body: listText(text, next), replayed }
}

/** What a cursor of this call is signed for. */
export function cursorScope(call: Pick<Call, 'route' | 'context' | 'input'>): CursorScope {
  return {
    operationId: call.route.operation.id,
    orgId: call.context.org.id,
    filters: (call.input.query ?? {}) as Record<string, unknown>,
  }
}

// An answer that shows a secret once is kept only encrypted, so that the database never holds the secret itself.
function seal(runner: Runner, call: Call, outcome: StoredAnswer): StoredAnswer {
  if (!call.route.operation.secret) return outcome
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', runner.secret.subarray(0, 32), iv)
  const text = Buffer.concat([cipher.update(outcome.body, 'utf8'), cipher.final()])
  return { status: outcome.status, body: Buffer.concat([iv, cipher.getAuthTag(), text]).toString('base64') }
}

function replay(runner: Runner, call: Call, stored: StoredAnswer): Outcome {
  if (!call.route.operation.secret) return { ...stored, replayed: true }
  const bytes = Buffer.from(stored.body, 'base64')
  const decipher = createDecipheriv('aes-256-gcm', runner.secret.subarray(0, 32), bytes.subarray(0, 12))
  decipher.setAuthTag(bytes.subarray(12, 28))
  const body = Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8')
  return { status: stored.status, body, replayed: true }
}
