/**
 * What has to be told as often as it happened to something, and that something. `key` is a field of the payload, or an
 * expression over `data`; `only` leaves out events that nothing kept answers to.
 */
type HappeningsOf = { readonly type: string; readonly key: string; readonly of: string; readonly only?: string }

export const happenings: readonly HappeningsOf[] = [
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
    // Whoever is sent to pay what was declined has become past due by it.
    type: 'subscription.past_due',
    key: 'invoiceId',
    of: `select org_id, declined_invoice_id from subscription where status = 'past_due'
      union select org_id, data->>'invoiceId' from event where type = 'payment.failed' and data->>'recoveryUrl' is not null`,
  },
  {
    // From window to window, or since the last one where its successor is not paid yet. A change of the interval alone is kept
    // where it was charged at once; else it is what was scheduled, not revoked, and waits no more.
    type: 'subscription.plan_changed',
    key: `concat_ws(' ', data->>'subscriptionId', data->'previousPlan'->>'id', data->'currentPlan'->>'id')`,
    of: `select org_id, concat_ws(' ', subscription_id, plan_id, next_plan_id) from (
        select w.org_id, w.subscription_id, w.plan_id, coalesce(lead(w.plan_id) over (
          partition by w.org_id, w.subscription_id order by w.number), s.plan_id) as next_plan_id
        from subscription_window w join subscription s on s.org_id = w.org_id and s.id = w.subscription_id
      ) passed where next_plan_id <> plan_id
      union all select org_id, concat_ws(' ', subscription_id, from_plan_id, to_plan_id) from plan_change
      where state = 'applied' and from_plan_id = to_plan_id
      union all (
        select org_id, concat_ws(' ', data->>'subscriptionId', data->'currentPlan'->>'id', data->'scheduledPlan'->>'id') from event
        where type = 'subscription.plan_change_scheduled' and data->'currentPlan'->>'id' = data->'scheduledPlan'->>'id'
        except all (
          select org_id, concat_ws(' ', data->>'subscriptionId', data->'currentPlan'->>'id', data->'revokedPlan'->>'id') from event
          where type = 'subscription.plan_change_revoked' and data->'currentPlan'->>'id' = data->'revokedPlan'->>'id'
          union all select org_id, concat_ws(' ', id, plan_id, scheduled_plan_id) from subscription
          where scheduled_plan_id = plan_id
        )
      )`,
  },
  {
    type: 'trial.started',
    key: 'subscriptionId',
    of: `select distinct org_id, subscription_id from subscription_window where kind = 'trial'`,
  },
  {
    type: 'trial.converted',
    key: 'subscriptionId',
    of: `select change.org_id, change.subscription_id from plan_change change
      join subscription_window w on w.org_id = change.org_id and w.subscription_id = change.subscription_id
        and w.number = change.window_number
      where change.state = 'applied' and w.kind = 'trial'`,
  },
  {
    // What follows a trial that no change has ended; after a reactivation nothing kept says whether the trial had run out.
    type: 'trial.expired',
    key: 'subscriptionId',
    of: `select trial.org_id, trial.subscription_id from (
        select org_id, subscription_id, max(number) as number from subscription_window where kind = 'trial' group by 1, 2
      ) trial
      where exists (select from invoice i where i.org_id = trial.org_id and i.subscription_id = trial.subscription_id
          and i.cause = 'trial_end')
        or exists (select from subscription_window w where w.org_id = trial.org_id
          and w.subscription_id = trial.subscription_id and w.number > trial.number)
        and not exists (select from plan_change change where change.org_id = trial.org_id
          and change.subscription_id = trial.subscription_id and change.window_number = trial.number and change.state = 'applied')
        and not exists (select from invoice i where i.org_id = trial.org_id and i.subscription_id = trial.subscription_id
          and i.type = 'reactivation' and i.status = 'paid')
      union select event.org_id, event.data->>'subscriptionId' from event
      join invoice i on i.org_id = event.org_id and i.subscription_id = event.data->>'subscriptionId'
        and i.type = 'reactivation' and i.status = 'paid'
      where event.type = 'trial.expired'`,
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
  {
    // A bank may send back what was paid: whether it ever was is not kept, but it was once at most.
    type: 'payout.paid',
    key: 'payoutId',
    of: `select org_id, id from payout where status = 'paid'
      union all select distinct payout.org_id, payout.id from payout
      join event on event.org_id = payout.org_id and event.type = 'payout.paid' and event.data->>'payoutId' = payout.id
      where payout.status = 'failed'`,
  },
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
