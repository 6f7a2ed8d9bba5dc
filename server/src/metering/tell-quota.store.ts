/**
 * The part of the recording statement (record-events.store.ts) that tells of included amounts: which level (quota-watch.ts)
 * each event of `accepted` brings its counter to, and the events of the outbox for levels that nobody was told of in this window.
 * `told` in the counter is the highest level so far and never falls, so that each is told once, whatever is taken back later.
 *
 *   raising      events above what the counter says was told; mostly none
 *   quota_passed those of them above what the batch itself has told before
 */
export const quotaLevelOfEvent = `
  case
    when included is null or quantity <= 0 then 0
    when is_overage_on and reached - reserved > included then 2
    when not is_overage_on and reached - reserved >= included then 2
    when included > 0 and (reached - reserved) * 10 >= included * 8 then 1
    else 0
  end`

export const quotaSteps = `
  raising as materialized (
    select *, coalesce(max(level) over (
        partition by subscription_id, feature_id, window_number order by position
        rows between unbounded preceding and 1 preceding
      ), 0) as told_before
    from accepted where level > told
  ), quota_passed as materialized (
    select * from raising where level > told_before
  ), quota_told as (
    insert into event (org_id, id, type, customer_id, data, occurred_at, created_at)
    select $1, 'whev_' || substr(event_id, 5),
      case level when 1 then 'quota.threshold_reached' else 'quota.exceeded' end, customer_id,
      jsonb_build_object('subscriptionId', subscription_id, 'customerId', shown_customer_id, 'featureCode', feature_code,
        'currentUsage', trim_scale(reached - reserved), 'includedAmount', trim_scale(included),
        'periodStart', to_char(starts_on, 'YYYY-MM-DD"T00:00:00.000Z"'))
      || case level when 2 then jsonb_build_object('overageEnabled', true) else '{}' end,
      created_at, created_at
    from quota_passed where level = 1 or is_overage_on order by subscription_id, position
  )`

/** What ends the customer's usage and is told with their whole state, by whoever runs the statement. */
export const quotaExhausted = `
  select position, 'quota.exceeded' as type, reached - reserved as held
  from quota_passed where level = 2 and not is_overage_on`
