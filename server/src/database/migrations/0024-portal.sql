-- Sessions of customers in their portal: real time, not the organisation's. `mailed` counts the links that were mailed to whoever
-- came with an old one.
create table portal_session (
  org_id text not null,
  id text not null,
  customer_id text not null,
  return_url text,
  opened_at timestamptz not null,
  last_seen_at timestamptz not null,
  mailed integer not null default 0 check (mailed between 0 and 3),
  primary key (org_id, id),
  foreign key (org_id, customer_id) references customer (org_id, id)
);

-- How often a customer tried a declined payment again by themselves, by UTC day of the organisation's clock.
create table portal_retry (
  org_id text not null,
  subscription_id text not null,
  tried_on date not null,
  tries integer not null check (tries between 1 and 3),
  primary key (org_id, subscription_id, tried_on),
  foreign key (org_id, subscription_id) references subscription (org_id, id)
);

-- Whoever comes with a link that has ended is mailed a new one.
alter table mail drop constraint mail_kind;
alter table mail add constraint mail_kind check (kind in ('subscription_started', 'subscription_reactivated', 'receipt', 'refunded', 'invoice_finalised', 'invoice_sent', 'payment_failed', 'action_needed', 'payment_recovered', 'canceled_for_non_payment', 'trial_will_end', 'trial_converted', 'subscription_changed', 'cancel_scheduled', 'cancel_undone', 'subscription_ended', 'renewal_reminder', 'webhook_failed', 'webhook_switched_off', 'portal_link'));
