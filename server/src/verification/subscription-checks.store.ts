import type { Check } from '#verification/check.ts'

export const subscriptionChecks: readonly Check[] = [
  {
    name: 'one_live_subscription',
    holds: 'A customer has at most one live subscription.',
    counted: 'select count(*) from subscription',
    findings: `
      select org_id, customer_id as subject, format('%s live subscriptions', count(*)) as found
      from subscription where status <> 'canceled'
      group by org_id, customer_id having count(*) > 1`,
  },
  {
    name: 'windows',
    holds: 'The windows of a subscription follow each other without a gap or an overlap.',
    counted: 'select count(*) from subscription_window',
    findings: `
      with windows as (
        select *, lead(number) over of_one as next_number, lead(starts_on) over of_one as next_start,
          lead(opened_at) over of_one as next_opened_at, (closed_at at time zone 'UTC')::date as closed_on
        from subscription_window
        window of_one as (partition by org_id, subscription_id order by number)
      )
      select org_id, subscription_id as subject, format('window %s: %s to %s, closed on %s; then window %s from %s', number, starts_on,
        ends_on, closed_on, next_number, next_start) as found
      from windows
      where next_number is not null and (
        closed_at is null
        or next_number <> number + 1
        or next_start < least(ends_on, closed_on)
        or (next_opened_at = closed_at and next_start > ends_on)
      )`,
  },
  {
    name: 'open_windows',
    holds:
      'Who has access is in exactly one open window, the one that metering and billing count on; who has not is in none.',
    counted: 'select count(*) from subscription',
    findings: `
      select s.org_id, s.id as subject, format('%s in window %s from %s to %s, open is %s from %s to %s', s.status, s.window_number,
        s.window_start, s.window_end, w.number, w.starts_on, w.ends_on) as found
      from subscription s
      left join subscription_window w on w.org_id = s.org_id and w.subscription_id = s.id and w.closed_at is null
      where case when s.status in ('trialing', 'active', 'past_due')
        then (w.number, w.starts_on, w.ends_on) is distinct from (s.window_number, s.window_start, s.window_end)
        else w.number is not null end`,
  },
  {
    name: 'due',
    holds: 'Who is active or on trial is looked at again, and who is canceled is not.',
    counted: 'select count(*) from subscription',
    findings: `
      select org_id, id as subject, format('%s, due at %s', status, due_at) as found
      from subscription
      where (status in ('active', 'trialing') and due_at is null) or (status = 'canceled' and due_at is not null)`,
  },
  {
    name: 'closed_counters',
    holds: 'Nothing can be counted any more for a subscription that has ended.',
    counted: `select count(*) from usage_counter`,
    findings: `
      select c.org_id, c.subscription_id as subject, format('feature %s, window %s is open', c.feature_id, c.window_number) as found
      from usage_counter c
      join subscription s on s.org_id = c.org_id and s.id = c.subscription_id
      where s.status = 'canceled' and not c.closed`,
  },
  {
    name: 'plan_changes',
    holds:
      'A change of plan stands as its invoice does, and one that is scheduled waits for a period that is going to end.',
    counted: 'select count(*) from plan_change',
    findings: `
      select c.org_id, c.id as subject, format('%s, its invoice %s is %s', c.state, i.number, i.status) as found
      from plan_change c
      left join invoice i on i.org_id = c.org_id and i.id = c.invoice_id
      where c.invoice_id is not null and i.status is distinct from case
        when c.state in ('charging', 'awaiting') then 'outstanding' when c.state = 'applied' then 'paid' else 'void' end
      union all
      select org_id, id, format('%s, canceled on %s: a change to %s is scheduled', status, cancel_effective_on, scheduled_plan_id)
      from subscription
      where scheduled_plan_id is not null
        and (status not in ('trialing', 'active', 'past_due') or cancel_requested_at is not null or period_end is null)`,
  },
  {
    name: 'promo_codes',
    holds: 'No promo code was used more often than it may be, and its counts are those of its redemptions.',
    counted: 'select count(*) from promo_code',
    findings: `
      select p.org_id, p.id as subject, format('at most %s; counted: %s held, %s redeemed, %s beyond; found: %s, %s, %s', p.max_redemptions,
        p.held, p.redeemed, p.honoured, r.held, r.redeemed, r.honoured) as found
      from promo_code p
      cross join lateral (
        select count(*) filter (where state = 'held') as held, count(*) filter (where state = 'redeemed' and not beyond_cap) as redeemed,
          count(*) filter (where beyond_cap) as honoured
        from promo_code_redemption where org_id = p.org_id and promo_code_id = p.id
      ) r
      where (p.held, p.redeemed, p.honoured) is distinct from (r.held, r.redeemed, r.honoured) or r.held + r.redeemed > p.max_redemptions`,
  },
]
