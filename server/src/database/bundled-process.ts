import { readFileSync, readlinkSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Whether a process with this id exists (a permission error means that it does). */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** The files in which a server leaves its process id, so that no second one starts. */
const lockFiles = ['postmaster.pid', '.s.PGSQL.5432.lock'] as const
/** A younger lock file may belong to a server in another container, whose processes cannot be seen from here. */
const youngestDeadMs = 2_000

/** The process id in `postmaster.pid`, whether or not that process still lives. */
export function recordedServerPid(directory: string): number | undefined {
  return pidIn(join(directory, 'postmaster.pid'))
}

function pidIn(file: string): number | undefined {
  const pid = Number.parseInt(textOf(file), 10)
  return Number.isSafeInteger(pid) && pid > 1 ? pid : undefined
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    // It does not exist, or ceased to a moment ago.
    return ''
  }
}

/**
 * Removes what a server that is no more left behind. PostgreSQL itself stays away as long as *any* process has the
 * recorded id: a stranger after a reboot or in a new container, or the dead server where nobody buries the dead.
 */
export function forgetDeadServer(directory: string): void {
  for (const file of lockFiles.map((name) => join(directory, name))) {
    const pid = pidIn(file)
    if (pid === undefined || isServer(pid, directory)) continue
    const age = Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0)
    if (age > youngestDeadMs) rmSync(file, { force: true })
  }
}

/** The process id of the server that runs on this data directory. */
export function runningServerPid(directory: string): number | undefined {
  const pid = recordedServerPid(directory)
  return pid !== undefined && isServer(pid, directory) ? pid : undefined
}

/**
 * Whether this process is the server of the data directory. Process ids are reused, and in containers soon: where the
 * system can tell, the process has to work in the directory (and one that has ended but is still listed does not).
 */
export function isServer(pid: number, directory: string): boolean {
  if (!isRunning(pid)) return false
  return process.platform !== 'linux' || workingDirectory(pid) === directory
}

function workingDirectory(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return undefined
  }
}
