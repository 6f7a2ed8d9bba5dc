-- Halley's ground floor. Every tenant table begins its primary key, and every foreign and unique key, with org_id:
-- the schema itself keeps tenants apart and can be distributed by org_id.

-- ── Organisations ───────────────────────────────────────────────────────────────────────────────────────────

create table organisation (
  id text primary key,
  name text not null check (length(name) between 1 and 200),
  live_org_id text not null unique,
  sandbox_org_id text not null unique,
  claimed_at timestamptz,
  created_at timestamptz not null
);

-- One mode of one organisation. `version` moves with every change of its catalogue, keys or clock.
create table side (
  org_id text primary key,
  organisation_id text not null references organisation (id),
  mode text not null check (mode in ('live', 'sandbox')),
  version bigint not null default 1,
  simulated_time timestamptz,
  -- When, in real time, somebody last moved the test clock.
  clock_moved_at timestamptz,
  api_version text,
  invoice_prefix text not null check (invoice_prefix ~ '^[A-Z0-9]{1,12}$'),
  created_at timestamptz not null,
  check (mode = 'sandbox' or simulated_time is null)
);

create table claim_link (
  digest bytea primary key,
  organisation_id text not null references organisation (id),
  expires_at timestamptz not null,
  revoked_at timestamptz,
  created_at timestamptz not null
);
create index claim_link_organisation on claim_link (organisation_id);

create table api_key (
  org_id text not null references side (org_id),
  id text not null,
  name text not null,
  prefix text not null,
  digest bytea not null,
  expires_at timestamptz,
  last_used_at timestamptz,
  deleted_at timestamptz,
  created_at timestamptz not null,
  primary key (org_id, id)
);

-- The way in: a key's digest names its organisation. Rows of deleted keys are removed.
create table api_key_digest (
  digest bytea primary key,
  org_id text not null,
  key_id text not null
);

-- ── Catalogue ───────────────────────────────────────────────────────────────────────────────────────────────

create table feature (
  org_id text not null references side (org_id),
  id text not null,
  code text not null check (code ~ '^[a-z0-9_]{1,100}$'),
  name text not null,
  type text not null check (type in ('boolean', 'usage', 'seats', 'quota')),
  description text,
  unit_name text,
  deleted_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (org_id, id)
);
create unique index feature_code on feature (org_id, code) where deleted_at is null;

create table plan_group (
  org_id text not null references side (org_id),
  id text not null,
  name text not null,
  description text,
  is_public boolean not null default true,
  deleted_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (org_id, id)
);

create table plan (
  org_id text not null references side (org_id),
  id text not null,
  code text not null check (code ~ '^[a-z0-9_]{1,100}$'),
  name text not null,
  description text,
  consumption_model text not null default 'metered' check (consumption_model in ('metered', 'credits', 'balance')),
  is_public boolean not null default true,
  is_default boolean not null default false,
  is_free boolean not null default false,
  block_on_exhaustion boolean not null default false,
  metadata jsonb,
  plan_group_id text,
  sort_order integer not null default 0,
  deleted_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (org_id, id),
  foreign key (org_id, plan_group_id) references plan_group (org_id, id)
);
create unique index plan_code on plan (org_id, code) where deleted_at is null;
create unique index plan_default on plan (org_id) where is_default and deleted_at is null;
create index plan_by_group on plan (org_id, plan_group_id);

-- price: settlement scale (minor units of USD). included_balance: rate scale, per consumption window.
create table plan_price (
  org_id text not null,
  id text not null,
  plan_id text not null,
  billing_interval text not null check (billing_interval in ('weekly', 'monthly', 'quarterly', 'yearly', 'one_time')),
  price bigint not null check (price >= 0),
  is_default boolean not null default false,
  trial_days integer not null default 0 check (trial_days between 0 and 730),
  included_balance bigint check (included_balance >= 0),
  included_credits bigint check (included_credits >= 0),
  intro_enabled boolean not null default false,
  intro_discount_type text check (intro_discount_type in ('percentage', 'amount')),
  intro_discount_value bigint check (intro_discount_value >= 0),
  intro_duration_cycles integer check (intro_duration_cycles >= 1),
  deleted_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (org_id, id),
  foreign key (org_id, plan_id) references plan (org_id, id)
);
create unique index plan_price_interval on plan_price (org_id, plan_id, billing_interval) where deleted_at is null;
create unique index plan_price_default on plan_price (org_id, plan_id) where is_default and deleted_at is null;

