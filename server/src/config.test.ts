import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { ConfigError, loadSecret, readConfig } from './config.ts'

const directory = mkdtempSync(join(tmpdir(), 'halley-config-'))
after(() => rmSync(directory, { recursive: true }))

const key = 'abcdefghijklmnopqrstuvwxyz012345'

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    readConfig(environment)
  } catch (error) {
    assert(error instanceof ConfigError)
    return error.problems
  }
  return []
}

test('an empty environment means one process, the bundled database, port 4242, reachable from this machine', () => {
  assert.deepEqual(readConfig({}), {
    port: 4242,
    host: '127.0.0.1',
    publicUrl: 'http://localhost:4242',
    databaseUrl: undefined,
    dataDirectory: resolve('data'),
    sandboxKey: undefined,
    liveKey: undefined,
    secret: undefined,
    encryptionKeys: undefined,
    providerAddresses: { stripe: undefined, dlocal: undefined },
    role: 'all',
    mail: undefined,
    rateLimit: 10_000,
    trustedProxies: undefined,
    logLevel: 'info',
  })
})

const encryptionKey = 'QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI'

test('every variable is read', () => {
  const environment = {
    PORT: '80',
    HOST: '::1',
    PUBLIC_URL: 'https://billing.example.com/',
    DATABASE_URL: 'postgres://halley:secret@db/halley',
    HALLEY_DATA_DIR: '/var/lib/halley',
    HALLEY_SANDBOX_KEY: `ck_test_${key}`,
    HALLEY_LIVE_KEY: `ck_live_${key}`,
    HALLEY_SECRET: key,
    HALLEY_ENCRYPTION_KEYS: `second:${encryptionKey}`,
    HALLEY_STRIPE_API: 'http://127.0.0.1:4010/',
    HALLEY_DLOCAL_API: 'http://127.0.0.1:4020',
    HALLEY_ROLE: 'worker',
    SMTP_URL: 'smtps://user:secret@mail.example.com:465',
    MAIL_FROM: 'Acme <billing@acme.example>',
    HALLEY_RATE_LIMIT: '500',
    HALLEY_TRUSTED_PROXIES: 'loopback, 10.0.0.0/8, 2001:db8::1',
    LOG_LEVEL: 'debug',
  }
  assert.deepEqual(readConfig(environment), {
    port: 80,
    host: '::1',
    publicUrl: 'https://billing.example.com',
    databaseUrl: 'postgres://halley:secret@db/halley',
    dataDirectory: '/var/lib/halley',
    sandboxKey: `ck_test_${key}`,
    liveKey: `ck_live_${key}`,
    secret: key,
    encryptionKeys: `second:${encryptionKey}`,
    providerAddresses: { stripe: 'http://127.0.0.1:4010', dlocal: 'http://127.0.0.1:4020' },
    role: 'worker',
    mail: { url: 'smtps://user:secret@mail.example.com:465', from: 'Acme <billing@acme.example>' },
    rateLimit: 500,
    trustedProxies: 'loopback,10.0.0.0/8,2001:db8::1',
    logLevel: 'debug',
  })
})

test('empty and blank values count as absent', () => {
  assert.equal(readConfig({ PORT: '', DATABASE_URL: ' ' }).port, 4242)
})

test('everything that is wrong is listed at once', () => {
  const problems = problemsOf({
    PORT: '70000',
    PUBLIC_URL: 'billing.example.com',
    DATABASE_URL: 'mysql://root:hunter2@db',
    HALLEY_SANDBOX_KEY: `ck_live_${key}`,
    HALLEY_LIVE_KEY: 'ck_live_short',
    HALLEY_SECRET: 'short',
    HALLEY_ENCRYPTION_KEYS: 'not a key',
    HALLEY_ROLE: 'boss',
    HALLEY_RATE_LIMIT: '1e3',
    HALLEY_TRUSTED_PROXIES: '10.0.0.0/33',
    LOG_LEVEL: 'loud',
  })
  assert.equal(problems.length, 11)
})

test('a wrong secret or database address is not repeated in the message', () => {
  const problems = problemsOf({ DATABASE_URL: 'mysql://root:hunter2@db', HALLEY_SECRET: 'hunter2' })
  assert.equal(problems.length, 2)
  assert.doesNotMatch(problems.join(), /hunter2/)
})

test('a mail server needs an address to send from, and its password is not repeated', () => {
  assert.match(problemsOf({ SMTP_URL: 'smtp://localhost:25' }).join(), /SMTP_URL needs MAIL_FROM/)
  const wrong = problemsOf({ SMTP_URL: 'http://user:secret@mail', MAIL_FROM: 'nobody' })
  assert.match(wrong.join(), /SMTP_URL has to be an address like/)
  assert.match(wrong.join(), /MAIL_FROM is "nobody"/)
  assert.doesNotMatch(wrong.join(), /secret/)
  assert.equal(readConfig({ MAIL_FROM: 'billing@acme.example' }).mail, undefined)
})

test('several processes need a database of their own', () => {
  assert.match(problemsOf({ HALLEY_ROLE: 'api' }).join(), /needs DATABASE_URL/)
  assert.deepEqual(problemsOf({ HALLEY_ROLE: 'api', DATABASE_URL: 'postgresql://db/halley' }), [])
})

test('a secret can be given as a file', () => {
  const file = join(directory, 'live-key')
  writeFileSync(file, `ck_live_${key}\n`)
  assert.equal(readConfig({ HALLEY_LIVE_KEY_FILE: file }).liveKey, `ck_live_${key}`)
  assert.match(problemsOf({ HALLEY_LIVE_KEY_FILE: file, HALLEY_LIVE_KEY: `ck_live_${key}` }).join(), /both set/)
  assert.match(problemsOf({ HALLEY_LIVE_KEY_FILE: `${file}-missing` }).join(), /cannot be read/)
})

test('a generated secret is kept, and only its owner can read it', () => {
  const dataDirectory = join(directory, 'data')
  const secret = loadSecret({ secret: undefined, dataDirectory })
  assert.equal(secret.length, 43)
  assert.equal(loadSecret({ secret: undefined, dataDirectory }), secret)
  assert.equal(statSync(join(dataDirectory, 'secret')).mode & 0o777, 0o600)
})

test('a configured secret is used and nothing is written', () => {
  const dataDirectory = join(directory, 'untouched')
  assert.equal(loadSecret({ secret: key, dataDirectory }), key)
  assert.throws(() => statSync(dataDirectory), { code: 'ENOENT' })
})

test('a damaged secret file is refused', () => {
  writeFileSync(join(directory, 'secret'), 'half')
  assert.throws(() => loadSecret({ secret: undefined, dataDirectory: directory }), ConfigError)
})
