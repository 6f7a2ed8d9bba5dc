import type { Check } from '#verification/check.ts'

export const invoiceChecks: readonly Check[] = [
  {
    name: 'invoice_totals',
    holds: 'The lines of every invoice add up to its total before tax.',
    counted: 'select count(*) from invoice',
    findings: `
      select i.org_id, i.number as subject, format('lines %s, total %s with tax %s', l.amount, i.total, i.tax_amount) as found
      from invoice i
      cross join lateral (
        select coalesce(sum(amount), 0) as amount from invoice_line l where l.org_id = i.org_id and l.invoice_id = i.id
      ) l
      where l.amount <> i.total - i.tax_amount
        or i.total <> i.subtotal - i.discount_amount - i.credit_applied + i.tax_amount`,
  },
  {
    name: 'invoice_discounts',
    holds: 'The discounts of every invoice are its discount lines.',
    counted: 'select count(*) from invoice',
    findings: `
      select i.org_id, i.number as subject, format('discount %s, lines %s', i.discount_amount, -l.amount) as found
      from invoice i
      cross join lateral (
        select coalesce(sum(amount), 0) as amount from invoice_line l
        where l.org_id = i.org_id and l.invoice_id = i.id and l.line_type in ('discount', 'promo_code_discount')
      ) l
      where l.amount <> -i.discount_amount`,
  },
  {
    name: 'carried_lines',
    holds: 'A line that was too small to charge is on the invoice that it is said to have come onto.',
    counted: 'select count(*) from carried_line where invoice_id is not null',
    findings: `
      select c.org_id, c.id as subject, format('%s of %s is not on %s', c.line->>'lineType', c.line->>'amount', c.invoice_id) as found
      from carried_line c
      where c.invoice_id is not null and not exists (
        select from invoice_line l
        where l.org_id = c.org_id and l.invoice_id = c.invoice_id and l.line_type = c.line->>'lineType'
          and l.amount = (c.line->>'amount')::bigint)`,
  },
  {
    name: 'invoice_currencies',
    holds:
      'Every final invoice of a subscription that is not void, single charges aside, is in the currency of that subscription.',
    counted: `select count(*) from invoice
      where subscription_id is not null and finalised_at is not null and type <> 'one_time_payment' and status <> 'void'`,
    findings: `
      select i.org_id, i.number as subject, format('%s, subscription %s is paid in %s', i.currency, s.id, s.currency) as found
      from invoice i join subscription s on s.org_id = i.org_id and s.id = i.subscription_id
      where i.finalised_at is not null and i.currency <> s.currency and i.type <> 'one_time_payment' and i.status <> 'void'
        and i.subtotal <> 0`,
  },
  {
    name: 'invoice_taxes',
    holds: 'The tax of every invoice is the sum of its taxes, each of them on all that is charged before tax.',
    counted: 'select count(*) from invoice',
    findings: `
      select i.org_id, i.number as subject, format('tax %s, taxes %s, each on %s to %s of %s', i.tax_amount, t.amount,
        t.least, t.most, i.total - i.tax_amount) as found
      from invoice i
      cross join lateral (
        select coalesce(sum(amount), 0) as amount, min(taxable) as least, max(taxable) as most
        from invoice_tax t where t.org_id = i.org_id and t.invoice_id = i.id
      ) t
      where t.amount <> i.tax_amount or t.least <> i.total - i.tax_amount or t.most <> i.total - i.tax_amount
        or (t.least is not null and i.tax_treatment is distinct from 'charged')`,
  },
  {
    name: 'line_taxes',
    holds: 'Every tax of an invoice is the sum of what it is on its lines, where it was rounded once.',
    counted: 'select count(*) from invoice_tax',
    findings: `
      select t.org_id, i.number as subject, format('%s: %s on %s, lines %s on %s, %s rounded otherwise', t.name, t.amount,
        t.taxable, l.amount, l.taxable, l.strange) as found
      from invoice_tax t
      join invoice i on i.org_id = t.org_id and i.id = t.invoice_id
      cross join lateral (
        select coalesce(sum(l.amount), 0) as amount, coalesce(sum(l.taxable), 0) as taxable,
          count(*) filter (where l.amount <> round(l.taxable::numeric * t.rate / 1000000)) as strange
        from invoice_line_tax l
        where l.org_id = t.org_id and l.invoice_id = t.invoice_id and l.tax_position = t.position
      ) l
      where l.amount <> t.amount or l.taxable <> t.taxable or l.strange > 0`,
  },
  {
    name: 'credit_left',
    holds: 'What is left of every customer credit is what was granted without what is used.',
    counted: 'select count(*) from customer_credit',
    findings: `
      select c.org_id, c.id as subject, format('%s of %s left, %s used', c.remaining, c.amount, u.amount) as found
      from customer_credit c
      cross join lateral (
        select coalesce(sum(amount), 0) as amount from customer_credit_use u
        where u.org_id = c.org_id and u.credit_id = c.id and u.returned_at is null
      ) u
      where c.remaining < 0 or c.remaining <> c.amount - u.amount`,
  },
  {
    name: 'credit_used',
    holds:
      'Every invoice used the customer credit it says, of its customer in its currency; a void one gave it back, a refunded one too, and one of a contract that was withdrawn from.',
    counted: 'select count(*) from customer_credit_use',
    findings: `
      select i.org_id, i.number as subject, format('%s: %s applied, %s used, %s of it given back', i.status, i.credit_applied,
        u.amount, u.returned) as found
      from invoice i
      cross join lateral (
        select coalesce(sum(u.amount), 0) as amount, coalesce(sum(u.amount) filter (where u.returned_at is not null), 0) as returned,
          count(*) filter (where c.customer_id <> i.customer_id or c.currency <> i.currency) as strange
        from customer_credit_use u
        join customer_credit c on c.org_id = u.org_id and c.id = u.credit_id
        where u.org_id = i.org_id and u.invoice_id = i.id
      ) u
      where u.amount <> i.credit_applied or u.strange > 0
        or u.returned <> case when i.status = 'void' or exists (
          select from payment_transaction t where t.org_id = i.org_id and t.invoice_id = i.id and t.state = 'refunded'
        ) or (u.returned > 0 and exists (
          select from withdrawal w where w.org_id = i.org_id and w.contract_id = i.subscription_id and w.declared_at >= i.paid_at
        )) then u.amount else 0 end`,
  },
  {
    name: 'credit_granted',
    holds: 'The amount of every negative adjustment became customer credit, once.',
    counted: `select count(*) from invoice where type = 'adjustment' and total < 0`,
    findings: `
      select i.org_id, i.number as subject, format('%s %s, %s granted', i.total, i.currency, c.amount) as found
      from invoice i
      cross join lateral (
        select coalesce(sum(amount), 0) as amount from customer_credit c
        where c.org_id = i.org_id and c.granted_by = i.id and c.customer_id = i.customer_id and c.currency = i.currency
      ) c
      where i.type = 'adjustment' and c.amount <> greatest(-i.total, 0)`,
  },
  {
    name: 'invoice_numbers',
    holds: 'Invoice numbers have no gap and no double.',
    counted: 'select count(*) from invoice',
    findings: `
      with numbered as (
        select org_id, number, (regexp_match(number, '(\\d+)$'))[1]::bigint as place from invoice
      ), counted as (
        select org_id, count(*) as invoices, count(distinct place) as places, min(place) as first, max(place) as last
        from numbered group by org_id
      )
      select s.org_id, coalesce(c.last::text, 'none') as subject,
        format('%s invoices in %s places from %s to %s, the sequence is at %s', c.invoices, c.places, c.first, c.last, s.last) as found
      from invoice_sequence s
      left join counted c on c.org_id = s.org_id
      where s.last <> coalesce(c.last, 0)
        or (c.invoices is not null and (c.first <> 1 or c.invoices <> c.last or c.places <> c.last))`,
  },
  {
    name: 'invoice_states',
    holds:
      'A paid invoice says when it was paid, a void one when it was voided, and no other one does; whatever was paid is final, with its buyer.',
    counted: 'select count(*) from invoice',
    findings: `
      select org_id, number as subject, format('%s, final since %s, paid at %s, voided at %s%s', status, finalised_at, paid_at, voided_at,
        case when buyer is null then ', without a buyer' end) as found
      from invoice
      where (status = 'paid') <> (paid_at is not null) or (status = 'void') <> (voided_at is not null)
        or (finalised_at is null and status in ('paid', 'uncollectible')) or (status <> 'void' and finalised_at is not null and buyer is null)`,
  },
  {
    name: 'invoice_due_days',
    holds: 'What is charged by itself is due on the day it was issued.',
    counted: `select count(*) from invoice where type <> 'adjustment'`,
    findings: `
      select org_id, number as subject, format('%s, issued at %s, due at %s', type, issued_at, due_at) as found
      from invoice
      where type <> 'adjustment' and due_at <> issued_at`,
  },
  {
    name: 'invoice_owners',
    holds: 'An invoice, its subscription and what was paid for it are of one customer.',
    counted: 'select count(*) from invoice',
    findings: `
      select i.org_id, i.number as subject, format('%s, subscription %s of %s', i.customer_id, s.id, s.customer_id) as found
      from invoice i
      join subscription s on s.org_id = i.org_id and s.id = i.subscription_id
      where s.customer_id <> i.customer_id
      union all
      select i.org_id, i.number, format('%s, paid by %s of %s', i.customer_id, t.id, t.customer_id)
      from invoice i
      join payment_transaction t on t.org_id = i.org_id and t.invoice_id = i.id
      where t.customer_id <> i.customer_id`,
  },
  {
    name: 'line_amounts',
    holds:
      'A line of units is what is beyond the included, at its unit price, rounded once; a true-up is never more than its whole period.',
    counted: `select count(*) from invoice_line where line_type in ('feature_overage', 'feature_seats', 'feature_quota')`,
    findings: `
      with lines as (
        select l.*, i.number, i.currency,
          round(l.quantity * l.unit_amount * case when i.currency in ('clp', 'jpy', 'krw', 'pyg') then 1 else 100 end / 10000) as whole
        from invoice_line l
        join invoice i on i.org_id = l.org_id and i.id = l.invoice_id
        where l.line_type in ('feature_overage', 'feature_seats', 'feature_quota')
      )
      select org_id, number as subject, format('%s of %s: %s × %s = %s %s; %s used, %s included, %s beyond', line_type, feature_name,
        quantity, unit_amount, amount, currency, used_amount, included_amount, overage_amount) as found
      from lines
      where case charge_type when 'true_up' then amount > whole else amount <> whole end
        or (charge_type <> 'true_up' and (quantity <> overage_amount or used_amount - included_amount <> overage_amount))`,
  },
  {
    name: 'billed_usage',
    holds: 'Overage was billed of what was counted in its window, once.',
    counted: `select count(*) from invoice_line where line_type = 'feature_overage'`,
    findings: `
      with billed as (
        select l.*, i.number, i.subscription_id, count(*) over (
          partition by l.org_id, i.subscription_id, l.feature_id, l.window_number) as times
        from invoice_line l
        join invoice i on i.org_id = l.org_id and i.id = l.invoice_id
        where l.line_type = 'feature_overage' and i.status <> 'void' and i.finalised_at is not null
      )
      select b.org_id, b.number as subject, format('%s in window %s: %s billed, %s counted, on %s invoices', b.feature_name, b.window_number,
        b.used_amount, c.total, b.times) as found
      from billed b
      left join usage_counter c on c.org_id = b.org_id and c.subscription_id = b.subscription_id and c.feature_id = b.feature_id
        and c.window_number = b.window_number
      where c.total is distinct from b.used_amount or b.times > 1`,
  },
  {
    name: 'period_billed_once',
    holds: 'No two renewals charge the base of a plan for the same day.',
    counted: `select count(*) from invoice_line where line_type = 'plan_base'`,
    findings: `
      with bases as (
        select i.org_id, i.subscription_id, i.id, i.number, i.issued_at, l.starts_on, l.ends_on
        from invoice_line l
        join invoice i on i.org_id = l.org_id and i.id = l.invoice_id
        where l.line_type = 'plan_base' and i.type = 'recurring' and i.status <> 'void'
      )
      select a.org_id, a.number as subject, format('%s to %s is also billed by %s: %s to %s', a.starts_on, a.ends_on,
        b.number, b.starts_on, b.ends_on) as found
      from bases a
      join bases b on b.org_id = a.org_id and b.subscription_id = a.subscription_id and b.id > a.id
        and b.starts_on < a.ends_on and a.starts_on < b.ends_on
      where not exists (
        select from invoice between_them
        where between_them.org_id = a.org_id and between_them.subscription_id = a.subscription_id
          and between_them.type in ('plan_change', 'reactivation') and between_them.status <> 'void'
          and between_them.issued_at between a.issued_at and b.issued_at
      ) and not exists (
        select from plan_change c
        where c.org_id = a.org_id and c.subscription_id = a.subscription_id and c.state = 'applied'
          and c.decided_at between a.issued_at and b.issued_at
      )`,
  },
]
