import type { Database } from '#database/connect.ts'
import { send } from './seed.ts'

/** How fast due subscriptions are renewed, and what the server's memory did meanwhile. */
export type Renewals = { readonly count: number; readonly perSecond: number; readonly rssMb: number }

/**
 * Renews `count` monthly subscriptions with overage that are all due at once: window closed and billed, invoice numbered,
 * the stored card charged, the next window opened. One of them comes about through the API; the rest are copies of its rows.
 */
export async function measureRenewals(
  base: string,
  database: Database,
  count: number,
  readRssMb: () => Promise<number>,
): Promise<Renewals> {
  await subscribeOne(base)
  // Whoever else is in the database is not due, and the one is reminded before it is copied.
  await database.pool.query("update subscription set due_at = null where name <> 'Renewed'")
  await send(base, '/test-clock', { frozenTime: await dayOfPeriodEnd(database, -2) })
  await processAll(base)
  await copyRows(database, count - 1)
  await send(base, '/test-clock', { frozenTime: await dayOfPeriodEnd(database, 1) })
  const startedAt = performance.now()
  const renewed = await processAll(base)
  const seconds = (performance.now() - startedAt) / 1000
  if (renewed !== count) throw new Error(`${renewed} instead of ${count} subscriptions were renewed`)
  return { count, perSecond: count / seconds, rssMb: await readRssMb() }
}

/** Runs everything that is due. Gives the number of customers found. */
async function processAll(base: string): Promise<number> {
  let found = 0
  for (;;) {
    const { customersFound } = (await send(base, '/test-clock/process-billing', {})) as { customersFound: number }
    if (customersFound === 0) return found
    found += customersFound
  }
}

async function dayOfPeriodEnd({ pool }: Database, days: number): Promise<string> {
  const { rows } = await pool.query<{ day: Temporal.PlainDate }>(
    "select max(period_end) + $1::int as day from subscription where name = 'Renewed'",
    [days],
  )
  if (!rows[0]) throw new Error('the subscription is there')
  return `${rows[0].day}T12:00:00Z`
}

async function subscribeOne(base: string): Promise<void> {
  await send(base, '/features/manage', { code: 'renewed_calls', name: 'Calls', type: 'usage' })
  const plan = (await send(base, '/plans/manage', { code: 'renewed', name: 'Renewed' })) as { id: string }
  await send(base, `/plans/${plan.id}/features`, {
    featureId: 'renewed_calls',
    includedAmount: 100,
    overage: { enabled: true, unitPrice: 200 },
  })
  await send(base, `/plans/${plan.id}/prices`, { billingInterval: 'monthly', price: 2900 })
  await send(base, '/customers', { id: 'renewed', email: 'renewed@example.com' })
  const { checkoutUrl } = (await send(base, '/subscriptions', { customerId: 'renewed', planCode: 'renewed' })) as {
    checkoutUrl: string
  }
  const response = await fetch(`${base}/hosted/v1/checkout/${checkoutUrl.split('/').pop()}/confirm`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      fullName: 'Ada Renewed',
      address: { country: 'US', line1: '1 Main Street', city: 'Springfield', state: 'IL', postalCode: '62701' },
      card: { number: '4242424242424242', expMonth: 12, expYear: new Date().getUTCFullYear() + 3, cvc: '123' },
    }),
  })
  if (!response.ok) throw new Error(`the checkout answered ${response.status}: ${await response.text()}`)
  await send(base, '/usage/events', { customerId: 'renewed', feature: 'renewed_calls', value: 150 })
}

// Whole rows with other ids: what a subscription consists of after its first payment. Each has a card of its own.
async function copyRows({ pool }: Database, count: number): Promise<void> {
  const copies: [table: string, own: string, renamed: string[]][] = [
    ['customer', "external_id = 'renewed'", ['id', 'external_id']],
    ['payment_method', 'customer_id = $2', ['id', 'customer_id', 'provider_token']],
    ['subscription', 'customer_id = $2', ['id', 'customer_id']],
    ['subscription_window', 'subscription_id = $3', ['subscription_id']],
    ['usage_counter', 'subscription_id = $3', ['subscription_id']],
  ]
  const { rows } = await pool.query<{ org_id: string; customer_id: string; id: string }>(
    "select s.org_id, s.customer_id, s.id from subscription s join customer c on c.org_id = s.org_id and c.id = s.customer_id where c.external_id = 'renewed'",
  )
  const one = rows[0]
  if (!one) throw new Error('the subscription to copy is there')
  for (const [table, own, renamed] of copies) {
    const values = renamed.map((column) => `'${column}', ${column} || '_' || n`).join(', ')
    await pool.query(
      `insert into ${table} select (jsonb_populate_record(source, jsonb_build_object(${values}))).*
       from ${table} source, generate_series(1, $1::int) n
       where source.org_id = $4 and ${own} and ($2::text, $3::text) is not null`,
      [count, one.customer_id, one.id, one.org_id],
    )
  }
  await pool.query(
    `insert into simulated_processor.card
     select (jsonb_populate_record(card, jsonb_build_object('token', token || '_' || n))).*
     from simulated_processor.card card, generate_series(1, $1::int) n
     where token = (select provider_token from payment_method where org_id = $2 and customer_id = $3)`,
    [count, one.org_id, one.customer_id],
  )
  await pool.query('analyze')
}
