import { existsSync, mkdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Binaries, locateBinaries, type SystemUser } from './bundled-binaries.ts'
import { BundledPostgresError } from './bundled-error.ts'
import { createCluster } from './bundled-initdb.ts'

/** One PostgreSQL data directory, and how its server is run. */
export type Cluster = {
  /** `<data directory>/postgres`, without symbolic links. */
  directory: string
  binaries: Binaries
  /** `<data directory>/postgres.log`: what the server itself has to say. */
  logFile: string
  /** Set when Halley is root: PostgreSQL refuses to be. */
  runAs: SystemUser | undefined
  /** False only for throw-away databases of tests: an operating system crash may then lose everything. */
  isDurable: boolean
}

/** Finds the data directory of a cluster, or makes it: complete or not at all. */
export async function prepareCluster(dataDirectory: string, isDurable: boolean): Promise<Cluster> {
  mkdirSync(dataDirectory, { recursive: true, mode: 0o711 })
  const parent = realpathSync(dataDirectory)
  const directory = join(parent, 'postgres')
  const runAs = serverUser(directory)
  const logFile = join(parent, 'postgres.log')
  const cluster = { directory, logFile, binaries: locateBinaries(runAs), runAs, isDurable }
  if (!existsSync(join(directory, 'PG_VERSION'))) await createCluster(cluster, parent)
  checkVersion(cluster)
  return cluster
}

/** As root: the owner of the data directory when there is one, else `nobody`. */
function serverUser(directory: string): SystemUser | undefined {
  const own = process.getuid?.()
  const owner = existsSync(directory) ? statSync(directory) : undefined
  if (own !== 0) {
    if (own === undefined || !owner || owner.uid === own) return undefined
    throw new BundledPostgresError(
      `${directory} belongs to user ${owner.uid}, and this is user ${own}. Start Halley as the user it belongs to (as root, if root made it), or give it to this one (chown -R ${own} ${directory}).`,
    )
  }
  return owner && owner.uid !== 0 ? { uid: owner.uid, gid: owner.gid } : nobody()
}

function nobody(): SystemUser {
  const accounts = existsSync('/etc/passwd') ? readFileSync('/etc/passwd', 'utf8') : ''
  const [, uid, gid] = /^nobody:[^:]*:(\d+):(\d+):/m.exec(accounts) ?? []
  return { uid: Number(uid ?? 65534), gid: Number(gid ?? 65534) }
}

function checkVersion({ directory, binaries }: Cluster): void {
  const found = Number(readFileSync(join(directory, 'PG_VERSION'), 'utf8'))
  if (found === binaries.major) return
  throw new BundledPostgresError(
    `${directory} was written by PostgreSQL ${found}, and this Halley brings PostgreSQL ${binaries.major}. Dump it with the Halley that wrote it and load the dump into an empty data directory.`,
  )
}
