-- The version of the catalogue that a change of plan was priced with where its charge is waited for: on a standing clock a change of the
-- catalogue after it has the same time. Null where it took effect at once, and on those before.
alter table plan_change add column decided_revision bigint;
