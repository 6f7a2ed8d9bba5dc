-- Limits on what usage beyond the included may add to a bill in one consumption window. amount: minor units of the
-- subscription's currency. scope: 'subscription', or the id of the usage feature it is for. The lower of what merchant and
-- customer set is in force.
create table spend_cap (
  org_id text not null,
  subscription_id text not null,
  scope text not null,
  owner text not null check (owner in ('merchant', 'customer')),
  feature_id text,
  amount bigint not null check (amount >= 0),
  -- The last window in which anything may have been used before the cap stood at this amount or lower.
  since_window integer not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (org_id, subscription_id, scope, owner),
  foreign key (org_id, subscription_id) references subscription (org_id, id),
  foreign key (org_id, feature_id) references feature (org_id, id),
  check (scope = coalesce(feature_id, 'subscription'))
);
