-- Credits and prepaid balances.

-- What a subscription holds. One row, so that everything that draws on it meets at one lock. plan_credits and
-- purchased_credits are counts; balance, granted_balance and last_refill are rate scale (10,000 = one major unit).
-- Nothing can be sold twice: credits are never negative, and a balance only where may_overdraw says so.
create table ledger_account (
  org_id text not null,
  subscription_id text not null,
  -- What the plan of the running window draws on. Purchased credits outlive a change to another model.
  model text not null check (model in ('metered', 'credits', 'balance')),
  window_number integer not null,
  plan_credits bigint not null default 0 check (plan_credits >= 0),
  purchased_credits bigint not null default 0 check (purchased_credits >= 0),
  balance bigint not null default 0,
  may_overdraw boolean not null default false,
  -- What the running window was given.
  granted_credits bigint not null default 0 check (granted_credits >= 0),
  granted_balance bigint not null default 0 check (granted_balance >= 0),
  -- The balance after it last rose by a reset or a top-up.
  last_refill bigint not null default 0,
  -- Whether credits.low was told in this window.
  low_told boolean not null default false,
  -- The number of the last entry.
  entries bigint not null default 0,
  epoch bigint not null,
  primary key (org_id, subscription_id),
  foreign key (org_id, subscription_id) references subscription (org_id, id),
  check (balance >= 0 or may_overdraw)
) with (fillfactor = 50);

-- Every movement of an account with what it held afterwards, numbered without gaps. Only ever added to. occurred_at follows
-- the organisation's clock.
create table ledger_entry (
  org_id text not null,
  subscription_id text not null,
  number bigint not null,
  kind text not null check (kind in ('grant', 'reset', 'expiry', 'consumption', 'purchase', 'top_up', 'adjustment', 'overdraft_billed', 'cancellation')),
  plan_credits bigint not null default 0,
  purchased_credits bigint not null default 0,
  balance bigint not null default 0,
  plan_credits_after bigint not null check (plan_credits_after >= 0),
  purchased_credits_after bigint not null check (purchased_credits_after >= 0),
  balance_after bigint not null,
  window_number integer not null,
  usage_event_id text,
  invoice_id text,
  reason text,
  occurred_at timestamptz not null,
  primary key (org_id, subscription_id, number),
  foreign key (org_id, subscription_id) references ledger_account (org_id, subscription_id),
  check (kind <> 'consumption' or (plan_credits <= 0 and purchased_credits <= 0 and balance <= 0 and usage_event_id is not null))
);

-- Credits that can be bought; price in minor units of USD.
create table credit_pack (
  org_id text not null references side (org_id),
  id text not null,
  name text not null,
  description text,
  credits bigint not null check (credits >= 1),
  price bigint not null check (price >= 0),
  is_active boolean not null default true,
  deleted_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (org_id, id)
);
create unique index credit_pack_name on credit_pack (org_id, lower(name)) where deleted_at is null;

-- What a credit_purchase or balance_topup invoice adds once it is paid. amount: credits, or rate scale.
create table ledger_purchase (
  org_id text not null,
  invoice_id text not null,
  subscription_id text not null,
  kind text not null check (kind in ('credits', 'balance')),
  amount bigint not null check (amount > 0),
  credit_pack_id text,
  credit_pack_name text,
  fulfilled_at timestamptz,
  created_at timestamptz not null,
  primary key (org_id, invoice_id),
  foreign key (org_id, invoice_id) references invoice (org_id, id),
  foreign key (org_id, subscription_id) references subscription (org_id, id),
  foreign key (org_id, credit_pack_id) references credit_pack (org_id, id),
  check ((kind = 'credits') = (credit_pack_id is not null))
);

alter table payment_transaction drop constraint payment_transaction_purpose_check;
alter table payment_transaction add constraint payment_transaction_purpose_check check (purpose in ('first_invoice', 'trial_setup', 'free_first_period', 'renewal', 'final_invoice', 'credit_purchase', 'balance_topup'));
