-- A link that somebody pays once, or a single charge of a stored card. What is under way is the attempt's to know: `status` says
-- how the payment stands besides. request_* recognise a repeated request, requested_at is machine time.
create table payment (
  org_id text not null references side (org_id),
  id text not null,
  kind text not null check (kind in ('link', 'charge')),
  status text not null check (status in ('pending', 'succeeded', 'failed', 'canceled')),
  customer_id text,
  subscription_id text,
  provider text not null check (provider in ('stripe', 'commet', 'dlocal')),
  connection_id text,
  amount_subtotal bigint not null check (amount_subtotal > 0),
  tax_amount bigint not null default 0 check (tax_amount >= 0),
  currency text not null,
  description text not null,
  metadata jsonb,
  success_url text,
  expires_at timestamptz,
  invoice_id text,
  paid_at timestamptz,
  request_key text,
  request_fingerprint bytea,
  requested_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (org_id, id),
  foreign key (org_id, customer_id) references customer (org_id, id),
  foreign key (org_id, subscription_id) references subscription (org_id, id),
  foreign key (org_id, connection_id) references payment_connection (org_id, id),
  foreign key (org_id, invoice_id) references invoice (org_id, id),
  check ((status = 'succeeded') = (invoice_id is not null))
);
create index payment_by_customer on payment (org_id, customer_id, id);
create index payment_request on payment (org_id, request_key) where request_key is not null;

alter table payment_transaction add column payment_id text;
alter table payment_transaction add foreign key (org_id, payment_id) references payment (org_id, id);
create unique index payment_transaction_one_per_payment on payment_transaction (org_id, payment_id) where state in ('started', 'requires_action', 'succeeded', 'disputed', 'refunded') and payment_id is not null;
create index payment_transaction_by_payment on payment_transaction (org_id, payment_id, id) where payment_id is not null;
-- A payment's invoice is issued when it is paid.
alter table payment_transaction drop constraint payment_transaction_check;
alter table payment_transaction add constraint payment_transaction_check check (kind = 'setup' or invoice_id is not null or payment_id is not null);
alter table payment_transaction drop constraint payment_transaction_purpose_check;
alter table payment_transaction add constraint payment_transaction_purpose_check check (purpose in ('first_invoice', 'trial_setup', 'free_first_period', 'renewal', 'final_invoice', 'credit_purchase', 'balance_topup', 'recovery', 'method_update', 'reactivation', 'addon_activation', 'plan_change', 'plan_change_checkout', 'payment_link', 'payment_charge'));
