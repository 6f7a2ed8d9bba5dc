-- What a provider tells is kept before it is acted on: it is answered at once, and acted on again until that has worked. What waits
-- has its time to be looked at; what was acted on, or was heard before this, has none.
alter table provider_event
  add column connection_id text,
  add column told jsonb,
  add column looks integer not null default 0,
  add column look_again_at timestamptz,
  add constraint provider_event_waits_whole check (look_again_at is null or (connection_id is not null and told is not null)),
  add constraint provider_event_connection foreign key (org_id, connection_id) references payment_connection (org_id, id);

create index provider_event_waiting on provider_event (look_again_at) where look_again_at is not null;
