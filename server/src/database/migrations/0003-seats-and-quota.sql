-- Seats and quota: counts that are held, not used up. Whole units.

-- What a subscription holds of a feature. `mark` is the most it held in the billing period that began on `period_start`;
-- a later period begins with what is held then, whether or not somebody has billed in between.
create table held_count (
  org_id text not null,
  subscription_id text not null,
  feature_id text not null,
  current bigint not null check (current >= 0),
  mark bigint not null,
  period_start date not null,
  -- Number and day of the last change.
  changes bigint not null,
  changed_on date not null,
  changed_at timestamptz not null,
  primary key (org_id, subscription_id, feature_id),
  foreign key (org_id, subscription_id) references subscription (org_id, id),
  foreign key (org_id, feature_id) references feature (org_id, id),
  check (mark >= current)
);

-- Every change, numbered per subscription and feature: the last one is the count. `counts_on` is the UTC day it counts from;
-- `own_key` the idempotencyKey of a quota change.
create table held_event (
  org_id text not null,
  id text not null,
  subscription_id text not null,
  feature_id text not null,
  number bigint not null,
  action text not null check (action in ('initial', 'add', 'set', 'remove')),
  count bigint not null,
  previous bigint not null,
  current bigint not null check (current >= 0),
  counts_on date not null,
  own_key text,
  created_at timestamptz not null,
  primary key (org_id, id),
  foreign key (org_id, subscription_id, feature_id) references held_count (org_id, subscription_id, feature_id)
);
create unique index held_event_number on held_event (org_id, subscription_id, feature_id, number);
create unique index held_event_own_key on held_event (org_id, own_key) where own_key is not null;

-- Every increase above the high-water mark: units from `mark_before` (the mark, or what was included if that was more) to
-- `mark_after`, billed from `counts_on` to the period's end by the window `settled_window`. Prices follow from the terms of
-- the windows from `window_number` on.
create table held_step (
  org_id text not null,
  subscription_id text not null,
  feature_id text not null,
  number bigint not null,
  window_number integer not null,
  counts_on date not null,
  mark_before bigint not null check (mark_before >= 0),
  mark_after bigint not null,
  settled_window integer,
  created_at timestamptz not null,
  primary key (org_id, subscription_id, feature_id, number),
  foreign key (org_id, subscription_id, feature_id) references held_count (org_id, subscription_id, feature_id),
  check (mark_after > mark_before)
);
create index held_step_unsettled on held_step (org_id, subscription_id) where settled_window is null;
