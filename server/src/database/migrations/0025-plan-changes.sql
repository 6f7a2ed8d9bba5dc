-- Changes of plan.

-- The change that takes effect when the period or trial ends. Price and interval are null where the plan is free.
alter table subscription add column scheduled_plan_id text;
alter table subscription add column scheduled_price_id text;
alter table subscription add column scheduled_interval text check (scheduled_interval in ('weekly', 'monthly', 'quarterly', 'yearly', 'one_time'));
alter table subscription add column scheduled_at timestamptz;
alter table subscription add foreign key (org_id, scheduled_plan_id) references plan (org_id, id);
alter table subscription add foreign key (org_id, scheduled_price_id) references plan_price (org_id, id);
alter table subscription add check ((scheduled_plan_id is null) = (scheduled_at is null));
alter table subscription add check ((scheduled_price_id is null) = (scheduled_interval is null));
alter table subscription add check (scheduled_plan_id is not null or scheduled_price_id is null);
create index subscription_by_scheduled_plan on subscription (org_id, scheduled_plan_id) where scheduled_plan_id is not null;

-- Changes that take effect at once. `charging`: decided and written down, its charge has no outcome yet. `awaiting`: a free
-- customer pays for it in a checkout. Amounts are minor units of the subscription's currency; `kept` is what was left of the credit.
-- `usage` is what each feature had used when it was decided, `overdraft` (rate scale) what the balance was short of then: what
-- is used until the outcome belongs to the new plan.
-- `requested_at` is machine time: a request that is repeated because nobody answered it goes on with the change it began.
create table plan_change (
  org_id text not null,
  id text not null,
  subscription_id text not null,
  state text not null check (state in ('charging', 'awaiting', 'applied', 'declined', 'dropped')),
  from_plan_id text not null,
  from_interval text check (from_interval in ('weekly', 'monthly', 'quarterly', 'yearly', 'one_time')),
  to_plan_id text not null,
  to_price_id text,
  to_interval text check (to_interval in ('weekly', 'monthly', 'quarterly', 'yearly', 'one_time')),
  currency text not null,
  has_us_pricing boolean not null default false,
  base_price bigint not null check (base_price >= 0),
  window_number integer not null,
  invoice_id text,
  charge bigint not null default 0,
  credit bigint not null default 0 check (credit >= 0),
  kept bigint not null default 0 check (kept >= 0 and kept <= credit),
  usage jsonb not null default '{}',
  overdraft bigint not null default 0 check (overdraft >= 0),
  request_key text,
  request_fingerprint bytea,
  requested_at timestamptz,
  decided_at timestamptz not null,
  ended_at timestamptz,
  primary key (org_id, id),
  foreign key (org_id, subscription_id) references subscription (org_id, id),
  foreign key (org_id, from_plan_id) references plan (org_id, id),
  foreign key (org_id, to_plan_id) references plan (org_id, id),
  foreign key (org_id, to_price_id) references plan_price (org_id, id),
  foreign key (org_id, invoice_id) references invoice (org_id, id),
  check ((state in ('charging', 'awaiting')) = (ended_at is null)),
  check (state not in ('charging', 'awaiting', 'declined', 'dropped') or invoice_id is not null)
);
-- One at a time.
create unique index plan_change_open on plan_change (org_id, subscription_id) where state in ('charging', 'awaiting');
create index plan_change_by_subscription on plan_change (org_id, subscription_id, id);
create unique index plan_change_by_invoice on plan_change (org_id, invoice_id) where invoice_id is not null;

alter table invoice drop constraint invoice_cause_check;
alter table invoice add constraint invoice_cause_check check (cause in ('first', 'window_end', 'trial_end', 'cancellation', 'plan_change'));

alter table checkout drop constraint checkout_kind_check;
alter table checkout add constraint checkout_kind_check check (kind in ('payment', 'trial', 'setup', 'recovery', 'method_update', 'plan_change'));
create index checkout_by_invoice on checkout (org_id, invoice_id) where invoice_id is not null;

alter table payment_transaction drop constraint payment_transaction_purpose_check;
alter table payment_transaction add constraint payment_transaction_purpose_check check (purpose in ('first_invoice', 'trial_setup', 'free_first_period', 'renewal', 'final_invoice', 'credit_purchase', 'balance_topup', 'recovery', 'method_update', 'reactivation', 'addon_activation', 'plan_change', 'plan_change_checkout'));
