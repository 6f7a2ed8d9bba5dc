import type { World } from '../world.ts'

/** Everything that a customer's life left behind, with ids told by their order: what two worlds can be compared by. */
export async function booksOf({ database: { pool }, orgId }: World, customer: string): Promise<string[]> {
  const rows = async (sql: string) => {
    const { rows: found } = await pool.query<{ told: unknown }>(sql, [orgId, customer])
    return found.map(({ told }) => JSON.stringify(told, asText))
  }
  const own =
    'join customer c on c.org_id = x.org_id and c.id = x.customer_id where x.org_id = $1 and c.external_id = $2'
  const invoices = await rows(`
    select jsonb_build_object('number', x.number, 'type', x.type, 'status', x.status, 'subtotal', x.subtotal,
      'discount', x.discount_amount, 'credit', x.credit_applied, 'tax', x.tax_amount, 'total', x.total, 'currency', x.currency,
      'period', x.period_start || '..' || x.period_end, 'issued', x.issued_at, 'paid', x.paid_at,
      'treatment', x.tax_treatment,
      'taxes', (select jsonb_agg(jsonb_build_object('name', t.name, 'rate', t.rate, 'on', t.taxable, 'amount', t.amount)
        order by t.position) from invoice_tax t where t.org_id = x.org_id and t.invoice_id = x.id),
      'lines', (select jsonb_agg(jsonb_build_object('type', l.line_type, 'amount', l.amount, 'quantity', l.quantity,
        'window', l.window_number, 'days', l.starts_on || '..' || l.ends_on) order by l.position)
        from invoice_line l where l.org_id = x.org_id and l.invoice_id = x.id)) as told
    from invoice x ${own} order by x.number`)
  const events = await rows(
    `select jsonb_build_object('type', x.type, 'data', x.data) as told from event x ${own} order by x.id`,
  )
  const windows = await rows(`
    select jsonb_build_object('number', w.number, 'kind', w.kind, 'days', w.starts_on || '..' || w.ends_on) as told
    from subscription_window w join subscription x on x.org_id = w.org_id and x.id = w.subscription_id ${own}
    order by x.created_at, x.id, w.number`)
  return withoutIds([...invoices, ...events, ...windows])
}

function asText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}

/**
 * Names each id by the order in which it comes up. Links and tokens are as random as ids; of customers who renew at one instant
 * the first number is whose charge settles first.
 */
function withoutIds(lines: readonly string[]): string[] {
  const names = new Map<string, string>()
  const name = (id: string, prefix: string) => {
    if (!names.has(id)) names.set(id, `${prefix}#${names.size}`)
    return names.get(id) ?? id
  }
  return lines.map((line) =>
    line
      .replaceAll(/"https?:[^"]*"/g, '"link"')
      .replaceAll(/\bTEST-\d{6,}/g, (number) => name(number, 'number'))
      .replaceAll(/\b([a-z]{2,5})_[0-9a-z]{20,}/g, (id, prefix: string) => name(id, prefix)),
  )
}
