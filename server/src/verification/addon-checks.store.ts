import type { Check } from '#verification/check.ts'

export const addonChecks: readonly Check[] = [
  {
    name: 'addons_once',
    holds: 'A subscription has an add-on once at a time, and none after its end.',
    counted: 'select count(*) from subscription_addon',
    findings: `
      select had.org_id, had.subscription_id as subject, format('%s %s times, the subscription is %s', had.addon_id, count(*), s.status)
        as found
      from subscription_addon had
      join subscription s on s.org_id = had.org_id and s.id = had.subscription_id
      where had.state in ('pending', 'active')
      group by had.org_id, had.subscription_id, had.addon_id, s.status
      having count(*) > 1 or s.status = 'canceled'`,
  },
  {
    name: 'addons_paid',
    holds:
      'What the rest of the period costs with an add-on is what its invoice asks for; it is paid, or the add-on was refused.',
    counted: 'select count(*) from subscription_addon where invoice_id is not null',
    findings: `
      select had.org_id, i.number as subject, format('%s, the invoice is %s: %s of %s', had.state, i.status, i.subtotal, had.charge)
        as found
      from subscription_addon had
      join invoice i on i.org_id = had.org_id and i.id = had.invoice_id
      where i.subtotal <> had.charge or i.status <> case had.state
        when 'pending' then 'outstanding'
        when 'refused' then 'void'
        else 'paid'
      end`,
  },
  {
    name: 'addons_billed_once',
    holds: 'No two renewals charge the base of an add-on for the same day.',
    counted: `select count(*) from invoice_line where line_type = 'addon_base' and basis ->> 'part' is null`,
    findings: `
      with bases as (
        select i.org_id, i.subscription_id, l.basis ->> 'addonId' as addon_id, i.id, i.number, l.starts_on, l.ends_on
        from invoice_line l
        join invoice i on i.org_id = l.org_id and i.id = l.invoice_id
        where l.line_type = 'addon_base' and l.basis ->> 'part' is null and i.status <> 'void'
      )
      select a.org_id, a.number as subject, format('%s from %s to %s is also billed by %s: %s to %s', a.addon_id, a.starts_on,
        a.ends_on, b.number, b.starts_on, b.ends_on) as found
      from bases a
      join bases b on b.org_id = a.org_id and b.subscription_id = a.subscription_id and b.addon_id = a.addon_id and b.id > a.id
        and b.starts_on < a.ends_on and a.starts_on < b.ends_on`,
  },
]
