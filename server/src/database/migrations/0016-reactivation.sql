-- A canceled subscription is paid again.
alter table payment_transaction drop constraint payment_transaction_purpose_check;
alter table payment_transaction add constraint payment_transaction_purpose_check check (purpose in ('first_invoice', 'trial_setup', 'free_first_period', 'renewal', 'final_invoice', 'credit_purchase', 'balance_topup', 'recovery', 'method_update', 'reactivation'));
create index invoice_reactivation on invoice (org_id, customer_id) where type = 'reactivation' and status = 'outstanding';