-- overage_unit_price: rate scale (10,000 = one US dollar). margin: basis points.
create table plan_feature (
  org_id text not null,
  plan_id text not null,
  feature_id text not null,
  enabled boolean not null default true,
  included_amount numeric(30, 6) not null default 0 check (included_amount >= 0),
  unlimited boolean not null default false,
  overage_enabled boolean not null default false,
  overage_unit_price bigint not null default 0 check (overage_unit_price >= 0),
  credits_per_unit bigint check (credits_per_unit >= 1),
  pricing_mode text not null default 'fixed' check (pricing_mode in ('fixed', 'ai_model')),
  margin bigint check (margin >= 0),
  position integer not null default 0,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (org_id, plan_id, feature_id),
  foreign key (org_id, plan_id) references plan (org_id, id),
  foreign key (org_id, feature_id) references feature (org_id, id)
);
create index plan_feature_by_feature on plan_feature (org_id, feature_id);

-- Every state a plan's feature ever had, numbered by the side's version. What a subscription may count on in a window
-- is folded from here: the revision in force when the window began and all later ones that are kinder.
create table plan_feature_revision (
  org_id text not null,
  plan_id text not null,
  feature_id text not null,
  revision bigint not null,
  effective_at timestamptz not null,
  removed boolean not null default false,
  enabled boolean not null,
  included_amount numeric(30, 6) not null,
  unlimited boolean not null,
  overage_enabled boolean not null,
  overage_unit_price bigint not null,
  credits_per_unit bigint,
  pricing_mode text not null check (pricing_mode in ('fixed', 'ai_model')),
  margin bigint,
  primary key (org_id, plan_id, feature_id, revision),
  foreign key (org_id, plan_id) references plan (org_id, id),
  foreign key (org_id, feature_id) references feature (org_id, id)
);
create index plan_feature_revision_in_force on plan_feature_revision (org_id, revision);

-- ── Customers ───────────────────────────────────────────────────────────────────────────────────────────────

create table customer (
  org_id text not null references side (org_id),
  id text not null,
  external_id text,
  email text not null,
  full_name text,
  tax_document text,
  document_type text,
  timezone text,
  metadata jsonb,
  address_id text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (org_id, id)
);
create unique index customer_external_id on customer (org_id, external_id) where external_id is not null;
create index customer_email on customer (org_id, lower(email));

create table customer_address (
  org_id text not null,
  id text not null,
  customer_id text not null,
  line1 text not null,
  line2 text,
  city text not null,
  state text,
  region text,
  postal_code text not null,
  country text not null check (country ~ '^[A-Z]{2}$'),
  created_at timestamptz not null,
  primary key (org_id, id),
  foreign key (org_id, customer_id) references customer (org_id, id)
);
create index customer_address_customer on customer_address (org_id, customer_id);

create table payment_method (
  org_id text not null,
  id text not null,
  customer_id text not null,
  provider text not null check (provider in ('stripe', 'commet', 'dlocal')),
  provider_token text not null,
  brand text not null,
  last4 text not null check (last4 ~ '^[0-9]{4}$'),
  exp_month integer not null check (exp_month between 1 and 12),
  exp_year integer not null,
  country text,
  is_default boolean not null default true,
  detached_at timestamptz,
  created_at timestamptz not null,
  primary key (org_id, id),
  foreign key (org_id, customer_id) references customer (org_id, id)
);
create unique index payment_method_default on payment_method (org_id, customer_id) where is_default and detached_at is null;

-- ── Subscriptions ───────────────────────────────────────────────────────────────────────────────────────────

