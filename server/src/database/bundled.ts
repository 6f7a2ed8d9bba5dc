import type { ChildProcess } from 'node:child_process'
import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { type Cluster, prepareCluster } from './bundled-cluster.ts'
import { endpointOf, endpointUrl } from './bundled-endpoint.ts'
import {
  connectKeeper,
  endLeftBehindSessions,
  ensureDatabase,
  isConnectionLost,
  type Keeper,
  letProcessEnd,
  lockDataDirectory,
} from './bundled-keeper.ts'
import { recordedServerPid, runningServerPid } from './bundled-process.ts'
import { endServer, serverStarter, stopServer } from './bundled-server.ts'
import { clusterName } from './bundled-settings.ts'

export type BundledPostgres = {
  /** For `openDatabase`. On a socket whose path is too long for the system it is valid in this process only. */
  readonly url: string
  /** True when a server that a killed Halley had left behind was taken over. */
  readonly isAdopted: boolean
  /** Process id of the server, for reports and tests. */
  readonly serverPid: number | undefined
  /** Ends every session, writes everything to disk and waits for the server's end. */
  stop(): Promise<void>
}

export type BundledOptions = {
  /** Halley's data directory; the database is kept in `postgres` below it. */
  dataDirectory: string
  /** False only for throw-away databases of tests. */
  isDurable?: boolean
  /** Told when the server is lost for good, or another Halley has it: this process cannot go on. */
  onLost?: (error: Error) => void
}

type Hold = { keeper: Keeper; isAdopted: boolean }

const firstPauseMs = 10
const longestPauseMs = 250

/** The address of the bundled database of a data directory that a Halley is serving. Connects to nothing. */
export function bundledUrl(dataDirectory: string): string {
  return endpointUrl(endpointOf(join(realpathSync(dataDirectory), 'postgres')), 'halley', 'halley')
}

/**
 * Starts the PostgreSQL that comes with Halley on a data directory, which is made when it does not exist. A server left
 * behind by a killed Halley is adopted, or restarted when this Halley would run it differently. Throws
 * `DataDirectoryInUseError` while another Halley uses the directory, and never disturbs that one's server.
 */
export async function startBundledPostgres(options: BundledOptions): Promise<BundledPostgres> {
  const cluster = await prepareCluster(options.dataDirectory, options.isDurable ?? true)
  const stopping = new AbortController()
  const hold = await takeOver(cluster, stopping.signal)

  // Also on an exit nobody planned; only SIGKILL leaves the server behind.
  const endWithProcess = () => endServer(cluster)
  process.once('exit', endWithProcess)
  keepHold(cluster, hold, stopping.signal, (error) => {
    process.off('exit', endWithProcess)
    options.onLost?.(error)
  })

  const stop = async () => {
    stopping.abort()
    await stopServer(cluster)
    process.off('exit', endWithProcess)
  }
  let stopped: Promise<void> | undefined
  return {
    url: bundledUrl(options.dataDirectory),
    isAdopted: hold.isAdopted,
    get serverPid() {
      return runningServerPid(cluster.directory)
    },
    stop() {
      stopped ??= stop()
      return stopped
    },
  }
}

/** When the keeper's connection ends, the server has ended (and is started again) or another Halley may have come. */
function keepHold(cluster: Cluster, { keeper }: Hold, stopping: AbortSignal, onLost: (error: Error) => void): void {
  keeper.once('end', async () => {
    try {
      keepHold(cluster, await takeOver(cluster, stopping), stopping, onLost)
    } catch (error) {
      if (!stopping.aborted) onLost(error as Error)
    }
  })
}

/** Gets a server running, whoever started it, and the directory's lock. */
async function takeOver(cluster: Cluster, stopping: AbortSignal): Promise<Hold> {
  const start = serverStarter(cluster)
  let child: ChildProcess | undefined
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 1.1, longestPauseMs)) {
    stopping.throwIfAborted()
    const keeper = await connectKeeper(cluster)
    if (keeper === 'no server') child = start()
    const hold = typeof keeper === 'object' ? await settle(cluster, keeper, child) : undefined
    if (hold) return hold
    await wait(pauseMs)
  }
}

/** Nothing when the server turned out to be ending, or had to be ended because it was run differently. */
async function settle(cluster: Cluster, keeper: Keeper, child: ChildProcess | undefined): Promise<Hold | undefined> {
  try {
    await lockDataDirectory(keeper, cluster.directory)
    const { rows } = await keeper.query('show cluster_name')
    if (rows[0]?.cluster_name !== clusterName(cluster)) {
      await stopServer(cluster)
      return undefined
    }
    const isAdopted = child?.pid !== recordedServerPid(cluster.directory)
    if (isAdopted) await endLeftBehindSessions(keeper)
    await ensureDatabase(keeper, endpointOf(cluster.directory))
    letProcessEnd(keeper)
    return { keeper, isAdopted }
  } catch (error) {
    if (!isConnectionLost(error)) throw error
    return undefined
  }
}
