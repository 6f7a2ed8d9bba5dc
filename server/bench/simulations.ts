import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Database } from '#database/connect.ts'
import { send } from './seed.ts'

/** How fast closed windows are billed again under a draft, and what the command held meanwhile. */
export type Simulations = {
  readonly model: string
  readonly windows: number
  readonly seconds: number
  readonly rssMb: number
}

const monthsLived = 5

/**
 * Simulates a draft for `windows` closed windows with the command line, as an operator would: customers of five months with
 * overage, seats and invoices. One of them lives through the API; the others are copies of its rows.
 */
export async function measureSimulation(
  base: string,
  database: Database,
  model: 'metered' | 'balance',
  windows: number,
  run: (words: readonly string[]) => Promise<{ readonly seconds: number; readonly rssMb: number }>,
): Promise<Simulations> {
  await liveFor(base, database, model)
  await copyRows(database, model, Math.ceil(windows / monthsLived) - 1)
  const directory = mkdtempSync(join(tmpdir(), 'halley-draft-'))
  try {
    const path = join(directory, 'draft.json')
    writeFileSync(path, JSON.stringify(draftOf(model)))
    const { seconds, rssMb } = await run(['simulate', '--plan', path, '--months', '12', '--json'])
    return { model, windows, seconds, rssMb }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

function draftOf(model: 'metered' | 'balance') {
  const unitPrice = { unitPrice: 300 }
  return {
    planCode: `simulated_${model}`,
    prices: [{ billingInterval: 'monthly', price: 3900, ...(model === 'balance' ? { includedBalance: 20_000 } : {}) }],
    features: [
      { code: `simulated_calls_${model}`, overage: unitPrice, ...(model === 'metered' ? { includedAmount: 120 } : {}) },
      { code: `simulated_seats_${model}`, includedAmount: 1 },
    ],
  }
}

/** One customer who pays, uses more than is included and adds seats, month after month. */
async function liveFor(base: string, { pool }: Database, model: 'metered' | 'balance'): Promise<void> {
  const [customerId, code] = [`simulated_${model}`, `simulated_${model}`]
  const [calls, seats] = [`simulated_calls_${model}`, `simulated_seats_${model}`]
  await pool.query('update subscription set due_at = null')
  await send(base, '/features/manage', { code: calls, name: 'Calls', type: 'usage' })
  await send(base, '/features/manage', { code: seats, name: 'Seats', type: 'seats' })
  const plan = (await send(base, '/plans/manage', { code, name: 'Simulated', consumptionModel: model })) as {
    id: string
  }
  const overage = { enabled: true, unitPrice: 200 }
  await send(base, `/plans/${plan.id}/features`, { featureId: calls, includedAmount: 100, overage })
  await send(base, `/plans/${plan.id}/features`, {
    featureId: seats,
    includedAmount: 2,
    overage: { ...overage, unitPrice: 50_000 },
  })
  const included = model === 'balance' ? { includedBalance: 10_000 } : {}
  await send(base, `/plans/${plan.id}/prices`, { billingInterval: 'monthly', price: 2900, ...included })
  await send(base, '/customers', { id: customerId, email: `${customerId}@example.com` })
  const { checkoutUrl } = (await send(base, '/subscriptions', { customerId, planCode: code })) as {
    checkoutUrl: string
  }
  const response = await fetch(`${base}/hosted/v1/checkout/${checkoutUrl.split('/').pop()}/confirm`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      fullName: 'Ada Simulated',
      address: { country: 'US', line1: '1 Main Street', city: 'Springfield', state: 'IL', postalCode: '62701' },
      card: { number: '4242424242424242', expMonth: 12, expYear: new Date().getUTCFullYear() + 3, cvc: '123' },
    }),
  })
  if (!response.ok) throw new Error(`the checkout answered ${response.status}: ${await response.text()}`)
  for (let month = 0; month < monthsLived; month++) {
    for (let use = 0; use < 3; use++) await send(base, '/usage/events', { customerId, feature: calls, value: 50 })
    await send(base, '/seats', { customerId, featureCode: seats, count: 1 })
    await send(base, '/test-clock', { advanceDays: 31 })
    for (;;) {
      const { customersFound } = (await send(base, '/test-clock/process-billing', {})) as { customersFound: number }
      if (customersFound === 0) break
    }
  }
}

/** What a life consists of, as far as it is read again: rows under other ids, each with numbers of its own. */
async function copyRows({ pool }: Database, model: string, count: number): Promise<void> {
  const { rows } = await pool.query<{ org_id: string; customer_id: string; id: string }>(
    `select s.org_id, s.customer_id, s.id from subscription s
     join customer c on c.org_id = s.org_id and c.id = s.customer_id where c.external_id = $1`,
    [`simulated_${model}`],
  )
  const one = rows[0]
  if (!one) throw new Error('the subscription to copy is there')
  const ofSubscription = 'source.subscription_id = $4'
  const copies: [table: string, own: string, renamed: string[]][] = [
    ['customer', 'source.id = $3', ['id', 'external_id']],
    ['subscription', 'source.id = $4', ['id', 'customer_id']],
    ['subscription_window', ofSubscription, ['subscription_id']],
    ['usage_counter', ofSubscription, ['subscription_id']],
    ['usage_event', ofSubscription, ['id', 'subscription_id', 'customer_id']],
    ['ledger_account', ofSubscription, ['subscription_id']],
    ['ledger_entry', ofSubscription, ['subscription_id', 'usage_event_id']],
    ['held_count', ofSubscription, ['subscription_id']],
    ['held_event', ofSubscription, ['id', 'subscription_id']],
    ['held_step', ofSubscription, ['subscription_id']],
    ['invoice', ofSubscription, ['id', 'number', 'customer_id', 'subscription_id']],
    [
      'invoice_line',
      'source.invoice_id in (select i.id from invoice i where i.org_id = $1 and i.subscription_id = $4)',
      ['invoice_id'],
    ],
  ]
  const client = await pool.connect()
  await client.query('set statement_timeout = 0')
  for (const [table, own, renamed] of copies) {
    const values = renamed.map((column) => `'${column}', source.${column} || '_' || n`).join(', ')
    await client.query(
      `insert into ${table} select (jsonb_populate_record(source, jsonb_build_object(${values}))).*
       from ${table} source, generate_series(1, $2::int) n
       where source.org_id = $1 and ${own} and ($3::text, $4::text) is not null`,
      [one.org_id, count, one.customer_id, one.id],
    )
  }
  await client.query("update subscription set due_at = null where name = 'Simulated'")
  await client.query('analyze')
  client.release(true)
}

/** Runs the command line as a process of its own and watches what it holds. */
export async function runHalley(
  databaseUrl: string,
  words: readonly string[],
): Promise<{ readonly seconds: number; readonly rssMb: number }> {
  const startedAt = performance.now()
  const child = spawn(process.execPath, [join(import.meta.dirname, 'halley.ts'), ...words], {
    env: { ...process.env, DATABASE_URL: databaseUrl },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (text) => {
    said += text
  })
  const code = await new Promise<number | null>((resolve) => child.on('exit', resolve))
  const seconds = (performance.now() - startedAt) / 1000
  const rss = /rss (\d+)/.exec(said)?.[1]
  if (code !== 0 || rss === undefined) throw new Error(`halley ${words.join(' ')} ended with ${code}: ${said}`)
  return { seconds, rssMb: Number(rss) / 1024 }
}
