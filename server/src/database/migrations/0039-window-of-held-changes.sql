-- The window that a change of what is held was made in. Under a standing clock a change and the period that begins after it have
-- one time: the window's number tells which came first. Null in what the version before writes.
alter table held_event add column window_number integer;
update held_event set window_number = coalesce((
  select max(w.number) from subscription_window w
  where w.org_id = held_event.org_id and w.subscription_id = held_event.subscription_id
    and w.opened_at <= held_event.created_at), 1);
