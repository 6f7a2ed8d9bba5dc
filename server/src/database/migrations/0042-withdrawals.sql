-- Consumers who withdraw from a contract within their fourteen days. `contract_id`: a subscription, or the invoice of a purchase beside
-- it; one that begins anew is another contract, concluded at another moment. `amount` is what goes back by itself, `by_hand` what the
-- seller has to give back otherwise; minor units.
create table withdrawal (
  org_id text not null,
  contract_id text not null,
  concluded_at timestamptz not null,
  subscription_id text not null,
  customer_id text not null,
  name text not null,
  declared_at timestamptz not null,
  amount bigint not null check (amount >= 0),
  by_hand bigint not null check (by_hand >= 0),
  currency text not null,
  primary key (org_id, contract_id, concluded_at),
  foreign key (org_id, subscription_id) references subscription (org_id, id),
  foreign key (org_id, customer_id) references customer (org_id, id)
);

alter table side_settings add column withdrawal_enabled boolean not null default true;

alter table mail drop constraint mail_kind;
alter table mail add constraint mail_kind check (kind in ('subscription_started', 'subscription_reactivated', 'receipt', 'refunded', 'invoice_finalised', 'invoice_sent', 'payment_failed', 'action_needed', 'payment_recovered', 'canceled_for_non_payment', 'trial_will_end', 'trial_converted', 'subscription_changed', 'cancel_scheduled', 'cancel_undone', 'subscription_ended', 'renewal_reminder', 'card_expiring', 'credits_low', 'credits_depleted', 'credits_granted', 'balance_low', 'balance_depleted', 'balance_granted', 'webhook_failed', 'webhook_switched_off', 'portal_link', 'email_change', 'email_changed', 'withdrawal_receipt', 'withdrawal_declared', 'refund_failed'));
alter table mail drop constraint mail_to_operators;
alter table mail add constraint mail_to_operators check (customer_id is not null or kind in ('webhook_failed', 'webhook_switched_off', 'withdrawal_declared', 'refund_failed'));
