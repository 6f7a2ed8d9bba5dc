import { spawn } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Cluster } from './bundled-cluster.ts'
import { endpointOf } from './bundled-endpoint.ts'
import { BundledPostgresError } from './bundled-error.ts'
import { isRunning } from './bundled-process.ts'
import { directoryArgument, spawnOptions } from './bundled-settings.ts'

/** Made beside its place and moved there when it is complete, so that a death in between leaves nothing half-made. */
export async function createCluster(cluster: Cluster, parent: string): Promise<void> {
  removeUnfinished(parent)
  const unfinished = join(parent, `postgres-unfinished-${process.pid}`)
  mkdirSync(unfinished, { mode: 0o700 })
  if (cluster.runAs) chownSync(unfinished, cluster.runAs.uid, cluster.runAs.gid)
  try {
    await initialise({ ...cluster, directory: unfinished }, passwordFileFor(cluster))
    renameSync(unfinished, cluster.directory)
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true })
    // Another Halley that starts at the same moment was faster; the lock decides later which of the two stays.
    if (!existsSync(join(cluster.directory, 'PG_VERSION'))) throw error
  }
}

/** Only where connections need a password at all. Stays beside the data, as the endpoint that repeats it does. */
function passwordFileFor({ directory }: Cluster): string | undefined {
  const password = process.platform === 'win32' ? endpointOf(directory).password : undefined
  if (!password) return undefined
  const file = `${directory}-password`
  writeFileSync(file, password, { mode: 0o600 })
  return file
}

function removeUnfinished(parent: string): void {
  for (const name of readdirSync(parent)) {
    const [, pid] = /^postgres-unfinished-(\d+)$/.exec(name) ?? []
    if (pid && (Number(pid) === process.pid || !isRunning(Number(pid))))
      rmSync(join(parent, name), { recursive: true, force: true })
  }
}

async function initialise(cluster: Cluster, passwordFile: string | undefined): Promise<void> {
  const parameters = [
    ...['-D', directoryArgument(cluster)],
    ...['--username', 'postgres', '--encoding', 'UTF8', '--no-instructions'],
    ...(passwordFile ? ['--auth', 'scram-sha-256', '--pwfile', passwordFile] : ['--auth', 'trust']),
    // The same order and case rules on every machine, whatever locales it has.
    ...['--locale', 'C', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8'],
    ...(cluster.isDurable ? [] : ['--no-sync']),
  ]
  const child = spawn(cluster.binaries.initdb, parameters, {
    ...spawnOptions(cluster),
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let output = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text))
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve)
  })
  if (status === 0) return
  const advice = output.includes('could not look up')
    ? ' PostgreSQL needs a user with a name: add one to /etc/passwd.'
    : ''
  throw new BundledPostgresError(
    `Could not create the bundled database in ${cluster.directory}: ${output.trim()}.${advice}`,
  )
}