-- Days are UTC. [period_start, period_end) is the period that is paid for (or the trial); [window_start, window_end) the
-- consumption window in it, with number window_number. due_at is when the billing engine has to look next.
-- epoch moves with every change that matters to metering; open counters carry it.
create table subscription (
  org_id text not null,
  id text not null,
  customer_id text not null,
  plan_id text not null,
  price_id text,
  name text not null,
  description text,
  status text not null check (status in ('draft', 'pending_payment', 'trialing', 'active', 'past_due', 'canceled')),
  billing_interval text check (billing_interval in ('weekly', 'monthly', 'quarterly', 'yearly', 'one_time')),
  currency text not null,
  base_price bigint not null default 0,
  provider text check (provider in ('stripe', 'commet', 'dlocal')),
  success_url text,
  anchor date,
  billing_day_of_month integer check (billing_day_of_month between 1 and 31),
  period_start date,
  period_end date,
  window_start date,
  window_end date,
  window_number integer not null default 0,
  trial_days integer not null default 0,
  trial_ends_on date,
  discount_kind text check (discount_kind in ('intro_offer', 'promo_code')),
  discount_type text check (discount_type in ('percentage', 'amount')),
  discount_value bigint,
  discount_name text,
  discount_cycles integer,
  discount_cycles_used integer not null default 0,
  cancel_requested_at timestamptz,
  cancel_effective_on date,
  cancel_reason text,
  canceled_at timestamptz,
  activated_at timestamptz,
  start_date timestamptz not null,
  ended_at timestamptz,
  due_at timestamptz,
  epoch bigint not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (org_id, id),
  foreign key (org_id, customer_id) references customer (org_id, id),
  foreign key (org_id, plan_id) references plan (org_id, id),
  foreign key (org_id, price_id) references plan_price (org_id, id),
  check (period_start is null or period_end is null or period_start < period_end),
  check (window_start is null or window_start < window_end)
);
-- One live subscription per customer, whatever happens at the same time.
create unique index subscription_live on subscription (org_id, customer_id) where status <> 'canceled';
create index subscription_by_customer on subscription (org_id, customer_id);
create index subscription_by_plan on subscription (org_id, plan_id);
create index subscription_by_price on subscription (org_id, price_id) where status <> 'canceled';
create index subscription_due on subscription (org_id, due_at, id) where due_at is not null;

-- Each consumption window a subscription had. `closed_at` is set once, by whoever bills it.
create table subscription_window (
  org_id text not null,
  subscription_id text not null,
  number integer not null,
  kind text not null check (kind in ('paid', 'trial', 'free')),
  plan_id text not null,
  starts_on date not null,
  ends_on date not null,
  period_start date not null,
  period_end date,
  terms_revision bigint not null,
  opened_at timestamptz not null,
  closed_at timestamptz,
  primary key (org_id, subscription_id, number),
  foreign key (org_id, subscription_id) references subscription (org_id, id),
  foreign key (org_id, plan_id) references plan (org_id, id),
  check (starts_on < ends_on)
);
create unique index subscription_window_open on subscription_window (org_id, subscription_id) where closed_at is null;

-- ── Metering ────────────────────────────────────────────────────────────────────────────────────────────────

-- Running totals, rebuilt from usage_event when in doubt. A write is accepted only while the counter is open and its
-- epoch is the one the writer knows.
create table usage_counter (
  org_id text not null,
  subscription_id text not null,
  feature_id text not null,
  window_number integer not null,
  total numeric(38, 6) not null default 0,
  events bigint not null default 0,
  epoch bigint not null,
  closed boolean not null default false,
  primary key (org_id, subscription_id, feature_id, window_number),
  foreign key (org_id, subscription_id) references subscription (org_id, id),
  foreign key (org_id, feature_id) references feature (org_id, id)
) with (fillfactor = 50);

-- Partitioned by the machine's month of recording: simulated clocks may run years ahead, storage does not.
create table usage_event (
  org_id text not null,
  id text not null,
  recorded_at timestamptz not null,
  subscription_id text not null,
  customer_id text not null,
  feature_id text not null,
  window_number integer not null,
  quantity numeric(30, 6) not null,
  ts timestamptz not null,
  late boolean not null default false,
  idempotency_key text,
  properties jsonb,
  created_at timestamptz not null,
  primary key (org_id, id, recorded_at)
) partition by range (recorded_at);
create table usage_event_default partition of usage_event default;

-- kind 'body': the event's own idempotencyKey, kept. kind 'request': the Idempotency-Key of the request that recorded it,
-- kept a day; the request's fingerprint tells a replay from a misuse.
create table usage_event_key (
  org_id text not null,
  kind text not null check (kind in ('body', 'request')),
  key text not null,
  event_id text not null,
  recorded_at timestamptz not null,
  fingerprint bytea,
  primary key (org_id, kind, key)
);
create index usage_event_key_age on usage_event_key using brin (recorded_at);

-- ── Invoices ────────────────────────────────────────────────────────────────────────────────────────────────

create table invoice_sequence (
  org_id text primary key references side (org_id),
  last bigint not null default 0
);

