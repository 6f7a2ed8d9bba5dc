import { areEventsArchived } from '#verification/archived-events.store.ts'
import type { Check } from '#verification/check.ts'

export const meteringChecks: readonly Check[] = [
  {
    name: 'counters',
    holds: 'Every counter is the sum of its events.',
    counted: 'select count(*) from usage_counter',
    findings: `
      with recorded as (
        select org_id, subscription_id, feature_id, window_number, sum(quantity) as total, count(*) as events
        from usage_event group by org_id, subscription_id, feature_id, window_number
      )
      select coalesce(c.org_id, r.org_id) as org_id, coalesce(c.subscription_id, r.subscription_id) as subject,
        format('feature %s, window %s: the counter has %s of %s events, the events are %s of %s',
          coalesce(c.feature_id, r.feature_id), coalesce(c.window_number, r.window_number),
          c.total, c.events, r.total, r.events) as found
      from usage_counter c
      full join recorded r using (org_id, subscription_id, feature_id, window_number)
      left join subscription_window w
        on w.org_id = c.org_id and w.subscription_id = c.subscription_id and w.number = c.window_number
      where (coalesce(c.total, 0) <> coalesce(r.total, 0) or coalesce(c.events, 0) <> coalesce(r.events, 0))
        and not ${areEventsArchived('c.org_id', 'w.opened_at')}`,
  },
  {
    name: 'event_keys',
    holds: 'Every event with a key of its own holds that key, and no other event does.',
    counted: 'select count(*) from usage_event where idempotency_key is not null',
    findings: `
      select e.org_id, e.id as subject, format('key %s belongs to %s', e.idempotency_key, coalesce(k.event_id, 'nobody')) as found
      from usage_event e
      left join usage_event_key k on k.org_id = e.org_id and k.kind = 'body' and k.key = e.idempotency_key
      where e.idempotency_key is not null and k.event_id is distinct from e.id`,
  },
  {
    name: 'held_counts',
    holds: 'Seats and quota are what their last change left, and every change follows the one before.',
    counted: 'select count(*) from held_event',
    findings: `
      with changes as (
        select *, lag(current, 1, 0::bigint) over of_one as before, lag(number, 1, 0::bigint) over of_one as number_before
        from held_event
        window of_one as (partition by org_id, subscription_id, feature_id order by number)
      )
      select org_id, id as subject, format('change %s of feature %s says %s were held before, it was %s after change %s',
        number, feature_id, previous, before, number_before) as found
      from changes where previous <> before or number <> number_before + 1
      union all
      select h.org_id, h.subscription_id, format('feature %s: %s held after %s changes, the last change left %s (number %s)',
        h.feature_id, h.current, h.changes, e.current, e.number)
      from held_count h
      left join lateral (
        select current, number from held_event e
        where e.org_id = h.org_id and e.subscription_id = h.subscription_id and e.feature_id = h.feature_id
        order by number desc limit 1
      ) e on true
      where h.current <> coalesce(e.current, 0) or h.changes <> coalesce(e.number, 0)`,
  },
  {
    name: 'held_steps',
    holds: 'Every increase that is billed is one that was made, and none of a period that is over still waits for it.',
    counted: 'select count(*) from held_step',
    findings: `
      select h.org_id, h.subscription_id as subject, format('feature %s: from %s to %s on %s, settled with window %s; held then: %s',
        h.feature_id, h.mark_before, h.mark_after, h.counts_on, h.settled_window, e.current) as found
      from held_step h
      join subscription s on s.org_id = h.org_id and s.id = h.subscription_id
      left join held_event e on e.org_id = h.org_id and e.subscription_id = h.subscription_id and e.feature_id = h.feature_id
        and e.number = h.number
      left join subscription_window w on w.org_id = h.org_id and w.subscription_id = h.subscription_id
        and w.number = h.settled_window
      where e.current is distinct from h.mark_after
        or (h.settled_window is not null and h.settled_window > 0 and w.closed_at is null)
        or (h.settled_window is null and s.status in ('active', 'past_due') and h.counts_on < s.period_start)`,
  },
  {
    name: 'reserved_capacity',
    holds: 'What is reserved is the sum of the open reservations, and never more than an account holds.',
    counted: 'select count(*) from usage_reservation',
    findings: `
      select c.org_id, c.subscription_id as subject, format('feature %s, window %s: %s reserved, open reservations hold %s',
        c.feature_id, c.window_number, c.reserved, coalesce(r.held, 0)) as found
      from usage_counter c
      left join (
        select org_id, subscription_id, feature_id, window_number, sum(held_units) as held
        from usage_reservation where status = 'held' group by org_id, subscription_id, feature_id, window_number
      ) r using (org_id, subscription_id, feature_id, window_number)
      where c.reserved <> coalesce(r.held, 0)
      union all
      select a.org_id, a.subscription_id, format('%s of the account reserved, open reservations hold %s; %s credits, balance %s',
        a.reserved, coalesce(r.held, 0), a.plan_credits + a.purchased_credits, a.balance)
      from ledger_account a
      left join (
        select org_id, subscription_id, sum(held_funds) as held
        from usage_reservation where status = 'held' group by org_id, subscription_id
      ) r using (org_id, subscription_id)
      where a.reserved <> coalesce(r.held, 0)
        or a.reserved > 0 and a.model = 'credits' and a.reserved > a.plan_credits + a.purchased_credits
        or a.reserved > 0 and a.model = 'balance' and not a.may_overdraw and a.reserved > a.balance`,
  },
  {
    name: 'committed_reservations',
    holds: 'A committed reservation has its one event, of what was committed.',
    counted: `select count(*) from usage_reservation where status = 'committed'`,
    findings: `
      select r.org_id, r.id as subject, format('%s was committed as event %s, which has %s', r.committed, r.usage_event_id,
        coalesce(e.quantity::text, 'no record')) as found
      from usage_reservation r
      left join usage_event e on e.org_id = r.org_id and e.id = r.usage_event_id
        and e.subscription_id = r.subscription_id and e.feature_id = r.feature_id
      where r.status = 'committed' and e.quantity is distinct from r.committed
        and not (e.id is null and ${areEventsArchived('r.org_id', 'r.settled_at')})
      union all
      select org_id, usage_event_id, format('%s reservations were committed as this event', count(*))
      from usage_reservation where usage_event_id is not null group by org_id, usage_event_id having count(*) > 1`,
  },
]
