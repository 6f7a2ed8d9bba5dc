-- Mails that are sent only where somebody asked for them.
alter table side_settings add column mails_wanted text[] not null default '{}';

alter table mail drop constraint mail_kind;
alter table mail add constraint mail_kind check (kind in ('subscription_started', 'subscription_reactivated', 'receipt', 'refunded', 'invoice_finalised', 'invoice_sent', 'payment_failed', 'action_needed', 'payment_recovered', 'canceled_for_non_payment', 'trial_will_end', 'trial_converted', 'subscription_changed', 'cancel_scheduled', 'cancel_undone', 'subscription_ended', 'renewal_reminder', 'card_expiring', 'credits_low', 'credits_depleted', 'credits_granted', 'balance_low', 'balance_depleted', 'balance_granted', 'dispute_opened', 'dispute_resolved', 'payout_paid', 'payout_failed', 'subscription_unpaid', 'sale_made', 'webhook_failed', 'webhook_switched_off', 'portal_link', 'email_change', 'email_changed', 'withdrawal_receipt', 'withdrawal_declared', 'refund_failed'));
alter table mail drop constraint mail_to_operators;
alter table mail add constraint mail_to_operators check (customer_id is not null or kind in ('dispute_opened', 'dispute_resolved', 'payout_paid', 'payout_failed', 'subscription_unpaid', 'sale_made', 'webhook_failed', 'webhook_switched_off', 'withdrawal_declared', 'refund_failed'));
