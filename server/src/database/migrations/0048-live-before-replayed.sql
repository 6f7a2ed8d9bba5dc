-- What happens is found at once however much of a replay waits, and the other way round.
drop index webhook_delivery_unstarted;
drop index webhook_delivery_retries;
create index webhook_delivery_unstarted on webhook_delivery (org_id, endpoint_id, position) where state = 'waiting' and attempts = 0 and cause <> 'replay';
create index webhook_delivery_unstarted_replayed on webhook_delivery (org_id, endpoint_id, position) where state = 'waiting' and attempts = 0 and cause = 'replay';
create index webhook_delivery_retries on webhook_delivery (org_id, endpoint_id, next_attempt_at) where state = 'waiting' and attempts > 0 and cause <> 'replay';
create index webhook_delivery_retries_replayed on webhook_delivery (org_id, endpoint_id, next_attempt_at) where state = 'waiting' and attempts > 0 and cause = 'replay';

-- Whether a payment recovers is whether it was told that it failed.
create index event_payment_failed on event (org_id, (data ->> 'invoiceId')) where type = 'payment.failed';
