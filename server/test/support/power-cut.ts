import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import { type Database, openDatabase } from '#database/connect.ts'

/** The process is gone as far as its database can tell. */
export class PowerCut extends Error {
  override readonly name = 'PowerCut'
}

export type CutDatabase = Database & {
  /** Whether the cut has come: false when the work ended before that many statements. */
  readonly isCut: () => boolean
}

/** What sessions that are about to be cut call themselves. */
export const cutName = 'power-cut'

/** Waits until the server has noticed the cut: its sessions keep their locks until then. */
export async function cutSessionsEnded(pool: pg.Pool, name = cutName): Promise<void> {
  const left = 'select from pg_stat_activity where datname = current_database() and application_name = $1'
  while (((await pool.query(left, [name])).rowCount ?? 0) > 0) await wait(5)
}

/**
 * A database whose connections all break at the n-th statement (counted over all of them; begin and commit are statements
 * too): just before it is sent, or after the server has carried it out and before anybody hears of it.
 */
export function cutAtStatement(url: string, n: number, side: 'before' | 'after'): CutDatabase {
  const database = openDatabase({ connectionString: url, allowExitOnIdle: true }, { max: 4, applicationName: cutName })
  const clients = new Set<pg.PoolClient>()
  let statements = 0
  let isCut = false
  const cut = () => {
    isCut = true
    for (const client of clients) socketOf(client).destroy()
    throw new PowerCut()
  }
  database.pool.on('connect', (client) => {
    clients.add(client)
    const send = client.query.bind(client) as (...parameters: unknown[]) => Promise<unknown>
    const counted = async (...parameters: unknown[]) => {
      if (isCut) throw new PowerCut()
      const isTheOne = ++statements === n
      if (isTheOne && side === 'before') cut()
      const result = await send(...parameters)
      if (isTheOne) cut()
      return result
    }
    Object.assign(client, { query: counted })
  })
  return { ...database, isCut: () => isCut }
}

// `pg` gives no public way to lose a connection without a word to the server.
function socketOf(client: pg.PoolClient): { destroy(): void } {
  return (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream
}
