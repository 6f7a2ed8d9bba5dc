import { randomBytes, randomInt } from 'node:crypto'
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Where a bundled server listens: `host` is a directory, except on Windows. */
export type Endpoint = { host: string; port: number; password?: string }

const socketPort = 5432
/** Operating systems allow 104 to 108 bytes for the path of a socket. */
const longestSocketPath = 100
const shortDirectories = new Map<string, string>()

/** Sockets need no port and no password: the directory is closed to other users. */
export function endpointOf(clusterDirectory: string): Endpoint {
  if (process.platform === 'win32') return windowsEndpoint(clusterDirectory)
  return { host: socketDirectory(clusterDirectory), port: socketPort }
}

/** How a server is told to listen there. */
export function listenSettings(clusterDirectory: string): Record<string, string | number> {
  if (process.platform === 'win32') {
    const { host, port } = windowsEndpoint(clusterDirectory)
    return { listen_addresses: host, port }
  }
  return { listen_addresses: '', port: socketPort, unix_socket_directories: '.', unix_socket_permissions: '0700' }
}

export function endpointUrl({ host, port, password }: Endpoint, user: string, database: string): string {
  const account = password ? `${user}:${password}` : user
  if (!host.startsWith('/')) return `postgresql://${account}@${host}:${port}/${database}?sslmode=disable`
  return `postgresql://${account}@localhost/${database}?host=${encodeURIComponent(host)}&port=${port}&sslmode=disable`
}

/** Another name for the directory where its own would make the path of the socket too long. Valid in this process. */
function socketDirectory(directory: string): string {
  if (Buffer.byteLength(join(directory, `.s.PGSQL.${socketPort}`)) <= longestSocketPath) return directory
  const known = shortDirectories.get(directory)
  if (known) return known
  const short = process.platform === 'linux' ? `/proc/self/fd/${openSync(directory, 'r')}` : temporaryLink(directory)
  shortDirectories.set(directory, short)
  return short
}

function temporaryLink(directory: string): string {
  const parent = mkdtempSync(join(tmpdir(), 'halley-'))
  process.once('exit', () => rmSync(parent, { recursive: true, force: true }))
  symlinkSync(directory, join(parent, 's'))
  return join(parent, 's')
}

/** Node knows no Unix sockets on Windows: loopback, with a port and password chosen once and kept beside the data. */
function windowsEndpoint(directory: string): Endpoint {
  const file = `${directory}-endpoint.json`
  if (!existsSync(file)) {
    const endpoint = { host: '127.0.0.1', port: randomInt(20_000, 60_000), password: randomBytes(24).toString('hex') }
    writeFileSync(file, JSON.stringify(endpoint), { mode: 0o600 })
  }
  return JSON.parse(readFileSync(file, 'utf8'))
}
