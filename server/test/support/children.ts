import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { sweepAttempts } from '#payments/actions/sweep-attempts.ts'
import { sweepRefunds } from '#payments/actions/sweep-refunds.ts'
import { machineNow } from '#time/clock.ts'
import { type Moment, type Order, sessionsOf } from './child-order.ts'
import { cutSessionsEnded } from './power-cut.ts'
import { type Answer, testSecret, type World } from './world.ts'

/** A Halley in a process of its own, beside the world's. */
export type Child = {
  readonly url: string
  readonly isAlive: () => boolean
  /** Kills it where it stands, if it still does, and waits until its database has noticed. */
  kill(): Promise<void>
  /** Waits until it has died by itself where its order said. */
  died(): Promise<void>
}

const running = new Set<ChildProcess>()

/** Kills what is still there: for the end of a test, also of one that failed. */
export function killChildren(): void {
  for (const child of running) child.kill('SIGKILL')
  running.clear()
}

/** Starts a Halley on a world's database and waits until it listens. */
export async function startChild(
  { database }: Pick<World, 'database'>,
  order: Omit<Order, 'url' | 'secret'>,
): Promise<Child> {
  const file = join(import.meta.dirname, '..', 'crash', 'halley-child.ts')
  const complete: Order = { ...order, url: database.url, secret: testSecret }
  const child = spawn(process.execPath, [file, JSON.stringify(complete)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  running.add(child)
  const exited = once(child, 'exit')
  const gone = async (): Promise<unknown[]> => {
    const [code, signal] = await exited
    running.delete(child)
    await cutSessionsEnded(database.pool, sessionsOf(child.pid))
    return [code, signal]
  }
  const [line] = await Promise.race([once(child.stdout, 'data'), exited])
  return {
    url: String(line).trim(),
    isAlive: () => child.exitCode === null && child.signalCode === null,
    kill: async () => {
      child.kill('SIGKILL')
      await gone()
    },
    died: async () => {
      const [, signal] = await gone()
      assert.equal(signal, 'SIGKILL', `the process dies at ${order.crashAt}`)
    },
  }
}

/** A POST to the API of the sandbox, below `/api/v1`. */
export type Post = { readonly path: string; readonly body?: unknown; readonly key?: string; readonly isPage?: boolean }

/** Asks a process of its own, which dies at this moment, and waits until it is gone. */
export async function postAndCrash(
  world: World,
  crashAt: Moment,
  { path, body = {}, key, isPage = false }: Post,
): Promise<void> {
  const child = await startChild(world, { role: 'api', crashAt })
  const request = fetch(`${child.url}${isPage ? '' : '/api/v1'}${path}`, {
    method: 'POST',
    headers: {
      'x-api-key': world.sandboxKey,
      'content-type': 'application/json',
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
    body: JSON.stringify(body),
  })
  await assert.rejects(request)
  await child.died()
}

/** The same request again, as the client sends it that never got an answer. */
export async function postAgain(world: World, { path, body = {}, key }: Post): Promise<Answer> {
  // Whoever died has held the request for as long as it might still have been alive.
  await world.database.pool.query(
    "update idempotency_key set running_until = now() - interval '1 second' where state = 'running'",
  )
  return world.request('POST', `/api/v1${path}`, {
    body,
    ...(key === undefined ? {} : { headers: { 'idempotency-key': key } }),
  })
}

/**
 * Lets sweepers look at once at charges that the dead left behind, and at what was told and waits: the first look comes after half a
 * minute. What somebody has in hand is passed over.
 */
export async function lookAtOnce({ pool }: Pick<World['database'], 'pool'>): Promise<void> {
  await pool.query(
    `update payment_transaction set look_again_at = now() - interval '1 minute' where id in (
       select id from payment_transaction where state = 'started' and started_at < now() - interval '2 seconds'
       for update skip locked
     )`,
  )
  await pool.query(
    `update provider_event set look_again_at = now() - interval '1 minute'
     where look_again_at is not null and received_at < now() - interval '2 seconds'`,
  )
}

/** The sweepers as they come by some minutes later. */
export async function sweepLater(world: World): Promise<void> {
  const later = { ...world.app.services, machineNow: () => machineNow().add({ minutes: 10 }) }
  assert.deepEqual((await sweepAttempts(later, 100)).troubled, [])
  assert.deepEqual((await sweepRefunds(later, 100)).troubled, [])
}
