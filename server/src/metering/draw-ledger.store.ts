/**
 * The part of the recording statement (record-events.store.ts) that draws on ledger accounts, from `accepted`: one entry for
 * each event that costs something, with what the account held after it; the account's row, which is locked; and what its owner
 * has to be told when a threshold is passed. Before and after are those of the event itself, whatever shares its batch, so that each
 * threshold is passed by exactly one event.
 *
 *   drawing  what the account held before and after each event (spent: by the batch so far, this event included)
 *   notices  reaching zero tells only `…depleted`; `credits.low` once per window, `balance.low` at each crossing
 *
 * A notice is told by whoever runs the statement ({@link ledgerExhausted}), in a transaction: with the customer's state, or by mail.
 */
export const ledgerSteps = `
  drawing as materialized (
    select position, event_id, customer_id, shown_customer_id, subscription_id, window_number, created_at, model, currency,
      cost, granted_credits, last_refill, low_told, plan_credits, purchased_credits, balance,
      reached - base as spent, account_reserved - reached as after, account_reserved + cost - reached as before,
      entries + row_number() over (partition by subscription_id order by position) as number
    from accepted where cost > 0
  ), pots as materialized (
    select *,
      case when model = 'credits' then greatest(plan_credits - spent, 0) else plan_credits end as plan_after,
      case when model = 'credits' then greatest(plan_credits - spent + cost, 0) else plan_credits end as plan_before,
      case when model = 'credits' then after - greatest(plan_credits - spent, 0) else purchased_credits end as purchased_after,
      case when model = 'credits' then before - greatest(plan_credits - spent + cost, 0) else purchased_credits end
        as purchased_before,
      case when model = 'balance' then after else balance end as balance_after
    from drawing
  ), entered as (
    insert into ledger_entry (org_id, subscription_id, number, kind, plan_credits, purchased_credits, balance,
      plan_credits_after, purchased_credits_after, balance_after, window_number, usage_event_id, occurred_at)
    select $1, subscription_id, number, 'consumption', plan_after - plan_before, purchased_after - purchased_before,
      case when model = 'balance' then -cost else 0 end, plan_after, purchased_after, balance_after, window_number, event_id,
      created_at
    from pots order by subscription_id, number
  ), notices as materialized (
    select *, case
        when before > 0 and after <= 0 then model || '.depleted'
        when after > 0 and model = 'credits' and not low_told and before * 10 > granted_credits and after * 10 <= granted_credits
          then 'credits.low'
        when after > 0 and model = 'balance' and before * 10 > last_refill and after * 10 <= last_refill then 'balance.low'
      end as type
    from pots
  ), drawn as (
    update ledger_account a
    set plan_credits = last.plan_after, purchased_credits = last.purchased_after, balance = last.balance_after,
      entries = last.number, low_told = a.low_told or last.is_low_told
    from (
      select distinct on (subscription_id) subscription_id, plan_after, purchased_after, balance_after, number,
        bool_or(type = 'credits.low') over (partition by subscription_id) is true as is_low_told
      from notices order by subscription_id, number desc
    ) last
    where a.org_id = $1 and a.subscription_id = last.subscription_id`

/** What is passed and has to be told, by whoever runs the statement. */
export const ledgerExhausted = `
  select position, type, after as held from notices where type is not null`
