-- Capacity that is held for usage still under way, thresholds that were told, and what the tokens of an event cost.

-- `reserved`: held by reservations, in the unit of what it is taken from. Counts as used wherever capacity is compared.
alter table usage_counter add column reserved numeric(38, 6) not null default 0 check (reserved >= 0);
-- The highest threshold of this window that was told: 0 none, 1 quota.threshold_reached, 2 quota.exceeded.
alter table usage_counter add column told smallint not null default 0 check (told between 0 and 2);
-- Credits or rate scale, by the account's model.
alter table ledger_account add column reserved bigint not null default 0 check (reserved >= 0);

-- For usage of an AI model: the model, its tokens, the prices that held, and the cost of each part.
alter table usage_event add column tokens jsonb;
