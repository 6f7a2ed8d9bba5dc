import { areEventsArchived } from '#verification/archived-events.store.ts'
import type { Check } from '#verification/check.ts'

export const ledgerChecks: readonly Check[] = [
  {
    name: 'ledger_accounts',
    holds: 'What an account holds is the sum of its entries.',
    counted: 'select count(*) from ledger_account',
    findings: `
      select a.org_id, a.subscription_id as subject,
        format('holds %s + %s credits and a balance of %s after %s entries, the entries are %s + %s, %s and %s',
          a.plan_credits, a.purchased_credits, a.balance, a.entries, e.plan, e.purchased, e.balance, e.entries) as found
      from ledger_account a
      cross join lateral (
        select coalesce(sum(plan_credits), 0) as plan, coalesce(sum(purchased_credits), 0) as purchased,
          coalesce(sum(balance), 0) as balance, count(*) as entries
        from ledger_entry e where e.org_id = a.org_id and e.subscription_id = a.subscription_id
      ) e
      where (a.plan_credits, a.purchased_credits, a.balance, a.entries)
        is distinct from (e.plan, e.purchased, e.balance, e.entries)`,
  },
  {
    name: 'ledger_entries',
    holds: 'Ledger entries are numbered without gaps, and each says what is held after it.',
    counted: 'select count(*) from ledger_entry',
    findings: `
      with entries as (
        select *,
          lag(number, 1, 0::bigint) over of_one as number_before,
          lag(plan_credits_after, 1, 0::bigint) over of_one + plan_credits as plan_expected,
          lag(purchased_credits_after, 1, 0::bigint) over of_one + purchased_credits as purchased_expected,
          lag(balance_after, 1, 0::bigint) over of_one + balance as balance_expected
        from ledger_entry
        window of_one as (partition by org_id, subscription_id order by number)
      )
      select org_id, subscription_id as subject,
        format('entry %s (%s) after %s: %s + %s credits, balance %s; expected %s + %s and %s', number, kind, number_before,
          plan_credits_after, purchased_credits_after, balance_after, plan_expected, purchased_expected, balance_expected) as found
      from entries
      where number <> number_before + 1 or plan_credits_after <> plan_expected
        or purchased_credits_after <> purchased_expected or balance_after <> balance_expected`,
  },
  {
    name: 'ledger_usage',
    holds: 'Every consumption of credits or balance belongs to one recorded event of its subscription.',
    counted: `select count(*) from ledger_entry where kind = 'consumption'`,
    findings: `
      select l.org_id, l.subscription_id as subject, format('entry %s was drawn by %s: %s such events, %s entries of it',
        l.number, l.usage_event_id, e.events, twin.entries) as found
      from ledger_entry l
      left join (select org_id, id, subscription_id, count(*) as events from usage_event group by 1, 2, 3) e
        on e.org_id = l.org_id and e.id = l.usage_event_id and e.subscription_id = l.subscription_id
      join (
        select org_id, usage_event_id, count(*) as entries from ledger_entry where kind = 'consumption' group by 1, 2
      ) twin on twin.org_id = l.org_id and twin.usage_event_id = l.usage_event_id
      where l.kind = 'consumption' and (e.events is distinct from 1 or twin.entries <> 1)
        and not (e.events is null and ${areEventsArchived('l.org_id', 'l.occurred_at')})`,
  },
  {
    name: 'ledger_purchases',
    holds: 'Credits and top-ups are added once their invoice is paid, once, and never before.',
    counted: 'select count(*) from ledger_purchase',
    findings: `
      select p.org_id, p.invoice_id as subject, format('the invoice is %s, %s entries add %s of %s', i.status, e.entries,
        e.added, p.amount) as found
      from ledger_purchase p
      join invoice i on i.org_id = p.org_id and i.id = p.invoice_id
      cross join lateral (
        select count(*) as entries, coalesce(sum(purchased_credits + balance), 0) as added from ledger_entry e
        where e.org_id = p.org_id and e.subscription_id = p.subscription_id and e.invoice_id = p.invoice_id
          and e.kind in ('purchase', 'top_up')
      ) e
      where (i.status = 'paid' and (e.entries <> 1 or e.added <> p.amount or p.fulfilled_at is null))
        or (i.status <> 'paid' and (e.entries <> 0 or p.fulfilled_at is not null))`,
  },
]