-- Amounts: minor units of `currency`. `cause` names the one step of a window that issued it, so that no step bills twice.
create table invoice (
  org_id text not null,
  id text not null,
  number text not null,
  customer_id text not null,
  subscription_id text,
  status text not null check (status in ('draft', 'outstanding', 'paid', 'void', 'uncollectible')),
  type text not null check (type in ('recurring', 'overage', 'plan_change', 'adjustment', 'credit_purchase', 'balance_topup', 'addon_activation', 'one_time_payment', 'reactivation')),
  cause text check (cause in ('first', 'window_end', 'trial_end', 'cancellation')),
  window_number integer,
  currency text not null,
  subtotal bigint not null,
  discount_amount bigint not null default 0 check (discount_amount >= 0),
  credit_applied bigint not null default 0 check (credit_applied >= 0),
  tax_amount bigint not null default 0,
  total bigint not null,
  period_start date not null,
  period_end date not null,
  issued_at timestamptz not null,
  due_at timestamptz not null,
  finalised_at timestamptz,
  paid_at timestamptz,
  voided_at timestamptz,
  plan_name text,
  memo text,
  po_number text,
  reference text,
  metadata jsonb not null default '{}',
  seller jsonb,
  buyer jsonb,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (org_id, id),
  foreign key (org_id, customer_id) references customer (org_id, id),
  foreign key (org_id, subscription_id) references subscription (org_id, id),
  check (total = subtotal - discount_amount - credit_applied + tax_amount),
  check (total >= 0 or type = 'adjustment'),
  check (cause is null or (subscription_id is not null and window_number is not null))
);
create unique index invoice_number on invoice (org_id, number);
create unique index invoice_once on invoice (org_id, subscription_id, window_number, cause) where cause is not null and status <> 'void';
create index invoice_by_customer on invoice (org_id, customer_id, id);
create index invoice_by_subscription on invoice (org_id, subscription_id, id);

create table invoice_line (
  org_id text not null,
  invoice_id text not null,
  position integer not null,
  line_type text not null check (line_type in ('plan_base', 'feature_overage', 'feature_seats', 'feature_quota', 'discount', 'promo_code_discount', 'credit', 'balance_overage', 'addon_base', 'one_time')),
  charge_type text not null default 'standard' check (charge_type in ('standard', 'advance', 'true_up')),
  feature_id text,
  feature_name text,
  description text not null,
  quantity numeric(30, 6) not null,
  unit_amount bigint not null,
  amount bigint not null,
  included_amount numeric(30, 6),
  used_amount numeric(38, 6),
  overage_amount numeric(38, 6),
  discount_type text,
  discount_value bigint,
  discount_name text,
  window_number integer,
  starts_on date,
  ends_on date,
  primary key (org_id, invoice_id, position),
  foreign key (org_id, invoice_id) references invoice (org_id, id)
);

-- Lines of an invoice that was too small to charge: they wait for the next one.
create table carried_line (
  org_id text not null,
  id text not null,
  subscription_id text not null,
  line jsonb not null,
  invoice_id text,
  forgiven_at timestamptz,
  created_at timestamptz not null,
  primary key (org_id, id),
  foreign key (org_id, subscription_id) references subscription (org_id, id)
);
create index carried_line_waiting on carried_line (org_id, subscription_id) where invoice_id is null and forgiven_at is null;

-- ── Payments ────────────────────────────────────────────────────────────────────────────────────────────────

