-- Accounts of an organisation's side at payment providers. Credentials are sealed (organisations/sealing.ts) and name their key;
-- `settings` holds what pages may show. A removed connection takes no new charges, but what it began is still settled.
create table payment_connection (
  org_id text not null references side (org_id),
  id text not null,
  provider text not null check (provider in ('stripe', 'commet', 'dlocal')),
  name text not null,
  sealed text,
  settings jsonb not null default '{}',
  is_default boolean not null default false,
  removed_at timestamptz,
  created_at timestamptz not null,
  primary key (org_id, id),
  check ((sealed is null) = (provider = 'commet')),
  check (removed_at is null or not is_default)
);
create unique index payment_connection_default on payment_connection (org_id) where is_default;
create unique index payment_connection_name on payment_connection (org_id, name) where removed_at is null;

-- Customers of a country pay through this connection. Countries are ISO 3166-1 in upper case.
create table payment_route (
  org_id text not null,
  country text not null check (country ~ '^[A-Z]{2}$'),
  connection_id text not null,
  primary key (org_id, country),
  foreign key (org_id, connection_id) references payment_connection (org_id, id)
);

-- Null: the built-in processor, which needs no connection in the sandbox.
alter table payment_method add column connection_id text;
alter table payment_method add foreign key (org_id, connection_id) references payment_connection (org_id, id);
alter table payment_transaction add column connection_id text;
alter table payment_transaction add foreign key (org_id, connection_id) references payment_connection (org_id, id);
alter table subscription add column connection_id text;
alter table subscription add foreign key (org_id, connection_id) references payment_connection (org_id, id);
