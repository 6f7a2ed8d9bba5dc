import type { Check } from '#verification/check.ts'

export const paymentChecks: readonly Check[] = [
  {
    name: 'charges',
    holds: 'Every charge that went through paid exactly its invoice, in its currency.',
    counted: `select count(*) from payment_transaction where kind = 'charge'`,
    findings: `
      select t.org_id, t.id as subject, format('%s %s %s for %s, which is %s with a total of %s %s', t.state, t.amount, t.currency,
        i.number, i.status, i.total, i.currency) as found
      from payment_transaction t
      join invoice i on i.org_id = t.org_id and i.id = t.invoice_id
      where t.kind = 'charge' and t.state in ('succeeded', 'refunded', 'disputed')
        and (i.status <> 'paid' or i.total <> t.amount or i.currency <> t.currency)`,
  },
  {
    name: 'one_charge_per_invoice',
    holds: 'No invoice was charged twice.',
    counted: `select count(distinct (org_id, invoice_id)) from payment_transaction where kind = 'charge'`,
    findings: `
      select org_id, invoice_id as subject, format('%s charges went through', count(*)) as found
      from payment_transaction
      where kind = 'charge' and state in ('succeeded', 'refunded', 'disputed')
      group by org_id, invoice_id having count(*) > 1`,
  },
  {
    name: 'processor_books',
    holds: 'The simulated processor has booked the charges that went through, and no others.',
    counted: 'select count(*) from simulated_processor.charge',
    findings: `
      with ours as (
        select * from payment_transaction where provider = 'commet' and state in ('succeeded', 'refunded', 'disputed')
      ), theirs as (
        select * from simulated_processor.charge where state = 'succeeded'
      )
      select coalesce(o.org_id, '') as org_id, coalesce(o.id, c.idempotency_key) as subject,
        format('our books: %s %s %s; the processor: %s %s %s', o.state, o.amount, o.currency, c.state, c.amount, c.currency) as found
      from ours o
      full join theirs c on c.idempotency_key = o.id
      where (o.id is null or c.id is null or o.amount <> c.amount or o.currency <> c.currency)
        and not exists (
          select from payment_transaction t where t.id = c.idempotency_key and t.state in ('started', 'requires_action')
        )`,
  },
  {
    name: 'default_methods',
    holds: 'A customer has at most one default payment method.',
    counted: 'select count(*) from payment_method',
    findings: `
      select org_id, customer_id as subject, format('%s default methods', count(*)) as found
      from payment_method where is_default and detached_at is null
      group by org_id, customer_id having count(*) > 1`,
  },
]
