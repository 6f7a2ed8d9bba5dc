-- Prices in other currencies than US dollars. What a merchant says is kept, as rows that are only added, numbered by the
-- side's version; what follows from it is derived when it is read.

-- One row for every exchange rate a plan ever had in a currency; the one with the highest revision holds.
alter table plan_exchange_rate rename column updated_at to effective_at;
alter table plan_exchange_rate add column revision bigint not null default 0;
alter table plan_exchange_rate drop constraint plan_exchange_rate_pkey;
alter table plan_exchange_rate add primary key (org_id, plan_id, currency, revision);

-- Values of a price that were given by hand in a currency; null: derived at the plan's rate, or not there without one. price:
-- minor units. included_balance: rate scale. The intro offer is given as a whole or not at all; its value is basis points or
-- minor units of the currency.
create table plan_price_regional (
  org_id text not null,
  price_id text not null,
  currency text not null check (currency ~ '^[a-z]{3}$'),
  revision bigint not null,
  effective_at timestamptz not null,
  price bigint check (price >= 0),
  included_balance bigint check (included_balance >= 0),
  intro_discount_type text check (intro_discount_type in ('percentage', 'amount')),
  intro_discount_value bigint check (intro_discount_value >= 1),
  intro_duration_cycles integer check (intro_duration_cycles >= 1),
  primary key (org_id, price_id, currency, revision),
  foreign key (org_id, price_id) references plan_price (org_id, id),
  check ((intro_discount_type is null) = (intro_discount_value is null))
);

-- Unit prices that were given by hand in a currency, rate scale; null: derived again.
create table plan_feature_regional (
  org_id text not null,
  plan_id text not null,
  feature_id text not null,
  currency text not null check (currency ~ '^[a-z]{3}$'),
  revision bigint not null,
  effective_at timestamptz not null,
  overage_unit_price bigint check (overage_unit_price >= 0),
  primary key (org_id, plan_id, feature_id, currency, revision),
  foreign key (org_id, plan_id) references plan (org_id, id),
  foreign key (org_id, feature_id) references feature (org_id, id)
);

-- has_us_pricing: it pays US dollars at the plan's rate for the United States, not the canonical ones. agreed: the base price
-- and the discount in canonical dollars as JSON, for a checkout that is priced anew in another currency (subscriptions/selection.ts).
alter table subscription add column has_us_pricing boolean not null default false;
alter table subscription add column agreed text;
alter table subscription add check (not has_us_pricing or currency = 'usd');
