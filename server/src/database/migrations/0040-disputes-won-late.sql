-- A dispute that was lost may be contested and won: then it was lost at this moment, and resolved twice.
alter table dispute
  add column lost_at timestamptz,
  add constraint dispute_lost_first check (lost_at is null or state = 'won');
