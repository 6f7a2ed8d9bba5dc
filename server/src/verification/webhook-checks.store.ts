import type { Check } from '#verification/check.ts'

// What is over is forgotten after thirty days; a day is left for clocks and the tidying up.
const isKept = (column: string) => `${column} > now() - interval '29 days'`

export const webhookChecks: readonly Check[] = [
  {
    name: 'deliveries',
    holds: 'Every endpoint that is switched on has a delivery for each event it listens to, since it does.',
    counted: `select count(*) from event where dispatched_at is not null`,
    findings: `
      select event.org_id, event.id as subject, format('%s was not queued for %s', event.type, endpoint.id) as found
      from webhook_endpoint endpoint
      join event on event.org_id = endpoint.org_id and event.position > endpoint.matched_position
        and (event.type = any(endpoint.events) or ('*' = any(endpoint.events) and event.type <> 'usage.recorded'))
      where endpoint.is_active and not event.pending and event.dispatched_at is not null and ${isKept('event.dispatched_at')}
        and not exists (
          select from webhook_delivery delivery
          where delivery.org_id = event.org_id and delivery.endpoint_id = endpoint.id and delivery.event_id = event.id
            and delivery.cause = 'event'
        )`,
  },
  {
    name: 'delivery_events',
    holds:
      'Every delivery tells an event that happened, of its type, to an endpoint of the same side; tests alone tell none.',
    counted: 'select count(*) from webhook_delivery',
    findings: `
      select delivery.org_id, delivery.id as subject, format('%s of %s, the event is %s', delivery.type, delivery.event_id,
        coalesce(event.type, 'not there')) as found
      from webhook_delivery delivery
      left join event on event.org_id = delivery.org_id and event.id = delivery.event_id
      where (delivery.cause = 'test') <> (event.id is null)
        and not (event.id is null and delivery.type = 'usage.recorded' and delivery.state <> 'waiting')
        or event.type <> delivery.type`,
  },
  {
    name: 'delivery_attempts',
    holds: 'The attempts of a delivery are all there, eight at most, and the last one says how it ended.',
    counted: 'select count(*) from webhook_attempt',
    findings: `
      select delivery.org_id, delivery.id as subject, format('%s with %s attempts, %s kept, the last answered %s', delivery.state,
        delivery.attempts, made.kept, coalesce(last.status::text, last.error, 'nothing')) as found
      from webhook_delivery delivery
      cross join lateral (
        select count(*) as kept, coalesce(max(number), 0) as highest from webhook_attempt a
        where a.org_id = delivery.org_id and a.delivery_id = delivery.id
      ) made
      left join webhook_attempt last on last.org_id = delivery.org_id and last.delivery_id = delivery.id
        and last.number = delivery.attempts
      cross join lateral (select coalesce(last.status between 200 and 299, false) as is_good) ended
      where made.kept <> delivery.attempts or made.highest <> delivery.attempts or delivery.attempts > 8
        or (delivery.state = 'delivered') <> ended.is_good
        or (delivery.state = 'failed' and delivery.cause <> 'test' and delivery.attempts <> 8)
        or (delivery.state = 'waiting' and delivery.attempts = 8)`,
  },
  {
    name: 'endpoints',
    holds: 'A side has at most twenty endpoints, and nothing waits for one that is switched off.',
    counted: 'select count(*) from webhook_endpoint where deleted_at is null',
    findings: `
      select org_id, '' as subject, format('%s endpoints', count(*)) as found
      from webhook_endpoint where deleted_at is null group by org_id having count(*) > 20
      union all
      select endpoint.org_id, endpoint.id, format('%s deliveries wait for it, and it is off', count(*))
      from webhook_endpoint endpoint
      join webhook_delivery delivery on delivery.org_id = endpoint.org_id and delivery.endpoint_id = endpoint.id
        and delivery.state = 'waiting'
      where not endpoint.is_active group by endpoint.org_id, endpoint.id`,
  },
  {
    name: 'endpoints_awake',
    holds:
      'Whatever waits for an endpoint is looked for in time: it is due no later than what waits, or somebody is at it.',
    counted: `select count(*) from webhook_delivery where state = 'waiting'`,
    findings: `
      select endpoint.org_id, endpoint.id as subject,
        format('something waits for %s, it is due %s', min(delivery.next_attempt_at), coalesce(endpoint.due_at::text, 'never')) as found
      from webhook_endpoint endpoint
      join webhook_delivery delivery on delivery.org_id = endpoint.org_id and delivery.endpoint_id = endpoint.id
        and delivery.state = 'waiting'
      where endpoint.is_active and endpoint.lease is null
      group by endpoint.org_id, endpoint.id, endpoint.due_at
      having endpoint.due_at is null or endpoint.due_at > min(delivery.next_attempt_at)`,
  },
  {
    name: 'replays',
    holds: 'A replay has written the deliveries it counts, and all of them when it says so.',
    counted: 'select count(*) from webhook_replay',
    findings: `
      select replay.org_id, replay.id as subject, format('%s, %s of %s queued, %s deliveries', replay.state, replay.queued,
        replay.total, made.count) as found
      from webhook_replay replay
      cross join lateral (
        select count(*) from webhook_delivery d where d.org_id = replay.org_id and d.replay_id = replay.id
      ) made
      where ${isKept('replay.created_at')}
        and (made.count <> replay.queued or (replay.state = 'queued' and replay.queued <> replay.total))`,
  },
]
