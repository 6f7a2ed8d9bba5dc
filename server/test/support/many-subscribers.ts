import type { ClonedDatabase } from './database.ts'

/**
 * Copies of one paying customer, row by row under other ids: what `count` customers who came the same way would be. Each has
 * a card of its own.
 */
export async function copySubscriber(database: ClonedDatabase, externalId: string, count: number): Promise<void> {
  const { pool } = database
  const { rows } = await pool.query<{ org_id: string; customer_id: string; subscription_id: string }>(
    `select s.org_id, s.customer_id, s.id as subscription_id
     from subscription s join customer c on c.org_id = s.org_id and c.id = s.customer_id where c.external_id = $1`,
    [externalId],
  )
  const one = rows[0]
  if (!one) throw new Error(`${externalId} has a subscription`)
  const copies: readonly [table: string, owner: 'id' | 'customer_id' | 'subscription_id', renamed: string[]][] = [
    ['customer', 'id', ['id', 'external_id']],
    ['payment_method', 'customer_id', ['id', 'customer_id', 'provider_token']],
    ['subscription', 'customer_id', ['id', 'customer_id']],
    ['subscription_window', 'subscription_id', ['subscription_id']],
    ['usage_counter', 'subscription_id', ['subscription_id']],
    ['usage_event', 'subscription_id', ['id', 'subscription_id', 'customer_id']],
  ]
  await pool.query(
    `insert into simulated_processor.card
     select (jsonb_populate_record(card, jsonb_build_object('token', card.token || '_' || n))).*
     from simulated_processor.card, payment_method method, generate_series(1, $3::int) n
     where card.token = method.provider_token and method.org_id = $1 and method.customer_id = $2`,
    [one.org_id, one.customer_id, count],
  )
  for (const [table, owner, renamed] of copies) {
    const names = renamed.map((column) => `'${column}', source.${column} || '_' || n`).join(', ')
    await pool.query(
      `insert into ${table} select (jsonb_populate_record(source, jsonb_build_object(${names}))).*
       from ${table} source, generate_series(1, $3::int) n where source.org_id = $1 and source.${owner} = $2`,
      [one.org_id, owner === 'subscription_id' ? one.subscription_id : one.customer_id, count],
    )
  }
  await tellOf(database, one, count)
  await pool.query('analyze')
}

type Copied = { readonly org_id: string; readonly customer_id: string; readonly subscription_id: string }

/** Customers and subscriptions that came the same way were told of the same way. */
async function tellOf({ pool }: ClonedDatabase, one: Copied, count: number): Promise<void> {
  const told = [
    ['customer.created', one.customer_id, ['id', 'externalId']],
    ['customer.updated', one.customer_id, ['id', 'externalId']],
    ['subscription.created', one.subscription_id, ['subscriptionId']],
    ['subscription.activated', one.subscription_id, ['subscriptionId']],
  ] as const
  for (const [type, id, renamed] of told) {
    const names = renamed.map((key) => `'${key}', data->>'${key}' || '_' || n`).join(', ')
    await pool.query(
      `insert into event (org_id, id, type, customer_id, data, occurred_at, created_at)
       select org_id, id || '_' || n, type, customer_id || '_' || n,
         data || jsonb_build_object(${names}), occurred_at, created_at
       from event, generate_series(1, $5::int) n where org_id = $1 and type = $2 and data->>$3 = $4`,
      [one.org_id, type, renamed[0], id, count],
    )
  }
}
