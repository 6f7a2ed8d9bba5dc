import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

const source = join(import.meta.dirname, '..', '..', 'src')

export type Environment = Readonly<Record<string, string>>
export type Ended = { readonly code: number | null; readonly out: string; readonly err: string }

/** A Halley that runs as a process of its own, as `npm start` runs it. */
export type HalleyProcess = {
  readonly url: string
  /** What it printed up to the end of its welcome. */
  readonly welcome: string
  readonly child: ChildProcess
  /** Sends a signal and waits for the end. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<Ended>
}

type TestLike = { after(fn: () => Promise<void>): void }

const running = new Set<{ readonly child: ChildProcess; readonly ended: Promise<Ended> }>()

/** A data directory that is gone when the test is, after the Halley that uses it. */
export function dataDirectory(t: TestLike): string {
  const directory = mkdtempSync(join(tmpdir(), 'halley-start-'))
  t.after(async () => {
    await endAll()
    rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  })
  return directory
}

async function endAll(): Promise<void> {
  for (const { child } of running) child.kill('SIGTERM')
  await Promise.all([...running].map(({ ended }) => ended))
  running.clear()
}

/** Starts Halley on a free port and waits for its welcome. It is ended with the test when it still runs then. */
export async function startHalley(t: TestLike, settings: Environment): Promise<HalleyProcess> {
  const halley = run('main.ts', [], { PORT: '0', ...settings })
  const { child, printed, ended } = halley
  running.add(halley)
  t.after(endAll)
  for (;;) {
    const [, url] = /(http:\/\/\S+?)\/(?:api\/v1|healthz)\n/.exec(printed.out) ?? []
    if (url && printed.out.includes('\n\n', printed.out.indexOf('Halley is ready.') + 20)) {
      return {
        url,
        welcome: printed.out,
        child,
        end: async (signal) => {
          child.kill(signal)
          return ended
        },
      }
    }
    const early = await Promise.race([ended, wait(20)])
    if (early) throw new Error(`Halley ended with ${early.code}: ${early.err}`)
  }
}

/** Starts Halley where it is expected to give up by itself. */
export async function startInVain(settings: Environment): Promise<Ended> {
  return run('main.ts', [], { PORT: '0', ...settings }).ended
}

/** Runs `halley <words>` as the shell would. */
export async function halley(settings: Environment, ...words: string[]): Promise<Ended> {
  return run('cli/halley.ts', words, settings).ended
}

function run(file: string, words: readonly string[], settings: Environment) {
  const printed = { out: '', err: '' }
  const child = spawn(process.execPath, [join(source, file), ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, LOG_LEVEL: 'silent', ...settings },
  })
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed.out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    printed.err += text
  })
  const ended = once(child, 'close').then(([code]): Ended => ({ code, ...printed }))
  return { child, printed, ended }
}

/** Asks a running Halley with a key; `body` makes it a POST. */
export async function ask(url: string, key: string, path: string, body?: unknown): Promise<Response> {
  return fetch(url + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
}

/** The key that a first start printed. */
export function sandboxKeyIn(welcome: string): string {
  const [key] = /ck_test_[0-9A-Za-z]{32,}/.exec(welcome) ?? []
  if (!key) throw new Error('no sandbox key was printed')
  return key
}
