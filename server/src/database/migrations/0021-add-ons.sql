-- Add-ons: one feature more for a subscription, at a price of its own.

-- base_price in minor units of USD for one billing period; overage_rate on the rate scale. What a model does not have is null;
-- a metered add-on with neither an amount nor a rate is unlimited.
create table addon (
  org_id text not null,
  id text not null,
  feature_id text not null,
  slug text not null,
  name text not null,
  description text,
  consumption_model text not null check (consumption_model in ('boolean', 'metered', 'credits', 'balance')),
  base_price bigint not null check (base_price >= 0),
  included_units numeric(30, 6) check (included_units >= 0),
  overage_rate bigint check (overage_rate >= 0),
  credit_cost bigint check (credit_cost >= 1),
  revision bigint not null,
  deleted_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (org_id, id),
  foreign key (org_id, feature_id) references feature (org_id, id),
  check (consumption_model = 'metered' or included_units is null),
  check (consumption_model in ('metered', 'balance') or overage_rate is null),
  check (consumption_model <> 'balance' or overage_rate is not null),
  check ((consumption_model = 'credits') = (credit_cost is not null))
);
create unique index addon_slug on addon (org_id, slug) where deleted_at is null;
create unique index addon_feature on addon (org_id, feature_id) where deleted_at is null;

-- Every state an add-on ever had, numbered by the side's version as plan_feature_revision is: both make one history.
create table addon_revision (
  org_id text not null,
  addon_id text not null,
  revision bigint not null,
  effective_at timestamptz not null,
  base_price bigint not null,
  included_units numeric(30, 6),
  overage_rate bigint,
  credit_cost bigint,
  primary key (org_id, addon_id, revision),
  foreign key (org_id, addon_id) references addon (org_id, id)
);
create index addon_revision_in_force on addon_revision (org_id, revision);

-- One row for each activation. `pending`: its charge is under way; `refused`: it was declined. It gives its feature in the
-- windows from since_window to until_window, both included; until_window null: it still does. terms_revision is the last
-- change of the catalogue when it began: terms of an add-on are promised from then on, not from the window's beginning.
create table subscription_addon (
  org_id text not null,
  subscription_id text not null,
  number integer not null check (number >= 1),
  addon_id text not null,
  state text not null check (state in ('pending', 'active', 'ended', 'refused')),
  charge bigint not null check (charge >= 0),
  invoice_id text,
  terms_revision bigint not null,
  since_window integer not null,
  until_window integer check (until_window >= since_window),
  activated_at timestamptz,
  deactivated_at timestamptz,
  request_key text,
  request_fingerprint bytea,
  requested_at timestamptz not null,
  created_at timestamptz not null,
  primary key (org_id, subscription_id, number),
  foreign key (org_id, subscription_id) references subscription (org_id, id),
  foreign key (org_id, addon_id) references addon (org_id, id),
  foreign key (org_id, invoice_id) references invoice (org_id, id),
  check ((state = 'ended') = (until_window is not null)),
  check ((state = 'ended') = (deactivated_at is not null)),
  check ((state in ('active', 'ended')) = (activated_at is not null))
);
-- Whoever activates at the same time: one of them.
create unique index subscription_addon_once on subscription_addon (org_id, subscription_id, addon_id) where state in ('pending', 'active');
create index subscription_addon_of_addon on subscription_addon (org_id, addon_id) where state in ('pending', 'active');
create unique index subscription_addon_invoice on subscription_addon (org_id, invoice_id) where invoice_id is not null;
create index subscription_addon_request on subscription_addon (org_id, request_key) where request_key is not null;

alter table payment_transaction drop constraint payment_transaction_purpose_check;
alter table payment_transaction add constraint payment_transaction_purpose_check check (purpose in ('first_invoice', 'trial_setup', 'free_first_period', 'renewal', 'final_invoice', 'credit_purchase', 'balance_topup', 'recovery', 'method_update', 'reactivation', 'addon_activation'));
