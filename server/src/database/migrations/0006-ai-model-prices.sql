-- Prices of AI models that an organisation sets itself, and what a dollar is in the currencies of a plan.

-- Every change, only ever added to: numbered by the side's version, in force from `effective_from`. Prices are rate scale
-- (10,000 = one US dollar) for a million tokens and need not be whole. `removed`: from then on the shipped price holds again.
create table ai_model_price (
  org_id text not null references side (org_id),
  provider text not null check (provider = lower(provider) and provider !~ '/' and provider <> ''),
  model text not null check (model = lower(model) and model <> ''),
  revision bigint not null,
  effective_from timestamptz not null,
  removed boolean not null default false,
  input_price numeric(34, 14) check (input_price >= 0),
  output_price numeric(34, 14) check (output_price >= 0),
  cache_read_price numeric(34, 14) check (cache_read_price >= 0),
  cache_write_price numeric(34, 14) check (cache_write_price >= 0),
  created_at timestamptz not null,
  primary key (org_id, provider, model, revision),
  check (removed = (input_price is null) and removed = (output_price is null)),
  check (not removed or (cache_read_price is null and cache_write_price is null))
);

-- One US dollar is `exchange_rate` units of the currency, for everything of the plan that is priced in dollars.
create table plan_exchange_rate (
  org_id text not null,
  plan_id text not null,
  currency text not null check (currency ~ '^[a-z]{3}$'),
  exchange_rate numeric(30, 12) not null check (exchange_rate > 0),
  updated_at timestamptz not null,
  primary key (org_id, plan_id, currency),
  foreign key (org_id, plan_id) references plan (org_id, id)
);
