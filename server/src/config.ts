import { randomBytes } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join, resolve } from 'node:path'
import { keyRing } from '#organisations/sealing.ts'

export const roles = ['all', 'api', 'worker'] as const
export type Role = (typeof roles)[number]

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/** Everything that is set from outside, read once at the start and passed on. */
export type Config = {
  readonly port: number
  readonly host: string
  /** Where customers and their browsers reach Halley, without a slash at the end. */
  readonly publicUrl: string
  /** Absent: the bundled PostgreSQL in the data directory. */
  readonly databaseUrl: string | undefined
  /** Absolute. */
  readonly dataDirectory: string
  /** Keys of the first organisation, instead of random ones. */
  readonly sandboxKey: string | undefined
  readonly liveKey: string | undefined
  /** For signing and encryption. Absent: made and kept in the data directory, see `loadSecret`. */
  readonly secret: string | undefined
  /** Keys that providers' credentials are sealed with, before the one that follows from the secret: `id:key,id:key`. */
  readonly encryptionKeys: string | undefined
  /** Where the providers' APIs are, instead of their own addresses; for tests against a double. */
  readonly providerAddresses: { readonly stripe?: string | undefined; readonly dlocal?: string | undefined }
  readonly role: Role
  /** The mail server. Absent: mails stay in the built-in inbox. */
  readonly mail: { readonly url: string; readonly from: string } | undefined
  /** Requests per second and key. */
  readonly rateLimit: number
  /** Addresses and networks of proxies, with commas; absent: nobody's X-Forwarded-For is believed. */
  readonly trustedProxies: string | undefined
  readonly logLevel: LogLevel
}

type Environment = Record<string, string | undefined>

/** The environment does not make sense; the message lists everything that is wrong with it. */
export class ConfigError extends Error {
  override name = 'ConfigError'
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(`Halley cannot start with these settings:\n${problems.map((problem) => `  ${problem}`).join('\n')}`)
    this.problems = problems
  }
}

const shortestSecret = 32

/**
 * Reads the settings from environment variables. Secrets may be given as `NAME_FILE`, the path of a file that holds
 * them. Throws `ConfigError` with all problems at once.
 */
export function readConfig(environment: Environment): Config {
  const problems: string[] = []
  const read = reader(environment, problems)
  const port = read.wholeNumber('PORT', 4242, 0, 65_535)
  const host = read.text('HOST') ?? '127.0.0.1'
  const config: Config = {
    port,
    host,
    publicUrl: read.webAddress('PUBLIC_URL') ?? `http://${inAddress(host)}:${port}`,
    databaseUrl: read.databaseAddress('DATABASE_URL'),
    dataDirectory: resolve(read.text('HALLEY_DATA_DIR') ?? './data'),
    sandboxKey: read.apiKey('HALLEY_SANDBOX_KEY', 'ck_test_'),
    liveKey: read.apiKey('HALLEY_LIVE_KEY', 'ck_live_'),
    secret: read.longSecret('HALLEY_SECRET'),
    encryptionKeys: read.encryptionKeys('HALLEY_ENCRYPTION_KEYS'),
    providerAddresses: {
      stripe: read.webAddress('HALLEY_STRIPE_API'),
      dlocal: read.webAddress('HALLEY_DLOCAL_API'),
    },
    role: read.oneOf('HALLEY_ROLE', roles, 'all'),
    mail: read.mailServer('SMTP_URL', 'MAIL_FROM'),
    rateLimit: read.wholeNumber('HALLEY_RATE_LIMIT', 10_000, 1, 1_000_000_000),
    trustedProxies: read.networks('HALLEY_TRUSTED_PROXIES'),
    logLevel: read.oneOf('LOG_LEVEL', logLevels, 'info'),
  }
  if (config.role !== 'all' && !config.databaseUrl) {
    problems.push(`HALLEY_ROLE=${config.role} needs DATABASE_URL: the bundled PostgreSQL serves one process only.`)
  }
  if (problems.length > 0) throw new ConfigError(problems)
  return Object.freeze(config)
}

/** The same settings with the port that was found for port 0. */
export function onPort(config: Config, port: number): Config {
  return Object.freeze({ ...config, port, publicUrl: config.publicUrl.replace(/:0$/, `:${port}`) })
}

