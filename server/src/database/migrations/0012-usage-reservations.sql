-- Capacity that is held for usage under way: reserve, then commit.

-- What an open reservation holds counts in `reserved` of its window's counter (held_units) or of its subscription's account
-- (held_funds: credits, or rate scale), by the model of the plan it was taken from. Both are what is held of these pools: a
-- change to another model leaves a reservation open that holds nothing any more.
-- `quantity` is what was asked for, `committed` what was used in the end; `tokens` the estimate of an AI model's tokens.
-- expires_at and settled_at follow the organisation's clock.
create table usage_reservation (
  org_id text not null,
  id text not null,
  customer_id text not null,
  subscription_id text not null,
  feature_id text not null,
  feature_code text not null,
  window_number integer not null,
  model text not null check (model in ('metered', 'credits', 'balance')),
  status text not null check (status in ('held', 'committed', 'released', 'expired')),
  quantity numeric(30, 6) not null check (quantity >= 0),
  held_units numeric(38, 6) not null default 0 check (held_units >= 0),
  held_funds bigint not null default 0 check (held_funds >= 0),
  tokens jsonb,
  own_key text,
  expires_at timestamptz not null,
  usage_event_id text,
  committed numeric(30, 6),
  settled_at timestamptz,
  created_at timestamptz not null,
  primary key (org_id, id),
  foreign key (org_id, subscription_id) references subscription (org_id, id),
  foreign key (org_id, feature_id) references feature (org_id, id),
  check (expires_at > created_at),
  check ((status = 'committed') = (usage_event_id is not null)),
  check ((status = 'committed') = (committed is not null)),
  check ((status = 'held') = (settled_at is null))
);
create unique index usage_reservation_own_key on usage_reservation (org_id, own_key) where own_key is not null;
-- Those whose hold has run out, and those of a subscription.
create index usage_reservation_due on usage_reservation (org_id, expires_at) where status = 'held';
create index usage_reservation_open on usage_reservation (org_id, subscription_id) where status = 'held';
