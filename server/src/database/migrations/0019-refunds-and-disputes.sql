-- Money given back, written before the provider is asked for it. created_at, updated_at and settled_at are the organisation's
-- time, started_at and look_again_at the machine's.
create table refund (
  org_id text not null,
  id text not null,
  transaction_id text not null,
  subscription_id text,
  provider text not null check (provider in ('stripe', 'commet', 'dlocal')),
  state text not null check (state in ('started', 'succeeded', 'failed')),
  amount bigint not null check (amount > 0),
  currency text not null,
  provider_reference text,
  failure_code text,
  failure_message text,
  started_at timestamptz not null,
  look_again_at timestamptz,
  looks integer not null default 0,
  settled_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (org_id, id),
  foreign key (org_id, transaction_id) references payment_transaction (org_id, id),
  foreign key (org_id, subscription_id) references subscription (org_id, id)
);
-- A charge is given back once.
create unique index refund_one_per_transaction on refund (org_id, transaction_id) where state in ('started', 'succeeded');
create index refund_unsettled on refund (look_again_at, org_id, id) where state = 'started';
create index refund_by_subscription on refund (org_id, subscription_id) where state = 'started';
create index refund_by_transaction on refund (org_id, transaction_id, id);

-- A charge that the customer's bank wants back, as the provider tells it.
create table dispute (
  org_id text not null,
  id text not null,
  transaction_id text not null,
  subscription_id text,
  provider text not null check (provider in ('stripe', 'commet', 'dlocal')),
  provider_reference text not null,
  state text not null check (state in ('open', 'won', 'lost')),
  amount bigint not null check (amount > 0),
  currency text not null,
  reason text,
  opened_at timestamptz not null,
  resolved_at timestamptz,
  primary key (org_id, id),
  foreign key (org_id, transaction_id) references payment_transaction (org_id, id),
  foreign key (org_id, subscription_id) references subscription (org_id, id),
  check ((state = 'open') = (resolved_at is null))
);
create unique index dispute_reference on dispute (org_id, provider, provider_reference);
create index dispute_open on dispute (org_id, subscription_id) where state = 'open';
create index dispute_by_transaction on dispute (org_id, transaction_id, id);

-- What providers have told: the same twice is heard once.
create table provider_event (
  org_id text not null,
  provider text not null check (provider in ('stripe', 'commet', 'dlocal')),
  id text not null,
  type text not null,
  received_at timestamptz not null,
  primary key (org_id, provider, id)
);
create index provider_event_age on provider_event (received_at);

alter table ledger_entry drop constraint ledger_entry_kind_check;
alter table ledger_entry add constraint ledger_entry_kind_check check (kind in ('grant', 'reset', 'expiry', 'consumption', 'purchase', 'top_up', 'adjustment', 'overdraft_billed', 'cancellation', 'refund'));

alter table mail drop constraint mail_kind;
alter table mail add constraint mail_kind check (kind in ('subscription_started', 'subscription_reactivated', 'receipt', 'refunded', 'invoice_finalised', 'invoice_sent', 'payment_failed', 'action_needed', 'payment_recovered', 'canceled_for_non_payment', 'trial_will_end', 'trial_converted', 'subscription_changed', 'cancel_scheduled', 'cancel_undone', 'subscription_ended', 'renewal_reminder'));

-- The simulated processor's side of it. `event` is what it tells whoever uses it, until they have heard it.
create index refund_by_charge on simulated_processor.refund (charge_id);
create table simulated_processor.dispute (
  id text primary key,
  charge_id text not null references simulated_processor.charge (id),
  amount bigint not null check (amount > 0),
  reason text not null,
  state text not null check (state in ('open', 'won', 'lost')),
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create unique index dispute_one_open on simulated_processor.dispute (charge_id) where state = 'open';
create table simulated_processor.event (
  id text primary key,
  type text not null check (type in ('dispute.opened', 'dispute.closed')),
  dispute_id text not null references simulated_processor.dispute (id),
  created_at timestamptz not null,
  heard_at timestamptz
);
create index event_unheard on simulated_processor.event (created_at, id) where heard_at is null;
alter table simulated_processor.card drop constraint card_behaviour_check;
alter table simulated_processor.card add constraint card_behaviour_check check (behaviour in ('succeeds', 'declines', 'declines_later', 'authenticates_once', 'authenticates_always', 'authenticates_on_session', 'disputed_as_fraudulent', 'disputed_as_not_received'));
