-- A provider names a card by its token when it tells of another date.
create index payment_method_token on payment_method (org_id, connection_id, provider_token) where connection_id is not null;
