-- What an invoice is explained from.

-- Every amount a price ever had, in minor units of USD. plan_price.revision is the number of the one it has now.
create table plan_price_revision (
  org_id text not null,
  price_id text not null,
  number integer not null,
  price bigint not null check (price >= 0),
  effective_at timestamptz not null,
  primary key (org_id, price_id, number),
  foreign key (org_id, price_id) references plan_price (org_id, id)
);
alter table plan_price add column revision integer not null default 1;
insert into plan_price_revision (org_id, price_id, number, price, effective_at)
  select org_id, id, 1, price, created_at from plan_price;

-- Which kept rows a line was made from, where its other columns do not say: see invoicing/line-basis.ts.
alter table invoice_line add column basis jsonb;

-- The last change of the catalogue that a window had seen when it was closed: what came later, also at the same moment of a
-- standing clock, is none of its terms.
alter table subscription_window add column closed_revision bigint;

-- What a pack cost when it was bought, in minor units of USD; its price may change.
alter table ledger_purchase add column credit_pack_price bigint;

-- Lines that waited for an invoice.
create index carried_line_by_subscription on carried_line (org_id, subscription_id);

-- The events behind a counter.
create index usage_event_by_window on usage_event (org_id, subscription_id, window_number, feature_id);
