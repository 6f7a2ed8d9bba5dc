import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import type { Cluster } from './bundled-cluster.ts'
import { BundledPostgresError } from './bundled-error.ts'
import { forgetDeadServer, isServer, runningServerPid } from './bundled-process.ts'
import { serverArguments, spawnOptions } from './bundled-settings.ts'

/** Starting and ending the server process of a cluster. */

const pollMs = 10
const pauseBetweenStartsMs = 100
const startTimeoutMs = 5_000
const stopTimeoutMs = 60_000

/**
 * A function that sees to it that a server is on its way, to be called for as long as none answers. Failures are
 * forgiven for a while: the children of a server that was killed take a moment to notice, and keep others out.
 */
export function serverStarter(cluster: Cluster): () => ChildProcess {
  let child: ChildProcess | undefined
  let startedAt = 0
  let firstFailureAt: number | undefined
  return () => {
    const isOnItsWay = child?.pid !== undefined && child.exitCode === null && child.signalCode === null
    if (child && (isOnItsWay || performance.now() - startedAt < pauseBetweenStartsMs)) return child
    if (child && runningServerPid(cluster.directory) === undefined) {
      firstFailureAt ??= performance.now()
      if (performance.now() - firstFailureAt > startTimeoutMs) {
        throw new BundledPostgresError(`The bundled PostgreSQL does not start:\n${lastWords(cluster)}`)
      }
    }
    forgetDeadServer(cluster.directory)
    startedAt = performance.now()
    child = spawnServer(cluster)
    // That it could not be run at all shows as well by nobody answering.
    child.on('error', () => undefined)
    child.unref()
    return child
  }
}

function spawnServer(cluster: Cluster): ChildProcess {
  const log = openSync(cluster.logFile, 'w', 0o600)
  try {
    return spawn(cluster.binaries.postgres, serverArguments(cluster), {
      ...spawnOptions(cluster),
      // A group of its own: Ctrl-C is for Halley, which still needs its database to finish what it is doing.
      detached: true,
      stdio: ['ignore', log, log],
    })
  } finally {
    closeSync(log)
  }
}

function lastWords({ logFile }: Cluster): string {
  return readFileSync(logFile, 'utf8').trim().split('\n').slice(-10).join('\n')
}

/** Asks the server to end: sessions at once, everything written to disk. Does not wait, except on Windows. */
export function endServer(cluster: Cluster): void {
  if (process.platform === 'win32') {
    // There are no signals to ask with.
    spawnSync(cluster.binaries.pgCtl, ['stop', '-m', 'fast', '-D', cluster.directory], { stdio: 'ignore' })
  } else {
    signalServer(cluster, 'SIGINT')
  }
}

function signalServer({ directory }: Cluster, signal: NodeJS.Signals): void {
  const pid = runningServerPid(directory)
  if (pid === undefined) return
  try {
    process.kill(pid, signal)
  } catch {
    // It ended by itself in the meantime.
  }
}

/** Ends the server and waits; after a minute it has to end without the writing, which the next start catches up on. */
export async function stopServer(cluster: Cluster): Promise<void> {
  const pid = runningServerPid(cluster.directory)
  if (pid === undefined) return
  endServer(cluster)
  const deadline = performance.now() + stopTimeoutMs
  while (isServer(pid, cluster.directory)) {
    if (performance.now() > deadline) signalServer(cluster, 'SIGQUIT')
    await wait(pollMs)
  }
}
