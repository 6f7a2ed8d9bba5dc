-- Days that customers of a side have to pay an adjustment.
alter table side_settings add column net_days integer not null default 30 check (net_days between 0 and 365);
