-- Mails to customers, written in the transaction that causes them. `facts` is all that a mail was told; it is put into words when
-- it is sent or looked at. queued_at, next_attempt_at and sent_at are the machine's time, occurred_at the organisation's.
create table mail (
  org_id text not null references side (org_id),
  id text not null,
  kind text not null,
  customer_id text not null,
  facts jsonb not null,
  state text not null,
  attempts integer not null default 0,
  next_attempt_at timestamptz,
  last_error text,
  -- What left the house: to whom, under which title, with which files (name, bytes, SHA-256).
  recipient text,
  subject text,
  attachments jsonb,
  occurred_at timestamptz not null,
  queued_at timestamptz not null,
  sent_at timestamptz,
  primary key (org_id, id),
  foreign key (org_id, customer_id) references customer (org_id, id),
  check ((state = 'waiting') = (next_attempt_at is not null))
);
alter table mail add constraint mail_kind check (kind in ('subscription_started', 'receipt', 'invoice_finalised', 'invoice_sent', 'payment_failed', 'action_needed', 'payment_recovered', 'canceled_for_non_payment', 'trial_will_end', 'trial_converted', 'subscription_changed', 'cancel_scheduled', 'cancel_undone', 'subscription_ended', 'renewal_reminder'));
alter table mail add constraint mail_state check (state in ('waiting', 'sent', 'failed', 'inbox'));
create index mail_due on mail (next_attempt_at, org_id, id) where state = 'waiting';
create index mail_by_customer on mail (org_id, customer_id, id);
create index mail_age on mail using brin (queued_at);
