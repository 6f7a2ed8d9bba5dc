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
    name: 'window_lengths',
    holds: 'No window is longer than its interval, and each lies in the period that it is said to be of.',
    counted: 'select count(*) from subscription_window',
    findings: `
      select w.org_id, w.subscription_id as subject, format('window %s: %s to %s, in a period from %s to %s of a plan that is paid %s',
        w.number, w.starts_on, w.ends_on, w.period_start, w.period_end, coalesce(s.billing_interval, 'never')) as found
      from subscription_window w
      join subscription s on s.org_id = w.org_id and s.id = w.subscription_id
      where w.starts_on < w.period_start or w.ends_on > w.period_end or w.ends_on - w.starts_on > 31
        or (w.closed_at is null and w.kind = 'paid' and (
          w.ends_on - w.starts_on > case s.billing_interval when 'weekly' then 7 else 31 end
          or w.period_end - w.period_start
            > case s.billing_interval when 'weekly' then 7 when 'monthly' then 31 when 'quarterly' then 92 else 366 end))`,
  },
  {
    name: 'open_windows',
    holds:
      'Who has access is in exactly one open window, the one that metering and billing count on; who has not is in none.',
    counted: 'select count(*) from subscription',
    findings: `
      select s.org_id, s.id as subject, format('%s in window %s from %s to %s of %s to %s on %s, open is %s from %s to %s of %s to %s on %s',
        s.status, s.window_number, s.window_start, s.window_end, s.period_start, s.period_end, s.plan_id, w.number, w.starts_on, w.ends_on,
        w.period_start, w.period_end, w.plan_id) as found
      from subscription s
      left join subscription_window w on w.org_id = s.org_id and w.subscription_id = s.id and w.closed_at is null
      where case when s.status in ('trialing', 'active', 'past_due')
        then (w.number, w.starts_on, w.ends_on, w.period_start, w.period_end, w.plan_id)
          is distinct from (s.window_number, s.window_start, s.window_end, s.period_start, s.period_end, s.plan_id)
        else w.number is not null end`,
  },
  {
    name: 'sold_prices',
    holds: 'The price of a subscription is one of its plan, at its interval.',
    counted: 'select count(*) from subscription where price_id is not null',
    findings: `
      select s.org_id, s.id as subject, format('%s on %s, the price is %s of %s', s.billing_interval, s.plan_id, p.billing_interval,
        p.plan_id) as found
      from subscription s
      join plan_price p on p.org_id = s.org_id and p.id = s.price_id
      where p.plan_id <> s.plan_id or p.billing_interval is distinct from s.billing_interval`,
  },
  {
    name: 'due',
    holds:
      'Who has access is looked at again when their window ends at the latest, or while they are past due in time for the next try; who is canceled is not.',
    counted: 'select count(*) from subscription',
    findings: `
      select s.org_id, s.id as subject, format('%s since %s, the window ends on %s, due at %s', s.status, s.first_declined_at, s.window_end,
        s.due_at) as found
      from subscription s
      join side on side.org_id = s.org_id
      where case s.status
        when 'canceled' then s.due_at is not null
        when 'past_due' then (s.due_at is null and not exists (
          select from payment_transaction t
          where t.org_id = s.org_id and t.invoice_id = s.declined_invoice_id and t.state in ('started', 'requires_action')
        )) or s.due_at > greatest(s.first_declined_at + interval '168 hours', coalesce(side.simulated_time, now()) + interval '2 hours')
        when 'active' then s.due_at is null or s.due_at > s.window_end::timestamp at time zone 'UTC'
        when 'trialing' then s.due_at is null or s.due_at > s.window_end::timestamp at time zone 'UTC'
        else false end`,
  },
  {
    name: 'dunning',
    holds: 'Who is past due owes the one invoice that was declined, and nobody else with access waits for one.',
    counted: 'select count(*) from subscription',
    findings: `
      select s.org_id, s.id as subject, format('%s, declined at %s: %s, which is %s', s.status, s.first_declined_at,
        coalesce(i.number, 'nothing'), coalesce(i.status, 'not there')) as found
      from subscription s
      left join invoice i on i.org_id = s.org_id and i.id = s.declined_invoice_id and i.subscription_id = s.id
      where case when s.status = 'past_due' then i.status is distinct from 'outstanding' or s.first_declined_at is null
        else s.status in ('active', 'trialing') and (s.declined_invoice_id is not null or s.first_declined_at is not null) end`,
  },
  {
    name: 'closed_counters',
    holds: 'Nothing can be counted any more in a window that has ended, and in the open one everything can.',
    counted: `select count(*) from usage_counter`,
    findings: `
      select c.org_id, c.subscription_id as subject, format('feature %s: window %s was closed at %s, its counter is %s', c.feature_id,
        c.window_number, w.closed_at, case when c.closed then 'closed' else 'open' end) as found
      from usage_counter c
      join subscription_window w on w.org_id = c.org_id and w.subscription_id = c.subscription_id and w.number = c.window_number
      where c.closed <> (w.closed_at is not null)`,
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
