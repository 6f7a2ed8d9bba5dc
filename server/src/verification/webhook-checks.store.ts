import type { Check } from '#verification/check.ts'

// What is over is forgotten after thirty days; a day is left for clocks and the tidying up.
const isKept = (column: string) => `${column} > now() - interval '29 days'`

/** What has to be told exactly once for each thing of a table, and that thing. */
const effects: readonly { readonly type: string; readonly key: string; readonly of: string }[] = [
  { type: 'customer.created', key: 'id', of: `select org_id, id from customer` },
  {
    type: 'subscription.created',
    key: 'subscriptionId',
    of: `select org_id, id from subscription where status <> 'draft'`,
  },
  { type: 'invoice.created', key: 'invoiceId', of: `select org_id, id from invoice` },
  {
    type: 'payment.received',
    key: 'paymentTransactionId',
    of: `select org_id, id from payment_transaction where kind = 'charge' and state in ('succeeded', 'refunded', 'disputed')`,
  },
]

const toldOnce: readonly Check[] = effects.map(({ type, key, of }) => ({
  name: `told_${type.replace('.', '_')}`,
  holds: `No ${type} without what it tells of, and nothing of that without it, each once.`,
  counted: `select count(*) from event where type = '${type}'`,
  findings: `
    with told as (
      select org_id, data->>'${key}' as id, count(*) as times from event
      where type = '${type}' and data->>'${key}' is not null group by 1, 2
    ), effect as (${of})
    select coalesce(told.org_id, effect.org_id) as org_id, coalesce(told.id, effect.id) as subject,
      format('told %s times, and %s', coalesce(told.times, 0), case when effect.id is null then 'not there' else 'there' end) as found
    from told full join effect on effect.org_id = told.org_id and effect.id = told.id
    where told.times is distinct from 1 or effect.id is null`,
}))

/**
 * What has to be told as often as it happened to something, and that something. `key` is a field of the payload, or an
 * expression over `data`; `only` leaves out events that nothing kept answers to.
 */
type HappeningsOf = { readonly type: string; readonly key: string; readonly of: string; readonly only?: string }

const happenings: readonly HappeningsOf[] = [
  { type: 'invoice.voided', key: 'invoiceId', of: `select org_id, id from invoice where status = 'void'` },
  {
    type: 'payment.refunded',
    key: 'paymentTransactionId',
    of: `select org_id, transaction_id from refund where state = 'succeeded'`,
  },
  { type: 'payment.disputed', key: 'paymentTransactionId', of: `select org_id, transaction_id from dispute` },
  {
    type: 'payment.dispute_resolved',
    key: 'paymentTransactionId',
    of: `select org_id, transaction_id from dispute where state <> 'open'
      union all select org_id, transaction_id from dispute where lost_at is not null`,
  },
  { type: 'payment_link.created', key: 'paymentId', of: `select org_id, id from payment where kind = 'link'` },
  {
    type: 'credits.purchased',
    key: 'invoiceId',
    of: `select org_id, invoice_id from ledger_purchase where kind = 'credits' and fulfilled_at is not null`,
  },
  {
    type: 'balance.topped_up',
    key: 'invoiceId',
    of: `select org_id, invoice_id from ledger_purchase where kind = 'balance' and fulfilled_at is not null`,
  },
  {
    type: 'addon.activated',
    key: 'subscriptionId',
    of: `select org_id, subscription_id from subscription_addon where activated_at is not null`,
  },
  {
    type: 'addon.deactivated',
    key: 'subscriptionId',
    of: `select org_id, subscription_id from subscription_addon where deactivated_at is not null`,
  },
  {
    type: 'subscription.activated',
    key: 'subscriptionId',
    of: `select org_id, id from subscription where activated_at is not null`,
  },
  {
    type: 'subscription.reactivated',
    key: 'invoiceId',
    of: `select org_id, id from invoice where type = 'reactivation' and status = 'paid'`,
  },
  {
    // It has ended now, or has since begun anew.
    type: 'subscription.canceled',
    key: 'subscriptionId',
    of: `select org_id, id from subscription where status = 'canceled'
      union all select org_id, subscription_id from invoice where type = 'reactivation' and status = 'paid'`,
  },
  {
    type: 'trial.started',
    key: 'subscriptionId',
    of: `select distinct org_id, subscription_id from subscription_window where kind = 'trial'`,
  },
  {
    // Without a method nothing was charged.
    type: 'payment.failed',
    key: 'invoiceId',
    only: `data->>'failureCode' <> 'no_payment_method'`,
    of: `select org_id, invoice_id from payment_transaction
      where kind = 'charge' and state = 'failed' and purpose in ('renewal', 'final_invoice')
        and failure_code is distinct from 'no_payment_method'`,
  },
  {
    type: 'payment.recovered',
    key: 'invoiceId',
    of: `select org_id, id from invoice where status = 'paid' and exists (
      select from event failed where failed.org_id = invoice.org_id and failed.type = 'payment.failed'
        and failed.data ->> 'invoiceId' = invoice.id)`,
  },
  {
    type: 'seats.updated',
    key: `concat_ws(' ', data->>'subscriptionId', data->>'featureCode', data->>'previousSeats', data->>'currentSeats')`,
    of: `select held.org_id, concat_ws(' ', held.subscription_id, feature.code, held.previous, held.current)
      from held_event held join feature on feature.org_id = held.org_id and feature.id = held.feature_id
      where feature.type = 'seats' and held.action <> 'initial' and held.previous <> held.current`,
  },
  {
    type: 'payment_link.completed',
    key: 'paymentId',
    of: `select org_id, id from payment where kind = 'link' and status = 'succeeded'`,
  },
  {
    type: 'payment_link.canceled',
    key: 'paymentId',
    of: `select org_id, id from payment where kind = 'link' and status = 'canceled'`,
  },
  { type: 'payout.created', key: 'payoutId', of: `select org_id, id from payout` },
  { type: 'payout.failed', key: 'payoutId', of: `select org_id, id from payout where status = 'failed'` },
  {
    type: 'credits.granted',
    key: `concat_ws(' ', data->>'subscriptionId', data->>'credits', data->>'reason')`,
    of: `select org_id, concat_ws(' ', subscription_id, plan_credits + purchased_credits,
        case when kind = 'adjustment' then 'manual_adjustment' when reason = 'included_raised' then reason else 'period_reset' end)
      from ledger_entry where kind in ('adjustment', 'grant', 'reset') and plan_credits + purchased_credits > 0`,
  },
  {
    type: 'credits.expired',
    key: `concat_ws(' ', data->>'subscriptionId', data->>'expiredCredits')`,
    of: `select org_id, concat_ws(' ', subscription_id, -plan_credits) from ledger_entry
      where kind in ('expiry', 'cancellation') and plan_credits < 0`,
  },
]

