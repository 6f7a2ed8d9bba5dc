-- Payouts go on where they began: at the connection that paid out when the account was verified. Null for a built-in processor
-- that needs none.
alter table payout_account add column connection_id text;
alter table payout_account add foreign key (org_id, connection_id) references payment_connection (org_id, id);
