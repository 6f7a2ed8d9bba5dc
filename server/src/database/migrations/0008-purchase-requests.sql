-- The request that began a purchase: when it is repeated because its answer was lost, the purchase goes on instead of being
-- made a second time. requested_at is machine time, like that of every Idempotency-Key.
alter table ledger_purchase
  add column request_key text,
  add column request_fingerprint bytea,
  add column requested_at timestamptz;
create index ledger_purchase_request on ledger_purchase (org_id, request_key) where request_key is not null;