const namesOf = happenings.map(({ type }) => `'${type}'`).join(', ')
const keyOf = `case type ${happenings
  .map(({ type, key }) => `when '${type}' then ${key.includes('data') ? key : `data->>'${key}'`}`)
  .join(' ')} end`
const isLeftOut = happenings
  .flatMap(({ type, only }) => (only ? [`(type = '${type}' and not ${only})`] : []))
  .join(' or ')

export const webhookChecks: readonly Check[] = [
  ...toldOnce,
  {
    name: 'told_as_often',
    holds:
      'What was activated, ended, failed, recovered, voided, refunded, disputed, bought, paid out, added or taken away was told as often as it happened.',
    counted: `select count(*) from event where type in (${namesOf})`,
    findings: `
      with told as (
        select org_id, type, ${keyOf} as id, count(*) as times from event
        where type in (${namesOf}) and not (${isLeftOut}) group by 1, 2, 3
      ), happened as (
        select org_id, type, id, count(*) as times
        from (${happenings.map(({ type, of }) => `select org_id, '${type}' as type, id from (${of}) of (org_id, id)`).join(' union all ')}) one
        group by 1, 2, 3
      )
      select coalesce(told.org_id, happened.org_id) as org_id, coalesce(told.id, happened.id) as subject,
        format('%s was told %s times and happened %s times', coalesce(told.type, happened.type), coalesce(told.times, 0),
          coalesce(happened.times, 0)) as found
      from told full join happened on happened.org_id = told.org_id and happened.type = told.type and happened.id = told.id
      where told.times is distinct from happened.times`,
  },
  {
    name: 'told_usage',
    holds: 'Every single use that was told was recorded, with the same amount.',
    counted: `select count(*) from event where type = 'usage.recorded'`,
    findings: `
      select told.org_id, told.id as subject, format('%s of %s told', told.data->>'value', told.data->>'usageEventId') as found
      from event told
      left join usage_event used on used.org_id = told.org_id and used.id = told.data->>'usageEventId'
      where told.type = 'usage.recorded' and (used.id is null or used.quantity <> (told.data->>'value')::numeric)`,
  },
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
