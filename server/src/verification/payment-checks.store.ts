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
    name: 'payouts',
    holds: 'The simulated processor has booked the payouts that it was asked for, over the same amounts.',
    counted: 'select count(*) from payout',
    findings: `
      select o.org_id, coalesce(o.id, t.idempotency_key) as subject,
        format('our books: %s %s %s; the processor: %s %s', o.status, o.amount, o.currency, t.amount, t.currency) as found
      from payout o
      full join simulated_processor.payout t on t.idempotency_key = o.id
      where (o.id is null or (t.id is null and o.status <> 'pending' and o.provider_reference like 'sim_%')
        or o.amount <> t.amount or o.currency <> t.currency)`,
  },
  {
    name: 'payments',
    holds: 'Every paid link and single charge has its one charge and an invoice over the same amount.',
    counted: 'select count(*) from payment',
    findings: `
      select p.org_id, p.id as subject, format('%s, %s %s; %s charges; invoice %s', p.status, p.amount_subtotal + p.tax_amount,
        p.currency, count(t.id), coalesce(max(i.status || ' ' || i.total), 'none')) as found
      from payment p
      left join payment_transaction t on t.org_id = p.org_id and t.payment_id = p.id
        and t.state in ('succeeded', 'refunded', 'disputed')
      left join invoice i on i.org_id = p.org_id and i.id = p.invoice_id
      group by p.org_id, p.id
      having (p.status = 'succeeded') <> (count(t.id) = 1)
        or (p.status = 'succeeded' and (max(i.total) <> p.amount_subtotal + p.tax_amount or max(t.amount) <> max(i.total)
          or max(t.invoice_id) <> p.invoice_id or max(i.status) <> 'paid'))`,
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
    name: 'refunds',
    holds: 'Every charge that was given back has one refund, of all of it, and every other none that went through.',
    counted: 'select count(*) from refund',
    findings: `
      select t.org_id, t.id as subject, format('%s %s %s: %s refunds of %s in all', t.state, t.amount, t.currency, count(r.id),
        sum(r.amount)) as found
      from payment_transaction t
      left join refund r on r.org_id = t.org_id and r.transaction_id = t.id and r.state = 'succeeded' and r.currency = t.currency
      where t.kind = 'charge' and (t.state = 'refunded' or r.id is not null)
      group by t.org_id, t.id
      having (t.state = 'refunded') is distinct from (count(r.id) = 1) or sum(r.amount) is distinct from t.amount`,
  },
  {
    name: 'withdrawals',
    holds:
      'What was to go back with a withdrawal has its refunds, made or under way, unless the provider refused them.',
    counted: 'select count(*) from withdrawal',
    findings: `
      select w.org_id, w.contract_id as subject, format('%s %s on %s; refunds of %s in all', w.amount, w.currency, w.declared_at,
        coalesce(sum(r.amount), 0)) as found
      from withdrawal w
      left join refund r on r.org_id = w.org_id and r.subscription_id = w.subscription_id and r.created_at = w.declared_at
        and r.currency = w.currency
      left join payment_transaction t on t.org_id = r.org_id and t.id = r.transaction_id
        and (w.contract_id = w.subscription_id or w.contract_id = t.invoice_id)
      where r.id is null or t.id is not null
      group by w.org_id, w.contract_id, w.conclusion
      having w.amount > coalesce(sum(r.amount), 0)`,
  },
  {
    name: 'processor_refunds',
    holds: 'The simulated processor has booked the refunds that went through, and no others.',
    counted: 'select count(*) from simulated_processor.refund',
    findings: `
      with ours as (
        select r.*, t.provider_reference as charge_id from refund r
        join payment_transaction t on t.org_id = r.org_id and t.id = r.transaction_id
        where r.provider = 'commet' and r.state = 'succeeded'
      )
      select coalesce(o.org_id, '') as org_id, coalesce(o.id, p.idempotency_key) as subject,
        format('our books: %s of %s; the processor: %s of %s', o.amount, o.charge_id, p.amount, p.charge_id) as found
      from ours o
      full join simulated_processor.refund p on p.idempotency_key = o.id
      where (o.amount, o.charge_id) is distinct from (p.amount, p.charge_id)
        and not exists (select from refund r where r.id = p.idempotency_key and r.state = 'started')`,
  },
  {
    name: 'disputes',
    holds: 'A charge is disputed while a dispute about it is open or lost, and never otherwise.',
    counted: 'select count(*) from dispute',
    findings: `
      select t.org_id, t.id as subject, format('%s, its disputes: %s', t.state, string_agg(d.state, ', ')) as found
      from payment_transaction t
      left join dispute d on d.org_id = t.org_id and d.transaction_id = t.id
      where t.state = 'disputed' or d.id is not null
      group by t.org_id, t.id
      having t.state <> 'refunded'
        and (t.state = 'disputed') is distinct from coalesce(bool_or(d.state in ('open', 'lost')), false)`,
  },
  {
    name: 'processor_disputes',
    holds: 'What the simulated processor has told of disputes is what is known here.',
    counted: 'select count(*) from simulated_processor.dispute',
    findings: `
      select coalesce(d.org_id, '') as org_id, coalesce(d.id, p.id) as subject,
        format('our books: %s %s; the processor: %s %s', d.state, d.amount, p.state, p.amount) as found
      from (select * from dispute where provider = 'commet') d
      full join simulated_processor.dispute p on p.id = d.provider_reference
      where (d.state, d.amount) is distinct from (p.state, p.amount)
        and not exists (
          select from simulated_processor.event e where e.dispute_id = p.id and e.heard_at is null
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
