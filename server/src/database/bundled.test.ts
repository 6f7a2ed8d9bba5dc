import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { startBundledPostgres } from './bundled.ts'
import { runningServerPid } from './bundled-process.ts'

const holder = fileURLToPath(new URL('../../test/support/bundled-holder.ts', import.meta.url))

type Report = { url?: string; isAdopted?: boolean; serverPid?: number; refused?: string }
type Holder = { process: ChildProcess; report: Report }

let dataDirectory: string
let holders: ChildProcess[]
beforeEach(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 'halley-bundled-'))
  holders = []
})
afterEach(async () => {
  await Promise.all(holders.map((process) => end({ process }, 'SIGTERM')))
  const leftBehind = runningServerPid(join(dataDirectory, 'postgres'))
  if (leftBehind !== undefined) process.kill(leftBehind, 'SIGQUIT')
  await rm(dataDirectory, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
})

/** Starts another Halley, as far as the database is concerned, and waits for what it has to say. */
async function start(directory = dataDirectory): Promise<Holder> {
  const child = spawn(process.execPath, [holder, directory], { stdio: ['ignore', 'pipe', 'inherit'] })
  holders.push(child)
  const [line] = await once(createInterface(child.stdout), 'line')
  return { process: child, report: JSON.parse(line) }
}

async function end({ process: child }: Pick<Holder, 'process'>, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill(signal)
  await once(child, 'exit')
}

async function query(url: string | undefined, text: string): Promise<pg.QueryResult['rows']> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query(text).finally(() => client.end())
  return rows
}

test('what was written is there after a stop and a new start, and no process stays behind', async () => {
  const first = await start()
  await query(first.report.url, 'create table kept (word text); ')
  await query(first.report.url, "insert into kept values ('halley')")
  await end(first, 'SIGTERM')
  assert.equal(runningServerPid(join(dataDirectory, 'postgres')), undefined)

  const second = await start()
  assert.equal(second.report.isAdopted, false)
  assert.deepEqual(await query(second.report.url, 'select * from kept'), [{ word: 'halley' }])
})

test('the server writes to disk before it answers', async () => {
  const { report } = await start()
  const names = ['fsync', 'synchronous_commit', 'full_page_writes', 'data_checksums']
  const settings = await query(
    report.url,
    `select string_agg(current_setting(name), ' ') as values
    from unnest('{${names.join()}}'::text[]) as name`,
  )
  assert.deepEqual(settings, [{ values: 'on on on on' }])
})

test('the server is reached by a socket in a closed directory, its user is no superuser', async () => {
  const { report } = await start()
  const rows = await query(
    report.url,
    "select current_setting('listen_addresses') as addresses, usesuper from pg_user where usename = current_user",
  )
  assert.deepEqual(rows, [{ addresses: '', usesuper: false }])
})

test('after SIGKILL the next start takes the server over, without what the killed one was doing', async () => {
  const killed = await start()
  await query(killed.report.url, 'create table kept (word text)')
  const abandoned = new pg.Client({ connectionString: killed.report.url, application_name: 'halley' })
  abandoned.on('error', () => undefined)
  await abandoned.connect()
  await abandoned.query("begin; insert into kept values ('never committed'); lock table kept")
  await end(killed, 'SIGKILL')

  const before = performance.now()
  const next = await start()
  assert(performance.now() - before < 2_000, 'took longer than two seconds')
  assert.equal(next.report.isAdopted, true)
  assert.equal(next.report.serverPid, killed.report.serverPid)
  assert.deepEqual(await query(next.report.url, 'select * from kept'), [])
  await end(next, 'SIGTERM')
  assert.equal(runningServerPid(join(dataDirectory, 'postgres')), undefined)
})

test('a left-behind server that was run differently is restarted', async () => {
  const killed = await start()
  await end(killed, 'SIGKILL')
  const next = await startBundledPostgres({ dataDirectory, isDurable: false })
  try {
    assert.notEqual(next.serverPid, killed.report.serverPid)
    assert.deepEqual(await query(next.url, 'show fsync'), [{ fsync: 'off' }])
  } finally {
    await next.stop()
  }
})

test('a second Halley on the same data directory is refused at once and disturbs nothing', async () => {
  const first = await start()
  const before = performance.now()
  const second = await start()
  assert(performance.now() - before < 2_000, 'took longer than two seconds')
  assert.match(second.report.refused ?? '', new RegExp(`Another Halley \\(pid ${first.process.pid}\\) is using`))
  assert.deepEqual(await query(first.report.url, 'select 1 as one'), [{ one: 1 }])
})

test('of several that start at once in an empty directory exactly one stays', async () => {
  const starts = await Promise.all([start(), start(), start()])
  const staying = starts.filter(({ report }) => report.url)
  assert.equal(staying.length, 1)
  assert.equal(starts.filter(({ report }) => report.refused?.includes('Another Halley')).length, 2)
  assert.deepEqual(await query(staying[0]?.report.url, 'select 1 as one'), [{ one: 1 }])
  assert.deepEqual((await readdir(dataDirectory)).sort(), ['postgres', 'postgres.log'])
})

test('a server that was killed as well recovers, and a stranger with its process id is not disturbed', async () => {
  const killed = await start()
  await query(killed.report.url, 'create table kept (word text)')
  await query(killed.report.url, "insert into kept values ('halley')")
  await end(killed, 'SIGKILL')
  process.kill(killed.report.serverPid ?? 0, 'SIGKILL')

  const pidFile = join(dataDirectory, 'postgres', 'postmaster.pid')
  const lines = [process.pid, join(dataDirectory, 'postgres'), 1, 5432, '.', '', '', 'ready']
  await writeFile(pidFile, `${lines.join('\n')}\n`)
  await utimes(pidFile, 0, 0)
  const next = await start()
  assert.deepEqual(await query(next.report.url, 'select * from kept'), [{ word: 'halley' }])
})

test('a server that dies while Halley runs is started again', async () => {
  const { report } = await start()
  process.kill(report.serverPid ?? 0, 'SIGKILL')
  await assert.doesNotReject(async () => {
    for (const deadline = performance.now() + 5_000; ; ) {
      try {
        return await query(report.url, 'select 1')
      } catch (error) {
        if (performance.now() > deadline) throw error
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    }
  })
})

test('a data directory too deep for the path of a socket works', async () => {
  const deep = join(dataDirectory, 'a'.repeat(60), 'b'.repeat(60), 'with a space')
  await mkdir(deep, { recursive: true })
  const server = await startBundledPostgres({ dataDirectory: deep, isDurable: false })
  try {
    assert.deepEqual(await query(server.url, 'select 1 as one'), [{ one: 1 }])
  } finally {
    await server.stop()
  }
})

test('an initialisation that was cut short is forgotten', async () => {
  await mkdir(join(dataDirectory, 'postgres-unfinished-999999999'))
  await start()
  assert.deepEqual((await readdir(dataDirectory)).sort(), ['postgres', 'postgres.log'])
})
