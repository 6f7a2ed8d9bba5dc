-- How far the customer is told by mail in the running window: 0 nothing, 1 that little is left, 2 that nothing is.
alter table ledger_account add column mailed smallint not null default 0 check (mailed between 0 and 2);

alter table mail drop constraint mail_kind;
alter table mail add constraint mail_kind check (kind in ('subscription_started', 'subscription_reactivated', 'receipt', 'refunded', 'invoice_finalised', 'invoice_sent', 'payment_failed', 'action_needed', 'payment_recovered', 'canceled_for_non_payment', 'trial_will_end', 'trial_converted', 'subscription_changed', 'cancel_scheduled', 'cancel_undone', 'subscription_ended', 'renewal_reminder', 'card_expiring', 'credits_low', 'credits_depleted', 'credits_granted', 'balance_low', 'balance_depleted', 'balance_granted', 'webhook_failed', 'webhook_switched_off', 'portal_link', 'email_change', 'email_changed'));
