-- What a dollar was when a pack was bought in another currency; null where its price was paid as it is.
alter table ledger_purchase add column credit_pack_rate numeric(30, 12) check (credit_pack_rate > 0);
