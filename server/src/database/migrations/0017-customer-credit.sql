-- Customer credit: money kept for a customer in one currency (billing.md, Money). Amounts: minor units of `currency`.

-- What was granted, by which invoice, and what is left of it. Used first-in first-out.
create table customer_credit (
  org_id text not null,
  id text not null,
  customer_id text not null,
  currency text not null,
  amount bigint not null check (amount > 0),
  remaining bigint not null check (remaining >= 0),
  granted_by text not null,
  created_at timestamptz not null,
  primary key (org_id, id),
  foreign key (org_id, customer_id) references customer (org_id, id),
  foreign key (org_id, granted_by) references invoice (org_id, id),
  check (remaining <= amount)
);
create index customer_credit_left on customer_credit (org_id, customer_id, created_at, id) where remaining > 0;
create index customer_credit_by_invoice on customer_credit (org_id, granted_by);

-- What an invoice took from a grant; given back when that invoice is voided.
create table customer_credit_use (
  org_id text not null,
  credit_id text not null,
  invoice_id text not null,
  amount bigint not null check (amount > 0),
  returned_at timestamptz,
  created_at timestamptz not null,
  primary key (org_id, credit_id, invoice_id),
  foreign key (org_id, credit_id) references customer_credit (org_id, id),
  foreign key (org_id, invoice_id) references invoice (org_id, id)
);
create index customer_credit_use_by_invoice on customer_credit_use (org_id, invoice_id);
