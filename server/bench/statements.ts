import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { Database } from '#database/connect.ts'
import { connections, type Measured } from './load.ts'

/**
 * What recording one event asks of PostgreSQL when nothing stands between: compare the side's version, take the key, write the
 * event, move the counter; one statement, prepared, committed by itself. `customer` is a number from 1.
 */
const statement = (customer: string) => `
  with believed as (
    select c.org_id, c.subscription_id, c.feature_id, c.window_number, s.customer_id
    from bench_target t
    join side on side.org_id = t.org_id and side.version > 0
    join subscription s on s.org_id = t.org_id and s.id = t.subscription_id
    join usage_counter c on c.org_id = t.org_id and c.subscription_id = s.id and not c.closed
    where t.number = ${customer}
  ), taken as (
    insert into usage_event_key (org_id, kind, key, event_id, recorded_at, fingerprint)
    select org_id, 'request', gen_random_uuid()::text, 'evt_' || uuidv7(), now(), '\\x00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff'
    from believed on conflict do nothing returning event_id
  ), recorded as (
    insert into usage_event (org_id, id, recorded_at, subscription_id, customer_id, feature_id, window_number, quantity, ts, created_at)
    select org_id, event_id, now(), subscription_id, customer_id, feature_id, window_number, 1, now(), now() from believed, taken
  )
  update usage_counter c set total = c.total + 1, events = c.events + 1 from believed b
  where c.org_id = b.org_id and c.subscription_id = b.subscription_id and c.feature_id = b.feature_id
    and c.window_number = b.window_number
  returning c.total`

/** Numbers the customers, so that a statement can pick one. */
export async function prepareTargets({ pool }: Database): Promise<number> {
  await pool.query(`
    create table bench_target as
    select row_number() over (order by id)::int as number, org_id, id as subscription_id from subscription;
    alter table bench_target add primary key (number);
    analyze`)
  const { rows } = await pool.query('select count(*)::int as targets from bench_target')
  return rows[0].targets
}

/** Runs the statement on all connections for some seconds: with pgbench where it is installed, else with bare connections. */
export function measureStatement(address: string, targets: number, seconds: number): Promise<Measured> {
  const isInstalled = spawnSync('pgbench', ['--version']).status === 0
  return isInstalled ? runPgbench(address, targets, seconds) : runBareLoop(address, targets, seconds)
}

async function runPgbench(address: string, targets: number, seconds: number): Promise<Measured> {
  const directory = mkdtempSync(join(tmpdir(), 'halley-bench-'))
  try {
    const script = join(directory, 'track.sql')
    writeFileSync(script, `\\set customer random(1, ${targets})\n${statement(':customer').trim()};\n`)
    const settings = [
      '-n',
      '-M',
      'prepared',
      '-c',
      String(connections),
      '-j',
      '1',
      '-T',
      String(seconds),
      '-f',
      script,
      '-l',
      '--log-prefix',
      join(directory, 'log'),
    ]
    const run = spawn('pgbench', [...settings, '-d', address], { stdio: ['ignore', 'pipe', 'pipe'] })
    let printed = ''
    run.stdout.on('data', (text) => (printed += text))
    run.stderr.on('data', (text) => (printed += text))
    await once(run, 'exit')
    const perSecond = Number(/tps = ([\d.]+)/.exec(printed)?.[1])
    if (!Number.isFinite(perSecond)) throw new Error(`pgbench: ${printed}`)
    return { name: 'the same statements with pgbench', perSecond, ...percentiles(latenciesIn(directory)), failed: 0 }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

function latenciesIn(directory: string): number[] {
  return globSync(join(directory, 'log*'))
    .flatMap((file) => readFileSync(file, 'utf8').trim().split('\n'))
    .map((line) => Number(line.split(' ')[2]) / 1000)
}

async function runBareLoop(address: string, targets: number, seconds: number): Promise<Measured> {
  const latencies: number[] = []
  const until = performance.now() + seconds * 1000
  const loop = async (): Promise<void> => {
    const client = new pg.Client({ connectionString: address })
    await client.connect()
    while (performance.now() < until) {
      const startedAt = performance.now()
      const customer = 1 + Math.floor(Math.random() * targets)
      await client.query({ name: 'track', text: statement('$1::int'), values: [customer] })
      latencies.push(performance.now() - startedAt)
    }
    await client.end()
  }
  await Promise.all(Array.from({ length: connections }, loop))
  return {
    name: 'the same statements on bare connections',
    perSecond: latencies.length / seconds,
    ...percentiles(latencies),
    failed: 0,
  }
}

function percentiles(latencies: number[]): { p50: number; p99: number } {
  latencies.sort((a, b) => a - b)
  const at = (share: number) => Math.round((latencies[Math.floor(latencies.length * share)] ?? 0) * 10) / 10
  return { p50: at(0.5), p99: at(0.99) }
}
