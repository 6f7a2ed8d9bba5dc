import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { startBundledPostgres } from './bundled.ts'
import { endpointOf } from './bundled-endpoint.ts'

export type ThrowAwayPostgres = {
  /** Of an empty database; its user may create others. Valid for other processes of this machine too. */
  readonly url: string
  /** Ends the server and deletes its files. Also happens by itself when this process ends, however it ends. */
  stop(): Promise<void>
}

/** Starts a bundled PostgreSQL for tests and tools: nothing is kept, and nothing waits for the disk. It lies in memory where there is plenty. */
export async function startThrowAwayPostgres(): Promise<ThrowAwayPostgres> {
  const dataDirectory = mkdtempSync(join(memoryDirectory() ?? tmpdir(), 'halley-throw-away-'))
  const dismissWatchman = postWatchman(dataDirectory)
  const server = await startBundledPostgres({ dataDirectory, isDurable: false })
  await allowCreatingDatabases(join(dataDirectory, 'postgres'))
  return {
    url: server.url,
    async stop() {
      await server.stop()
      rmSync(dataDirectory, { recursive: true, force: true })
      dismissWatchman()
    },
  }
}

const gigabyte = 2 ** 30

// A copy of the template takes a tenth of the time there. It counts as memory of this machine, or of its container.
function memoryDirectory(): string | undefined {
  if (process.platform !== 'linux' || process.availableMemory() < 6 * gigabyte) return undefined
  try {
    const { bavail, bsize } = statfsSync('/dev/shm')
    return bavail * bsize >= 4 * gigabyte ? '/dev/shm' : undefined
  } catch {
    return undefined
  }
}

/**
 * A small shell that ends the server and deletes its files as soon as this process is gone, also after SIGKILL: it
 * notices by the end of its input.
 */
function postWatchman(dataDirectory: string): () => void {
  if (process.platform === 'win32') return () => undefined
  const script = `
    cat > /dev/null
    pid=$(head -n 1 "$1/postgres/postmaster.pid" 2> /dev/null) && kill -QUIT "$pid"
    for i in 1 2 3 4 5 6 7 8 9 10; do rm -rf "$1" && break; sleep 0.2; done`
  const watchman = spawn('/bin/sh', ['-c', script, 'sh', dataDirectory], {
    detached: true,
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  watchman.unref()
  // A pipe, so that it has the methods of a socket.
  const input = watchman.stdin as unknown as { unref(): void; end(): void }
  input.unref()
  return () => input.end()
}

async function allowCreatingDatabases(clusterDirectory: string): Promise<void> {
  const client = new pg.Client({ ...endpointOf(clusterDirectory), user: 'postgres', database: 'postgres' })
  await client.connect()
  try {
    await client.query('alter role halley createdb')
  } finally {
    await client.end()
  }
}
