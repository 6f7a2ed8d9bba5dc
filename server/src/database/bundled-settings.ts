import { createHash } from 'node:crypto'
import { totalmem } from 'node:os'
import type { Cluster } from './bundled-cluster.ts'
import { listenSettings } from './bundled-endpoint.ts'

/** As which user and where the programs of a cluster run; nothing of Halley's own environment reaches them. */
export function spawnOptions({ directory, runAs }: Cluster) {
  return { ...runAs, cwd: directory, env: { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' } }
}

/**
 * As root on Linux the server is told its own working directory, which it was given before it became another user:
 * that needs no rights on the directories above, which may be closed to it.
 */
export function directoryArgument({ directory, runAs }: Cluster): string {
  return runAs && process.platform === 'linux' ? '/proc/self/cwd' : directory
}

export function serverArguments(cluster: Cluster): string[] {
  const settings = Object.entries({ ...serverSettings(cluster), cluster_name: clusterName(cluster) })
  return ['-D', directoryArgument(cluster), ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])]
}

/** Tells programs and settings of a running server: a left-behind one with another name is restarted, not adopted. */
export function clusterName(cluster: Cluster): string {
  const identity = JSON.stringify([cluster.binaries.version, serverSettings(cluster)])
  return `halley-${createHash('sha256').update(identity).digest('hex').slice(0, 12)}`
}

function serverSettings({ directory, isDurable }: Cluster): Record<string, string | number> {
  const megabytes = totalmem() / 2 ** 20
  const durability = isDurable ? 'on' : 'off'
  return {
    ...listenSettings(directory),
    max_connections: isDurable ? 100 : 200,
    shared_buffers: `${megabytes >= 2048 ? 256 : 128}MB`,
    effective_cache_size: `${Math.max(256, Math.round(megabytes / 2))}MB`,
    work_mem: '8MB',
    maintenance_work_mem: '64MB',
    // An acknowledged write is on disk.
    fsync: durability,
    synchronous_commit: durability,
    full_page_writes: durability,
    max_wal_size: isDurable ? '2GB' : '512MB',
    checkpoint_timeout: '15min',
    random_page_cost: '1.1',
    autovacuum_naptime: '20s',
    deadlock_timeout: '200ms',
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // Ends what a killed Halley left running.
    client_connection_check_interval: '1s',
    // Errors reach the client; their values have no business in a file.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    log_checkpoints: 'off',
  }
}
