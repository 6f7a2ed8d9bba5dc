-- The account at a provider that pays a side's money out: one per side. Account numbers are the provider's alone.
create table payout_account (
  org_id text primary key references side (org_id),
  provider text not null check (provider in ('stripe', 'commet', 'dlocal')),
  provider_account_id text not null,
  status text not null check (status in ('pending_verification', 'verified', 'restricted', 'disabled')),
  business_type text not null check (business_type in ('individual', 'company')),
  country text not null,
  -- Money that became available until then was told of.
  told_until timestamptz not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);

create table payout_bank_account (
  org_id text not null references side (org_id),
  id text not null,
  provider_token text not null,
  holder_name text not null,
  last4 text not null check (last4 ~ '^[0-9A-Za-z]{1,4}$'),
  bank_name text,
  country text not null,
  currency text not null,
  account_type text check (account_type in ('checking', 'savings')),
  is_default boolean not null,
  status text not null check (status in ('active', 'errored')),
  created_at timestamptz not null,
  primary key (org_id, id)
);
create unique index payout_bank_account_default on payout_bank_account (org_id) where is_default;

-- Written before the provider is asked; the id is its idempotency key. created_at and settled_at are the organisation's time, the
-- others the machine's.
create table payout (
  org_id text not null,
  id text not null,
  bank_account_id text not null,
  status text not null check (status in ('pending', 'in_transit', 'paid', 'failed', 'canceled')),
  amount bigint not null check (amount > 0),
  fee bigint not null default 0 check (fee >= 0),
  currency text not null,
  description text,
  provider_reference text,
  failure_code text,
  failure_message text,
  look_again_at timestamptz,
  request_key text,
  request_fingerprint bytea,
  requested_at timestamptz not null,
  settled_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (org_id, id),
  foreign key (org_id, bank_account_id) references payout_bank_account (org_id, id)
);
create index payout_unsettled on payout (look_again_at, org_id, id) where status in ('pending', 'in_transit');
create index payout_request on payout (org_id, request_key) where request_key is not null;

-- The simulated processor's side of it: of a bank account no more than its last characters.
create table simulated_processor.bank_account (
  token text primary key,
  last4 text not null,
  failure_code text,
  created_at timestamptz not null
);
create table simulated_processor.payout (
  id text primary key,
  idempotency_key text not null unique,
  bank_token text not null references simulated_processor.bank_account (token),
  amount bigint not null check (amount > 0),
  currency text not null,
  created_at timestamptz not null
);
