-- Usage that was set: each adjustment is an event of its own (signed), and this says what it made of what.
create table usage_adjustment (
  org_id text not null,
  event_id text not null,
  customer_id text not null,
  subscription_id text not null,
  feature_id text not null,
  window_number integer not null,
  value numeric(38, 6) not null check (value >= 0),
  previous_value numeric(38, 6) not null check (previous_value >= 0),
  reason text,
  own_key text,
  created_at timestamptz not null,
  primary key (org_id, event_id),
  foreign key (org_id, subscription_id) references subscription (org_id, id),
  foreign key (org_id, customer_id) references customer (org_id, id),
  foreign key (org_id, feature_id) references feature (org_id, id)
);
-- A repeat of an idempotency key finds what the first one did.
create unique index usage_adjustment_own_key on usage_adjustment (org_id, own_key) where own_key is not null;
