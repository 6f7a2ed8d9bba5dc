import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startBundledPostgres } from '#database/bundled.ts'
import type { Database } from '#database/connect.ts'
import { access, bare, check, type Firing, type Measured, measure, track, trackMany } from './load.ts'
import { measureRenewals, type Renewals } from './renewals.ts'
import { report } from './report.ts'
import { type Group, type Model, models, prepareDatabase, seedCustomers } from './seed.ts'
import { measureSimulation, runHalley, type Simulations } from './simulations.ts'
import { measureStatement, prepareTargets } from './statements.ts'

/**
 * Measures the hot path of a whole server on the bundled PostgreSQL, beside the least that the same database and the same HTTP
 * server could do, in one run on one machine. Writes docs/benchmarks.md. BENCH_SECONDS sets how long each one is measured (8),
 * BENCH_PROFILE a directory for CPU profiles of the server, BENCH_ONLY a part of the names to measure.
 */
const seconds = Number(process.env.BENCH_SECONDS ?? 8)
const only = process.env.BENCH_ONLY ?? ''
const profile = process.env.BENCH_PROFILE
const directory = mkdtempSync(join(tmpdir(), 'halley-bench-'))
const postgres = await startBundledPostgres({ dataDirectory: directory })
try {
  const database = await prepareDatabase(postgres.url)
  const { base, stop, rssMb } = await startServer(postgres.url)
  try {
    const metered = await seedCustomers(base, 'metered', 500)
    const targets = await prepareTargets(database)
    const measured: Measured[] = []
    const keep = async (name: string, run: () => Promise<Measured>): Promise<void> => {
      if (!name.includes(only)) return
      const result = await run()
      process.stdout.write(
        `${result.name}: ${Math.round(result.perSecond)}/s, p50 ${result.p50} ms, p99 ${result.p99} ms, ${result.failed} failed, server so far at most ${Math.round(await rssMb())} MB\n`,
      )
      measured.push(result)
    }
    const bareRoute: Firing = { name: 'bare route, SELECT 1', shoot: bare }
    await keep(bareRoute.name, () => measure(base, bareRoute, seconds))
    await keep('pgbench', () => measureStatement(postgres.url, targets, seconds))
    for (const model of models) {
      const group = model === 'metered' ? metered : await seedCustomers(base, model, 500)
      for (const firing of firingsAt(model, group)) await keep(firing.name, () => measure(base, firing, seconds))
    }
    const hotPathRssMb = await rssMb()
    const renewals = 'renewals'.includes(only) ? await renewAll(base, database, rssMb) : []
    const simulations = 'simulations'.includes(only) ? await simulateAll(base, postgres.url, database) : []
    if (only === '') {
      const path = join(import.meta.dirname, '../../docs/benchmarks.md')
      const text = report({ measured, seconds, renewals, simulations, hotPathRssMb }, readFileSync(path, 'utf8'))
      writeFileSync(path, text)
      process.stdout.write(`\n${text}`)
    }
  } finally {
    await stop()
    await database.close()
  }
} finally {
  await postgres.stop()
  rmSync(directory, { recursive: true, force: true })
}

function firingsAt(model: Model, group: Group): readonly Firing[] {
  const hot = { ...group, customers: group.customers.slice(0, 1) }
  return [
    { name: `track, ${model}, 500 customers`, shoot: track(group) },
    { name: `track, ${model}, one hot customer`, shoot: track(hot) },
    { name: `batch, ${model}, events`, shoot: trackMany(group, 1_000), connections: 4, each: 1_000 },
    { name: `usage check, ${model}`, shoot: check(group) },
    { name: `feature access, ${model}`, shoot: access(group) },
  ]
}

// BENCH_RENEWALS subscriptions (10,000), in one go: memory must not grow with their number.
async function renewAll(base: string, database: Database, rssMb: () => Promise<number>): Promise<Renewals[]> {
  const result = await measureRenewals(base, database, Number(process.env.BENCH_RENEWALS ?? 10_000), rssMb)
  process.stdout.write(
    `renewals: ${result.count} at ${Math.round(result.perSecond)}/s, server at ${Math.round(result.rssMb)} MB\n`,
  )
  return [result]
}

// BENCH_WINDOWS closed windows (100,000) of each model, billed again by the command line.
async function simulateAll(base: string, address: string, database: Database): Promise<Simulations[]> {
  const windows = Number(process.env.BENCH_WINDOWS ?? 100_000)
  const results: Simulations[] = []
  for (const model of ['metered', 'balance'] as const) {
    const result = await measureSimulation(base, database, model, windows, (words) => runHalley(address, words))
    process.stdout.write(
      `simulate, ${model}: ${result.windows} windows in ${result.seconds.toFixed(1)} s, the command at most ${Math.round(result.rssMb)} MB\n`,
    )
    results.push(result)
  }
  return results
}

async function startServer(
  address: string,
): Promise<{ base: string; stop(): Promise<void>; rssMb(): Promise<number> }> {
  const server = fork(join(import.meta.dirname, 'server.ts'), {
    env: { ...process.env, DATABASE_URL: address },
    // The limits that `npm start` sets (scripts/heap.js).
    execArgv: [
      '--max-semi-space-size=8',
      '--max-old-space-size=512',
      ...(profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}`] : []),
    ],
  })
  const ended = once(server, 'exit').then(([code]) => Promise.reject(new Error(`the server ended at once: ${code}`)))
  const [{ port }] = (await Promise.race([once(server, 'message'), ended])) as [{ port: number }]
  ended.catch(() => undefined)
  return {
    base: `http://127.0.0.1:${port}`,
    async rssMb() {
      server.send('rss')
      const [{ rss }] = (await once(server, 'message')) as [{ rss: number }]
      return rss / 2 ** 20
    },
    async stop() {
      server.send('stop')
      await once(server, 'exit')
    },
  }
}
