-- A renewal that was declined and is tried again: since when, how many tries are used up, and its invoice.
alter table subscription add column first_declined_at timestamptz;
alter table subscription add column retries integer not null default 0 check (retries between 0 and 4);
alter table subscription add column declined_invoice_id text;
alter table subscription add foreign key (org_id, declined_invoice_id) references invoice (org_id, id);
alter table subscription add check ((first_declined_at is null) = (declined_invoice_id is null));

-- Paying what is past due with another card, and storing another card without paying.
alter table checkout drop constraint checkout_kind_check;
alter table checkout add constraint checkout_kind_check check (kind in ('payment', 'trial', 'setup', 'recovery', 'method_update'));

alter table payment_transaction drop constraint payment_transaction_purpose_check;
alter table payment_transaction add constraint payment_transaction_purpose_check check (purpose in ('first_invoice', 'trial_setup', 'free_first_period', 'renewal', 'final_invoice', 'credit_purchase', 'balance_topup', 'recovery', 'method_update'));
