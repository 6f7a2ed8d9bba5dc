-- A customer's wish for another e-mail address, until whoever reads mail there confirms it. Moments are real time. `old_email`: the
-- address it was asked for; when that is another one by then, the wish is void.
create table email_change (
  org_id text not null,
  id text not null,
  customer_id text not null,
  old_email text not null,
  new_email text not null,
  state text not null,
  requested_at timestamptz not null,
  expires_at timestamptz not null,
  primary key (org_id, id),
  foreign key (org_id, customer_id) references customer (org_id, id)
);
alter table email_change add constraint email_change_state check (state in ('waiting', 'confirmed', 'dropped'));
create unique index email_change_waiting on email_change (org_id, customer_id) where state = 'waiting';
create index email_change_by_customer on email_change (org_id, customer_id, requested_at);

alter table mail drop constraint mail_kind;
alter table mail add constraint mail_kind check (kind in ('subscription_started', 'subscription_reactivated', 'receipt', 'refunded', 'invoice_finalised', 'invoice_sent', 'payment_failed', 'action_needed', 'payment_recovered', 'canceled_for_non_payment', 'trial_will_end', 'trial_converted', 'subscription_changed', 'cancel_scheduled', 'cancel_undone', 'subscription_ended', 'renewal_reminder', 'webhook_failed', 'webhook_switched_off', 'portal_link', 'email_change', 'email_changed'));
