-- The next UTC day on which the owner of a card is told that it ends; null when nothing is left to tell.
alter table payment_method add column expiry_notice_on date;
update payment_method card
set expiry_notice_on = case
    when ending.day - 30 > ending.today then ending.day - 30
    when ending.day - 7 > ending.today then ending.day - 7
  end
from (
  select one.org_id, one.id, (make_date(one.exp_year, one.exp_month, 1) + interval '1 month')::date as day,
    (coalesce(side.simulated_time, now()) at time zone 'UTC')::date as today
  from payment_method one join side on side.org_id = one.org_id
) ending
where ending.org_id = card.org_id and ending.id = card.id;
create index payment_method_expiry on payment_method (org_id, expiry_notice_on)
  where is_default and detached_at is null and expiry_notice_on is not null;

alter table mail drop constraint mail_kind;
alter table mail add constraint mail_kind check (kind in ('subscription_started', 'subscription_reactivated', 'receipt', 'refunded', 'invoice_finalised', 'invoice_sent', 'payment_failed', 'action_needed', 'payment_recovered', 'canceled_for_non_payment', 'trial_will_end', 'trial_converted', 'subscription_changed', 'cancel_scheduled', 'cancel_undone', 'subscription_ended', 'renewal_reminder', 'card_expiring', 'webhook_failed', 'webhook_switched_off', 'portal_link', 'email_change', 'email_changed'));
