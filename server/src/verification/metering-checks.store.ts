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
      where coalesce(c.total, 0) <> coalesce(r.total, 0) or coalesce(c.events, 0) <> coalesce(r.events, 0)`,
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
]
