-- Promo codes, and who has used them.

-- discount_value is basis points or minor units of USD. plan_ids null: every plan. `held` and `redeemed` count the rows of
-- promo_code_redemption: they are kept here so that one row decides about the cap, however many check out at once.
create table promo_code (
  org_id text not null,
  id text not null,
  code text not null check (code ~ '^[A-Z0-9-]{1,50}$'),
  discount_type text not null check (discount_type in ('percentage', 'amount')),
  discount_value bigint not null check (discount_value >= 1),
  duration_cycles integer check (duration_cycles >= 1),
  billing_interval text check (billing_interval in ('weekly', 'monthly', 'quarterly', 'yearly', 'one_time')),
  plan_ids text[],
  max_redemptions integer check (max_redemptions >= 1),
  expires_at timestamptz,
  is_active boolean not null default true,
  held integer not null default 0 check (held >= 0),
  redeemed integer not null default 0 check (redeemed >= 0),
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (org_id, id),
  check (discount_type <> 'percentage' or discount_value < 10000),
  check (held + redeemed <= max_redemptions)
);
create unique index promo_code_code on promo_code (org_id, code);

-- One row per customer and code, ever. `held` while a payment is in flight: a decline removes it, a success makes it redeemed.
create table promo_code_redemption (
  org_id text not null,
  promo_code_id text not null,
  customer_id text not null,
  subscription_id text not null,
  state text not null check (state in ('held', 'redeemed')),
  redeemed_at timestamptz,
  created_at timestamptz not null,
  primary key (org_id, promo_code_id, customer_id),
  foreign key (org_id, promo_code_id) references promo_code (org_id, id),
  foreign key (org_id, customer_id) references customer (org_id, id),
  foreign key (org_id, subscription_id) references subscription (org_id, id),
  check ((state = 'redeemed') = (redeemed_at is not null))
);

-- The code a subscription was asked for with. It stays when the code was dropped because its discount would leave too little
-- to charge; whether it counts is said by discount_kind.
alter table subscription add column promo_code_id text;
alter table subscription add foreign key (org_id, promo_code_id) references promo_code (org_id, id);