/** One reader per kind of value. Each answers something usable and writes down what was wrong. */
function reader(environment: Environment, problems: string[]) {
  const text = (name: string) => environment[name]?.trim() || undefined

  const secretText = (name: string): string | undefined => {
    const file = text(`${name}_FILE`)
    if (!file) return text(name)
    if (text(name)) problems.push(`${name} and ${name}_FILE are both set.`)
    try {
      return readFileSync(file, 'utf8').trim() || undefined
    } catch {
      problems.push(`${name}_FILE: ${file} cannot be read.`)
      return undefined
    }
  }

  return {
    text,
    wholeNumber(name: string, fallback: number, lowest: number, highest: number): number {
      const value = text(name)
      if (value === undefined) return fallback
      if (/^\d{1,10}$/.test(value) && Number(value) >= lowest && Number(value) <= highest) return Number(value)
      problems.push(`${name} is "${value}" and has to be a whole number from ${lowest} to ${highest}.`)
      return fallback
    },
    oneOf<T extends string>(name: string, allowed: readonly T[], fallback: T): T {
      const value = text(name)
      const known = allowed.find((candidate) => candidate === (value ?? fallback))
      if (!known) problems.push(`${name} is "${value}" and has to be one of ${allowed.join(', ')}.`)
      return known ?? fallback
    },
    webAddress(name: string): string | undefined {
      const value = text(name)
      if (value === undefined) return undefined
      const url = URL.parse(value)
      const isFit = url && /^https?:$/.test(url.protocol) && !url.search && !url.hash && !url.username
      if (!isFit) problems.push(`${name} is "${value}" and has to be an address like https://billing.example.com.`)
      return url?.href.replace(/\/+$/, '')
    },
    databaseAddress(name: string): string | undefined {
      const value = secretText(name)
      // The value is not shown: it may hold a password.
      if (value !== undefined && !/^postgres(ql)?:\/\/./.test(value))
        problems.push(`${name} has to begin with postgresql://.`)
      return value
    },
    mailServer(urlName: string, fromName: string): { url: string; from: string } | undefined {
      const url = secretText(urlName)
      const from = text(fromName)
      if (url === undefined) return undefined
      // The value is not shown: it may hold a password.
      if (!/^smtps?:\/\/./.test(url) || !URL.canParse(url))
        problems.push(`${urlName} has to be an address like smtp://user:password@mail.example.com:587.`)
      if (from === undefined) problems.push(`${urlName} needs ${fromName}: the address that mails come from.`)
      else if (!/^[^<>]*<[^<>@\s]+@[^<>@\s]+>$|^[^<>@\s]+@[^<>@\s]+$/.test(from))
        problems.push(`${fromName} is "${from}" and has to be an address like billing@example.com.`)
      return { url, from: from ?? '' }
    },
    apiKey(name: string, prefix: string): string | undefined {
      const value = secretText(name)
      if (value !== undefined && !new RegExp(`^${prefix}[0-9A-Za-z]{32,}$`).test(value)) {
        problems.push(`${name} has to be ${prefix} followed by 32 or more letters and digits.`)
      }
      return value
    },
    encryptionKeys(name: string): string | undefined {
      const value = secretText(name)
      // The value is not shown: these are keys.
      if (value !== undefined && !keyRing('', value))
        problems.push(`${name} has to be id:key or several of them with commas, each key 32 bytes in base64url.`)
      return value
    },
    networks(name: string): string | undefined {
      const value = text(name)
      const parts = value?.split(',').map((part) => part.trim()) ?? []
      const isKnown = (part: string) => /^(loopback|linklocal|uniquelocal)$/.test(part) || isNetwork(part)
      if (!parts.every(isKnown))
        problems.push(
          `${name} is "${value}" and has to be addresses or networks with commas, like 10.0.0.0/8, loopback.`,
        )
      return value === undefined ? undefined : parts.join(',')
    },
    longSecret(name: string): string | undefined {
      const value = secretText(name)
      if (value !== undefined && value.length < shortestSecret) {
        problems.push(`${name} has to have ${shortestSecret} or more characters.`)
      }
      return value
    },
  }
}

function isNetwork(text: string): boolean {
  const [address = '', length, ...more] = text.split('/')
  const version = isIP(address)
  if (version === 0 || more.length > 0) return false
  return length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= (version === 4 ? 32 : 128))
}

/** What a browser on this machine can open. */
function inAddress(host: string): string {
  if (host === '0.0.0.0' || host === '::' || host === '127.0.0.1') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}

/**
 * The secret for signing and encryption: the configured one, or the one in `<data directory>/secret`, which is made on
 * first use. Whoever loses it loses what was encrypted with it, so it belongs into backups.
 */
export function loadSecret(config: Pick<Config, 'secret' | 'dataDirectory'>): string {
  if (config.secret) return config.secret
  mkdirSync(config.dataDirectory, { recursive: true, mode: 0o711 })
  const file = join(config.dataDirectory, 'secret')
  // Complete before it has its name, and never replaced: two that start at once use the same one.
  const unfinished = `${file}.${process.pid}`
  if (!existsSync(file)) {
    writeFileSync(unfinished, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flush: true })
    try {
      linkSync(unfinished, file)
    } catch (error) {
      if (!existsSync(file)) throw error
    } finally {
      rmSync(unfinished)
    }
  }
  const secret = readFileSync(file, 'utf8').trim()
  if (secret.length < shortestSecret)
    throw new ConfigError([`The secret in ${file} is damaged: restore it from a backup.`])
  return secret
}