-- One attempt to move money (kind charge) or to store a card (kind setup). Written as `started` before the provider is
-- called; its id is the provider's idempotency key. Only charges are shown as transactions. created_at, updated_at and
-- paid_at follow the organisation's clock; started_at and look_again_at the machine's.
create table payment_transaction (
  org_id text not null,
  id text not null,
  kind text not null check (kind in ('charge', 'setup')),
  purpose text not null check (purpose in ('first_invoice', 'trial_setup', 'free_first_period', 'renewal', 'final_invoice')),
  state text not null check (state in ('started', 'requires_action', 'succeeded', 'failed', 'refunded', 'disputed')),
  customer_id text not null,
  subscription_id text,
  invoice_id text,
  checkout_id text,
  payment_method_id text,
  provider text not null check (provider in ('stripe', 'commet', 'dlocal')),
  provider_token text not null,
  provider_reference text,
  action_reference text,
  off_session boolean not null,
  amount bigint not null check (amount >= 0),
  subtotal bigint not null,
  tax_amount bigint not null,
  currency text not null,
  customer_email text,
  customer_name text,
  card jsonb,
  failure_code text,
  failure_message text,
  started_at timestamptz not null,
  look_again_at timestamptz,
  looks integer not null default 0,
  paid_at timestamptz,
  available_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (org_id, id),
  foreign key (org_id, customer_id) references customer (org_id, id),
  foreign key (org_id, invoice_id) references invoice (org_id, id),
  foreign key (org_id, subscription_id) references subscription (org_id, id),
  check (kind = 'setup' or invoice_id is not null)
);
-- At most one attempt of an invoice is in flight or has won: no second one can begin beside it, nor after a success.
create unique index payment_transaction_one_per_invoice on payment_transaction (org_id, invoice_id) where state in ('started', 'requires_action', 'succeeded', 'disputed') and invoice_id is not null;
create unique index payment_transaction_one_setup on payment_transaction (org_id, checkout_id) where state in ('started', 'requires_action', 'succeeded') and kind = 'setup';
create index payment_transaction_unsettled on payment_transaction (look_again_at, org_id, id) where state in ('started', 'requires_action');
create index payment_transaction_by_invoice on payment_transaction (org_id, invoice_id, id) where invoice_id is not null;
create index payment_transaction_by_checkout on payment_transaction (org_id, checkout_id, id) where checkout_id is not null;
create index payment_transaction_by_email on payment_transaction (org_id, lower(customer_email), id) where kind = 'charge';
create index payment_transaction_by_subscription on payment_transaction (org_id, subscription_id) where state = 'started';
create index payment_transaction_by_customer on payment_transaction (org_id, customer_id);

-- ── Hosted pages ────────────────────────────────────────────────────────────────────────────────────────────

create table checkout (
  org_id text not null,
  id text not null,
  kind text not null check (kind in ('payment', 'trial', 'setup')),
  status text not null default 'open' check (status in ('open', 'complete', 'canceled')),
  subscription_id text not null,
  invoice_id text,
  success_url text,
  completed_at timestamptz,
  created_at timestamptz not null,
  primary key (org_id, id),
  foreign key (org_id, subscription_id) references subscription (org_id, id),
  foreign key (org_id, invoice_id) references invoice (org_id, id)
);
create unique index checkout_open on checkout (org_id, subscription_id) where status = 'open';
create index checkout_by_subscription on checkout (org_id, subscription_id, id);

-- ── Events and idempotency ──────────────────────────────────────────────────────────────────────────────────

-- The outbox: what happened, in the transaction that made it happen. Delivery reads from here.
create table event (
  org_id text not null references side (org_id),
  id text not null,
  type text not null,
  customer_id text,
  data jsonb not null,
  occurred_at timestamptz not null,
  created_at timestamptz not null,
  primary key (org_id, id)
);
create index event_by_customer on event (org_id, customer_id, id);

create table idempotency_key (
  org_id text not null,
  key text not null,
  fingerprint bytea not null,
  state text not null check (state in ('running', 'done')),
  status integer,
  body text,
  running_until timestamptz,
  created_at timestamptz not null,
  primary key (org_id, key)
);
create index idempotency_key_age on idempotency_key using brin (created_at);

-- ── The simulated processor ─────────────────────────────────────────────────────────────────────────────────

-- Its own books, as if it were another company: nothing here refers to Halley's tables.
create schema simulated_processor;

create table simulated_processor.card (
  token text primary key,
  behaviour text not null check (behaviour in ('succeeds', 'declines', 'declines_later', 'authenticates_once', 'authenticates_always', 'authenticates_on_session')),
  decline_code text,
  brand text not null,
  last4 text not null,
  exp_month integer not null,
  exp_year integer not null,
  country text,
  created_at timestamptz not null
);

create table simulated_processor.charge (
  id text primary key,
  idempotency_key text not null unique,
  kind text not null check (kind in ('charge', 'setup')),
  card_token text not null references simulated_processor.card (token),
  amount bigint not null,
  currency text not null,
  off_session boolean not null,
  state text not null check (state in ('succeeded', 'declined', 'requires_action', 'canceled')),
  decline_code text,
  action_id text unique,
  metadata jsonb not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index charge_by_card on simulated_processor.charge (card_token);

create table simulated_processor.refund (
  id text primary key,
  idempotency_key text not null unique,
  charge_id text not null references simulated_processor.charge (id),
  amount bigint not null check (amount > 0),
  created_at timestamptz not null
);
