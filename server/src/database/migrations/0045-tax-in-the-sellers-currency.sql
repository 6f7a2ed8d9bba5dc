-- The currency of the seller's country where an invoice is in another one and has tax, and how many units of it one unit of the
-- invoice's currency was, as decimal text, when the invoice became final. Null: no rate was known, or none was needed.
alter table invoice
  add column seller_currency text check (seller_currency ~ '^[a-z]{3}$'),
  add column seller_currency_rate text,
  add check ((seller_currency is null) = (seller_currency_rate is null));
